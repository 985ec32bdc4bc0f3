"""Findings in words: translatable templates with named places, never a cause.

The product translates `Sentence.template` and every text value, and formats the
dates; `explain` is the plain English of the same sentences.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from monitoring.engine.records import Finding, FindingKind, JsonValue, Sentence


def gettext_noop(message: str) -> str:
    """Mark a text for the translators' catalogue; the product translates it."""
    return message


#: Names of the series as they open a sentence.
NAMES: Mapping[str, str] = {
    "sleep": gettext_noop("Sleep"),
    "mood": gettext_noop("Mood"),
    "energy": gettext_noop("Energy"),
    "pain": gettext_noop("Pain"),
    "function": gettext_noop("Function"),
}

BETTER_IS: Mapping[str, str] = {
    "higher_is_better": gettext_noop("higher is better"),
    "higher_is_worse": gettext_noop("lower is better"),
}

#: Above this chance the words get surer (ENGINE 4.7).
LIKELY, VERY_LIKELY = 0.5, 0.8


def hedge(chance: float) -> str:
    """Return the word for a chance between 0 and 1."""
    if chance > VERY_LIKELY:
        return gettext_noop("very likely")
    return gettext_noop("likely") if chance >= LIKELY else gettext_noop("possible")


def _named(name: str) -> str:
    return NAMES.get(name, name)


def _day(value: JsonValue) -> dt.date:
    return dt.date.fromisoformat(value)


def _change(finding: Finding) -> list[Sentence]:
    parts = finding.parts
    worse = finding.kind is not FindingKind.IMPROVEMENT
    heading = gettext_noop("{name}: getting worse.") if worse else gettext_noop("{name}: improving.")
    body = (
        gettext_noop(
            "{name} has been about {points} points worse since {onset_on} than in the {before_n} check-ins before: "
            "average {before_mean} before, {after_mean} in the {after_n} since ({better})."
        )
        if worse
        else gettext_noop(
            "{name} has been about {points} points better since {onset_on} than in the {before_n} check-ins before: "
            "average {before_mean} before, {after_mean} in the {after_n} since ({better})."
        )
    )
    values = dict(parts) | {
        "name": _named(parts["name"]),
        "onset_on": _day(parts["onset_on"]),
        "better": BETTER_IS[parts["direction"]],
    }
    sentences = [Sentence(template=heading, values=values), Sentence(template=body, values=values)]
    return sentences + _change_details(finding)


def _change_details(finding: Finding) -> list[Sentence]:
    parts, sentences = finding.parts, []
    if parts.get("outside_in_a_row", 0) > 1:
        sentences.append(
            Sentence(
                template=gettext_noop(
                    "{outside_in_a_row} check-ins in a row outside the usual range ({usual_low} to {usual_high})."
                ),
                values=parts,
            )
        )
    if parts.get("event"):
        sentences += _timing(parts)
    if parts.get("also"):
        also = ", ".join(_named(name) for name in parts["also"])
        sentences.append(Sentence(template=gettext_noop("Moved too: {also}."), values={"also": also}))
    return sentences + _chance(finding) + _missed(parts)


def _timing(parts: Mapping[str, JsonValue]) -> list[Sentence]:
    return [
        Sentence(
            template=gettext_noop("It began {event_days} days after {event} on {event_on}."),
            values=dict(parts) | {"event_on": _day(parts["event_on"])},
        ),
        Sentence(
            template=gettext_noop("Timing is shown because it may help. It does not prove cause."),
            values={},
        ),
    ]


def _chance(finding: Finding) -> list[Sentence]:
    if finding.chance is None:
        return []
    return [
        Sentence(
            template=gettext_noop("Chance that this is a true change: {percent}% ({hedge})."),
            values={"percent": round(100 * finding.chance), "hedge": hedge(finding.chance)},
        )
    ]


def _missed(parts: Mapping[str, JsonValue]) -> list[Sentence]:
    if not parts.get("missed"):
        return []
    return [
        Sentence(
            template=gettext_noop("{missed} of the last {planned} check-ins were missed."),
            values=parts,
        )
    ]


