"""Pieces that the sentences of all findings share: names, days, events, and the two numbers that are compared."""

import datetime as dt
from collections.abc import Mapping

from monitoring.engine.records import Finding, FindingKind, JsonValue, Parts, Sentence


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


#: Severity of a checklist symptom, 0 to 3.
SEVERITY: tuple[str, ...] = (
    gettext_noop("none"),
    gettext_noop("mild"),
    gettext_noop("moderate"),
    gettext_noop("severe"),
)


#: Above this chance the words get surer (docs/engine.md#shown-chance).
LIKELY, VERY_LIKELY = 0.5, 0.8


#: The two numbers that the sentence of a finding compares: the earlier and the later one.
COMPARED: tuple[tuple[str, str], ...] = (("before_mean", "after_mean"), ("well", "now"), ("start", "now"))


def printed_change(finding: Finding) -> float | None:
    """Return the later minus the earlier of the two numbers that the sentence of a finding prints.

    It is worked out from the printed numbers, so that no reader with a pencil finds another one.

    Returns:
        Points of the natural scale, to one decimal; None where the sentence compares no two numbers.
    """
    parts = finding.parts
    if finding.kind is FindingKind.REMISSION:
        return None
    pair = next((pair for pair in COMPARED if all(isinstance(parts.get(name), (int, float)) for name in pair)), None)
    return None if pair is None else round(parts[pair[1]] - parts[pair[0]], 1)


def hedge(chance: float) -> str:
    """Return the word for a chance between 0 and 1."""
    if chance > VERY_LIKELY:
        return gettext_noop("very likely")
    return gettext_noop("likely") if chance >= LIKELY else gettext_noop("possible")


def named(name: str) -> str:
    """Return a series by its name as it opens a sentence."""
    return NAMES.get(name, name)


def day(value: JsonValue) -> dt.date:
    """Return a stored day."""
    return dt.date.fromisoformat(value)


def compared(parts: Parts) -> dict[str, JsonValue]:
    """Return the values of a sentence that compares two averages, with the number of check-ins of each in words."""
    before_n, after_n = parts["before_n"], parts["after_n"]
    before = gettext_noop("in the check-in before") if before_n == 1 else gettext_noop("in the {n} check-ins before")
    since = gettext_noop("in the one since") if after_n == 1 else gettext_noop("in the {n} since")
    last = gettext_noop("in the last check-in") if after_n == 1 else gettext_noop("in the last {n} check-ins")
    return dict(parts) | {
        "name": named(parts["name"]),
        "better": BETTER_IS[parts["direction"]],
        "before": Sentence(template=before, values={"n": before_n}),
        "since": Sentence(template=since, values={"n": after_n}),
        "last": Sentence(template=last, values={"n": after_n}),
    }


#: An event as it stands behind "after".
EVENTS: Mapping[str, str] = {
    "start": gettext_noop("the start of {event} on {event_on}"),
    "change": gettext_noop("the change of {event} on {event_on}"),
    "stop": gettext_noop("the stop of {event} on {event_on}"),
}


def event(parts: Parts) -> Sentence:
    """Return a start, change or stop as a part of a sentence."""
    values = {"event": parts["event"], "event_on": day(parts["event_on"])}
    return Sentence(template=EVENTS[parts["event_change"]], values=values)


def by_days(days: int, *, same_day: str, next_day: str, later: str) -> str:
    """Return the template that fits a number of days."""
    return same_day if days == 0 else next_day if days == 1 else later


def chance(finding: Finding) -> list[Sentence]:
    """Return in how many simulated people the named scale was truly worse; nothing where that is not known of it.

    Source: docs/engine.md#shown-chance. What engines until 1.4 stored is the chance of any scale: it is not printed.
    """
    points = finding.parts.get("chance_points")
    if finding.chance is None or points is None:
        return []
    template = (
        gettext_noop(
            "{name} is truly at least 1 point worse than before in {percent}% of simulated people with such answers "
            "({hedge})."
        )
        if points == 1
        else gettext_noop(
            "{name} is truly at least {points} points worse than before in {percent}% of simulated people with such "
            "answers ({hedge})."
        )
    )
    values = {
        "name": named(finding.parts["name"]),
        "points": points,
        "percent": round(100 * finding.chance),
        "hedge": hedge(finding.chance),
    }
    return [Sentence(template=template, values=values)]


def inseparable(parts: Parts) -> list[Sentence]:
    """Return what lies too close to tell apart, and that timing proves no cause."""
    timing = Sentence(
        template=gettext_noop("Timing is shown because it may help. It does not prove cause."),
        values={},
    )
    others = [event(other) for other in parts.get("together", ())]
    if not others:
        return [timing]
    template = (
        gettext_noop("Within two weeks of it: {others}. The two cannot be told apart.")
        if len(others) == 1
        else gettext_noop("Within two weeks of it: {others}. These changes cannot be told apart.")
    )
    return [Sentence(template=template, values={"others": others}), timing]
