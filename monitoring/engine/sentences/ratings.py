"""Sentences about ratings: what moved, what stays, what is missing."""

from collections.abc import Mapping

from monitoring.engine.records import Finding, FindingKind, JsonValue, Parts, Sentence
from monitoring.engine.sentences.phrases import (
    BETTER_IS,
    by_days,
    chance,
    compared,
    day,
    event,
    gettext_noop,
    inseparable,
    named,
)


def change(finding: Finding) -> list[Sentence]:
    """Say that ratings moved lastingly, with their numbers, what they followed and the chance."""
    parts = finding.parts
    worse = finding.kind is not FindingKind.IMPROVEMENT
    heading = gettext_noop("{name}: getting worse.") if worse else gettext_noop("{name}: improving.")
    body = (
        gettext_noop(
            "{name} has been about {points} points worse since {onset_on} than {before}: "
            "average {before_mean} before, {after_mean} {since} ({better})."
        )
        if worse
        else gettext_noop(
            "{name} has been about {points} points better since {onset_on} than {before}: "
            "average {before_mean} before, {after_mean} {since} ({better})."
        )
    )
    values = compared(parts) | {"onset_on": day(parts["onset_on"])}
    heading_values = values | {"name": [named(name) for name in (parts["name"], *parts.get("also", ()))]}
    sentences = [Sentence(template=heading, values=heading_values), Sentence(template=body, values=values)]
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
        sentences.append(Sentence(template=gettext_noop("Also changed: {also}."), values={"also": _also(parts)}))
    for reading in parts.get("readings", ()):
        sentences += _reading(reading)
    return sentences + chance(finding) + _missed(parts)


def _also(parts: Parts) -> list[JsonValue]:
    """Return what else changed, each with its own two averages."""
    names = [named(name) for name in parts["also"]]
    means = parts.get("also_means")
    if means is None:
        return names
    template = gettext_noop("{name} ({before_mean} before, {after_mean} since)")
    return [
        Sentence(template=template, values={"name": name, "before_mean": before, "after_mean": after})
        for name, (before, after) in zip(names, means, strict=True)
    ]


def _reading(reading: Parts) -> list[Sentence]:
    """Return what else the same answers can be read as: a line, without a chance of its own."""
    if reading["kind"] == FindingKind.SUDDEN_CHANGE:
        template = gettext_noop("A sudden large change: {name} on average {after_mean} {last}, {before_mean} {before}.")
        return [Sentence(template=template, values=compared(reading))]
    names = [named(name) for name in reading["names"]]
    template = gettext_noop("Possible side effect: worse in the {window_weeks} weeks after {what} ({names}).")
    return [Sentence(template=template, values=dict(reading) | {"names": names, "what": event(reading)})]


def _timing(parts: Parts) -> list[Sentence]:
    template = by_days(
        parts["event_days"],
        same_day=gettext_noop("It began on the day of {what}."),
        next_day=gettext_noop("It began 1 day after {what}."),
        later=gettext_noop("It began {event_days} days after {what}."),
    )
    return [Sentence(template=template, values=dict(parts) | {"what": event(parts)}), *inseparable(parts)]


def _missed(parts: Mapping[str, JsonValue]) -> list[Sentence]:
    if not parts.get("missed"):
        return []
    template = (
        gettext_noop("1 of the last {planned} check-ins was missed.")
        if parts["missed"] == 1
        else gettext_noop("{missed} of the last {planned} check-ins were missed.")
    )
    return [Sentence(template=template, values=parts)]


def extreme_rating(finding: Finding) -> list[Sentence]:
    """Say that a rating is at its worst end."""
    values = dict(finding.parts) | {"name": named(finding.parts["name"]), "on": day(finding.parts["on"])}
    return [
        Sentence(
            template=gettext_noop("{name} was rated {rating} and function {function} on {on}: both at the worst end."),
            values=values,
        )
    ]


#: Silence, by what is known of the time before it. Days are not counted: a stored sentence is read days later.
SILENCE: Mapping[FindingKind, tuple[str, str]] = {
    FindingKind.CHECK_IN_REMINDER: (
        gettext_noop("No check-in since {last_on}."),
        gettext_noop("No check-in so far."),
    ),
    FindingKind.MISSED_CHECK_INS: (
        gettext_noop("Overdue: no check-in since {last_on}."),
        gettext_noop("Overdue: no check-in so far."),
    ),
    FindingKind.LOST_CONTACT: (
        gettext_noop("Lost contact: no check-in since {last_on}, {missed} missed in a row."),
        gettext_noop("Lost contact: no check-in so far, {missed} missed in a row."),
    ),
}


def silence(finding: Finding) -> list[Sentence]:
    """Say since when nothing came."""
    parts = finding.parts
    template, without_day = SILENCE[finding.kind]
    last_on = parts["last_on"]
    values = dict(parts) | {"last_on": day(last_on) if last_on else None}
    sentences = [Sentence(template=template if last_on else without_day, values=values)]
    if finding.parts["was_worse"]:
        sentences.append(Sentence(template=gettext_noop("The last check-ins were getting worse."), values={}))
    if finding.parts["risk_answer"]:
        sentences.append(Sentence(template=gettext_noop("The last questionnaire had a safety answer."), values={}))
    return sentences


def persistently_severe(finding: Finding) -> list[Sentence]:
    """Say that a rating stays at its worst end."""
    values = dict(finding.parts) | {
        "name": named(finding.parts["name"]),
        "better": BETTER_IS[finding.parts["direction"]],
    }
    return [
        Sentence(
            template=gettext_noop(
                "{name} has been at the severe end on the last {count} check-ins: average {mean} ({better}). There "
                "is little room to get worse, so no change will be reported."
            ),
            values=values,
        )
    ]


def still_learning(finding: Finding) -> list[Sentence]:
    """Say that too little is known yet."""
    template = (
        gettext_noop("Still learning what is usual: 1 check-in so far.")
        if finding.parts["check_ins"] == 1
        else gettext_noop("Still learning what is usual: {check_ins} check-ins so far.")
    )
    return [Sentence(template=template, values=finding.parts)]


def low_information(finding: Finding) -> list[Sentence]:
    """Say that the answers are all alike."""
    template = gettext_noop("The last {count} check-ins have exactly the same answers.")
    return [Sentence(template=template, values=finding.parts)]


def sudden(finding: Finding) -> list[Sentence]:
    """Say that a rating moved suddenly."""
    parts = finding.parts
    template = gettext_noop(
        "{name}: sudden large change. Average {after_mean} {last}, {before_mean} {before} ({better})."
    )
    return [Sentence(template=template, values=compared(parts)), *_change_details(finding)]


def offer_instrument(finding: Finding) -> list[Sentence]:
    """Say that a questionnaire can be offered."""
    values = dict(finding.parts) | {"name": named(finding.parts["name"])}
    return [Sentence(template=gettext_noop("{name} was rated {rating}: offer the {offer}."), values=values)]
