"""Sentences about red flags: the answer as it was given, and never what it may mean."""

from collections.abc import Mapping

from monitoring.engine.records import Finding, FlagReason, Sentence
from monitoring.engine.sentences.phrases import gettext_noop


def risk_answer(finding: Finding) -> list[Sentence]:
    """Say which safety question was answered how."""
    # Absent in findings of before the list of side effects had answers that need a person.
    if finding.parts.get("is_symptom"):
        return _symptom_answer(finding)
    template = gettext_noop("{instrument}, question {item}: “{question}” was answered “{answer_text}”.")
    sentences = [Sentence(template=template, values=finding.parts)]
    if finding.parts["rose"]:
        sentences.append(
            Sentence(template=gettext_noop("The answer is higher than on the questionnaire before."), values={})
        )
    return sentences


#: What a reader should think of with an answer that alone does not say it.
BESIDE: Mapping[str, str] = {
    FlagReason.RASH: gettext_noop("A medicine is taken that is known for serious rash."),
    FlagReason.AGITATION: gettext_noop("Restlessness was at least moderate, too: ask about akathisia."),
}


def _symptom_answer(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    template = gettext_noop("Asked about side effects: “{question}”, {answer_text}.")
    sentences = [Sentence(template=template, values=dict(parts) | {"answer_text": parts["answer_text"].lower()})]
    if parts["rose"] and not parts["previous"]:
        sentences.append(Sentence(template=gettext_noop("It was not there when it was asked before."), values={}))
    elif parts["rose"]:
        sentences.append(Sentence(template=gettext_noop("It is worse than when it was asked before."), values={}))
    if parts["reason"] in BESIDE:
        sentences.append(Sentence(template=BESIDE[parts["reason"]], values={}))
    return sentences


def body_warning(finding: Finding) -> list[Sentence]:
    """Say which warning of the body was answered how."""
    sentences = risk_answer(finding)
    if finding.parts["previous"] is None:
        sentences.append(Sentence(template=gettext_noop("It was not asked before."), values={}))
    return sentences