def _risk_answer(finding: Finding) -> list[Sentence]:
    template = gettext_noop("{instrument}, question {item}: “{question}” was answered “{answer_text}”.")
    sentences = [Sentence(template=template, values=finding.parts)]
    if finding.parts["rose"]:
        sentences.append(Sentence(template=gettext_noop("The answer is higher than on the form before."), values={}))
    return sentences


def _extreme_rating(finding: Finding) -> list[Sentence]:
    values = dict(finding.parts) | {"name": _named(finding.parts["name"]), "on": _day(finding.parts["on"])}
    return [
        Sentence(
            template=gettext_noop("{name} was rated {rating} and function {function} on {on}: both at the worst end."),
            values=values,
        )
    ]


def _silence(finding: Finding) -> list[Sentence]:
    template = {
        FindingKind.CHECK_IN_REMINDER: gettext_noop("No check-in for {silent_days} days."),
        FindingKind.MISSED_CHECK_INS: gettext_noop("Overdue: no check-in for {silent_days} days."),
        FindingKind.LOST_CONTACT: gettext_noop(
            "Lost contact: no check-in for {silent_days} days, {missed} missed in a row."
        ),
    }[finding.kind]
    sentences = [Sentence(template=template, values=finding.parts)]
    if finding.parts["was_worse"]:
        sentences.append(Sentence(template=gettext_noop("The last check-ins were getting worse."), values={}))
    if finding.parts["risk_answer"]:
        sentences.append(Sentence(template=gettext_noop("The last form had a safety answer."), values={}))
    return sentences


def _persistently_severe(finding: Finding) -> list[Sentence]:
    values = dict(finding.parts) | {
        "name": _named(finding.parts["name"]),
        "better": BETTER_IS[finding.parts["direction"]],
    }
    return [
        Sentence(
            template=gettext_noop(
                "{name} has been at the severe end on the last {count} check-ins: average {mean} ({better}). "
                "There is little room to get worse, so no change will be signalled."
            ),
            values=values,
        )
    ]


def _still_learning(finding: Finding) -> list[Sentence]:
    template = gettext_noop("Still learning what is usual: {check_ins} check-ins so far.")
    return [Sentence(template=template, values=finding.parts)]


def _low_information(finding: Finding) -> list[Sentence]:
    template = gettext_noop("The last {count} check-ins have exactly the same answers.")
    return [Sentence(template=template, values=finding.parts)]


WORDS: Mapping[FindingKind, Callable[[Finding], list[Sentence]]] = {
    FindingKind.RISK_ANSWER: _risk_answer,
    FindingKind.EXTREME_RATING: _extreme_rating,
    FindingKind.DETERIORATION: _change,
    FindingKind.IMPROVEMENT: _change,
    FindingKind.LOST_CONTACT: _silence,
    FindingKind.MISSED_CHECK_INS: _silence,
    FindingKind.CHECK_IN_REMINDER: _silence,
    FindingKind.PERSISTENTLY_SEVERE: _persistently_severe,
    FindingKind.STILL_LEARNING: _still_learning,
    FindingKind.LOW_INFORMATION: _low_information,
}


def describe(finding: Finding) -> tuple[Sentence, ...]:
    """Return the sentences of a finding as templates and values."""
    return tuple(WORDS[finding.kind](finding))


def describe_clearing(finding: Finding) -> tuple[Sentence, ...]:
    """Return what would clear a finding as templates and values."""
    clears = finding.clears
    if clears.get("by") == "person":
        return (Sentence(template=gettext_noop("Only a person can clear this."), values={}),)
    if clears.get("at") is not None:
        template = gettext_noop(
            "What would clear it: {check_ins} check-ins with {name} at {at} or better, "
            "or a level you both agree to expect."
        )
        values = dict(clears) | {"name": _named(clears["name"])}
        return (Sentence(template=template, values=values),)
    if clears.get("check_ins") == 1:
        return (Sentence(template=gettext_noop("What would clear it: the next check-in."), values={}),)
    return ()


def _in_english(sentence: Sentence) -> str:
    values = {
        name: f"{value.day} {value:%B %Y}" if isinstance(value, dt.date) else value
        for name, value in sentence.values.items()
    }
    return sentence.template.format(**values)


def explain(finding: Finding) -> str:
    """Return a finding in plain English, with what would clear it."""
    sentences = (*describe(finding), *describe_clearing(finding))
    return " ".join(_in_english(sentence) for sentence in sentences)
