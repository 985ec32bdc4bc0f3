"""Sentences about what began after a medicine was started, changed, cut or stopped. Timing, never a cause."""

from collections.abc import Mapping

from monitoring.engine.instruments import SYMPTOMS
from monitoring.engine.records import Finding, Parts, Sentence
from monitoring.engine.sentences.phrases import (
    SEVERITY,
    by_days,
    compared,
    day,
    event,
    gettext_noop,
    inseparable,
    named,
)


def side_effect(finding: Finding) -> list[Sentence]:
    """Say what is new or worse after a start or a change."""
    parts = finding.parts
    values = dict(parts) | {"what": event(parts)}
    if "symptom" in parts:
        values |= {
            "symptom": SYMPTOMS.get(parts["symptom"], parts["symptom"]),
            "onset_on": day(parts["onset_on"]),
            "now_word": SEVERITY[parts["now"]],
            "before_word": SEVERITY[parts["before"]],
        }
        template = by_days(
            parts["event_days"],
            same_day=gettext_noop(
                "{symptom}: {now_word} now, {before_word} before. New since {onset_on}, the day of {what}."
            ),
            next_day=gettext_noop(
                "{symptom}: {now_word} now, {before_word} before. New since {onset_on}, 1 day after {what}."
            ),
            later=gettext_noop(
                "{symptom}: {now_word} now, {before_word} before. New since {onset_on}, {event_days} days after {what}."
            ),
        )
    else:
        values = compared(parts) | {"what": event(parts)}
        template = gettext_noop(
            "{name} got worse in the {window_weeks} weeks after {what}: average {before_mean} "
            "{before}, {after_mean} {since} ({better})."
        )
    return [Sentence(template=template, values=values), *inseparable(parts)]


#: When withdrawal usually begins with a medicine. Source: data/medicines/withdrawal.json.
STOP_BEGINS: Mapping[str, str] = {
    "days": gettext_noop("With this medicine they usually begin within days."),
    "weeks": gettext_noop("With this medicine they can begin weeks after the stop."),
}


#: What a stop of some medicines needs besides the list. Source: data/medicines/withdrawal.json.
STOP_WARNINGS: Mapping[str, str] = {
    "fits": gettext_noop(
        "After a quick stop or cut of this kind of medicine fits are possible. A fit or confusion is an emergency."
    ),
    "distress": gettext_noop(
        "After a quick stop or cut of this kind of medicine strong pain, distress and thoughts of suicide are "
        "possible. Ask about them."
    ),
}


MOOD_AFTER_STOP = gettext_noop(
    "Mood after a stop can be withdrawal (later with long-acting medicines) or the illness. Ask."
)


def discontinuation(finding: Finding) -> list[Sentence]:
    """Say what is new or worse after a stop or a cut."""
    parts = finding.parts
    worse = [SYMPTOMS.get(code, code) for code in parts["symptoms"]] + [named(name) for name in parts["domains"]]
    unasked = [SYMPTOMS.get(code, code) for code in parts.get("unasked", ())]
    template = by_days(
        parts["event_days"],
        same_day=gettext_noop("New or worse from the day of {what}: {names}."),
        next_day=gettext_noop("New or worse from 1 day after {what}: {names}."),
        later=gettext_noop("New or worse from {event_days} days after {what}: {names}."),
    )
    values = dict(parts) | {"names": worse, "unasked": unasked, "what": event(parts)}
    sentences = [Sentence(template=template, values=values)] if worse else []
    if unasked:
        template = gettext_noop("Reported since {what}, not asked about before: {unasked}.")
        sentences.append(Sentence(template=template, values=values))
    return [*sentences, *_about_stopping(parts), *inseparable(parts)]


def _about_stopping(parts: Parts) -> list[Sentence]:
    """Return what is known of such symptoms after a stop; a finding of an older engine knows less."""
    typical = [SYMPTOMS.get(code, code) for code in parts.get("typical", ())]
    sentences = []
    if typical:
        template = gettext_noop("Typical of stopping: {typical}.")
        sentences.append(Sentence(template=template, values={"typical": typical}))
        sentences.append(Sentence(template=STOP_BEGINS[parts["begins"]], values={}))
    if parts.get("has_mood", not typical):
        sentences.append(Sentence(template=MOOD_AFTER_STOP, values={}))
    if parts.get("warning"):
        sentences.append(Sentence(template=STOP_WARNINGS[parts["warning"]], values={}))
    return sentences
