"""Findings in words: translatable templates with named places, never a cause.

The product translates `Sentence.template` and every text value, and formats the
dates; `explain` is the plain English of the same sentences.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from monitoring.engine.instruments import SYMPTOMS
from monitoring.engine.records import Finding, FindingKind, JsonValue, Sentence
from monitoring.engine.sentences import courses, flags, medicines, ratings
from monitoring.engine.sentences.phrases import SEVERITY, gettext_noop, named

WORDS: Mapping[FindingKind, Callable[[Finding], list[Sentence]]] = {
    FindingKind.RISK_ANSWER: flags.risk_answer,
    FindingKind.BODY_WARNING: flags.body_warning,
    FindingKind.EXTREME_RATING: ratings.extreme_rating,
    FindingKind.DETERIORATION: ratings.change,
    FindingKind.IMPROVEMENT: ratings.change,
    FindingKind.SUDDEN_CHANGE: ratings.sudden,
    FindingKind.SIDE_EFFECT: medicines.side_effect,
    FindingKind.DISCONTINUATION: medicines.discontinuation,
    FindingKind.NOT_ON_TRACK: courses.not_on_track,
    FindingKind.RESPONSE: courses.response,
    FindingKind.REMISSION: courses.remission,
    FindingKind.RELAPSE: courses.relapse,
    FindingKind.RELIABLE_WORSENING: courses.reliable_worsening,
    FindingKind.OFFER_INSTRUMENT: ratings.offer_instrument,
    FindingKind.LOST_CONTACT: ratings.silence,
    FindingKind.MISSED_CHECK_INS: ratings.silence,
    FindingKind.CHECK_IN_REMINDER: ratings.silence,
    FindingKind.PERSISTENTLY_SEVERE: ratings.persistently_severe,
    FindingKind.STILL_LEARNING: ratings.still_learning,
    FindingKind.LOW_INFORMATION: ratings.low_information,
}


def describe(finding: Finding) -> tuple[Sentence, ...]:
    """Return the sentences of a finding as templates and values."""
    return tuple(WORDS[finding.kind](finding))


def describe_clearing(finding: Finding) -> tuple[Sentence, ...]:
    """Return what would clear a finding as templates and values."""
    clears = finding.clears
    if clears.get("by") == "person":
        return (Sentence(template=gettext_noop("Only a person can clear this."), values={}),)
    if "more_than" in clears:
        template = gettext_noop(
            "What would clear it: more than {more_than} usual check-ins, or a level you both agree to expect."
        )
        return (Sentence(template=template, values=clears),)
    if clears.get("at") is not None:
        template = gettext_noop(
            "What would clear it: {check_ins} check-ins with {name} at {at} or better, "
            "or a level you both agree to expect."
        )
        values = dict(clears) | {"name": named(clears["name"])}
        return (Sentence(template=template, values=values),)
    if "severity" in clears:
        symptom = SYMPTOMS.get(clears["symptom"], clears["symptom"])
        values = {"symptom": symptom, "severity": SEVERITY[clears["severity"]]}
        return (Sentence(template=gettext_noop("What would clear it: {symptom} {severity} or less."), values=values),)
    if "symptoms_below" in clears:
        template = gettext_noop("What would clear it: fewer than {symptoms_below} new symptoms, none severe.")
        return (Sentence(template=template, values=clears),)
    if "response" in clears:
        return (Sentence(template=gettext_noop("What would clear it: a response."), values={}),)
    if clears.get("check_ins") == 1:
        return (Sentence(template=gettext_noop("What would clear it: the next check-in."), values={}),)
    return ()


def _in_english(sentence: Sentence) -> str:
    return sentence.template.format(**{name: _plain(value) for name, value in sentence.values.items()})


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, dt.date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, Sentence):
        return _in_english(value)
    return ", ".join(str(_plain(part)) for part in value) if isinstance(value, list) else value


def explain(finding: Finding) -> str:
    """Return a finding in plain English, with what would clear it."""
    sentences = (*describe(finding), *describe_clearing(finding))
    return " ".join(_in_english(sentence) for sentence in sentences)
