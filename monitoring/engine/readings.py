"""One fall is told once: its other readings become lines of the finding that stays.

A fall of several ratings after the start of a medicine is a lasting change, perhaps a sudden one, and fits a possible
side effect. Told as three findings it looked like three events, with two chances and two ways to clear it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitoring.engine.records import Finding, FindingKind, JsonValue

#: What the line of another reading needs of it.
EVENT_PARTS = ("event", "event_change", "event_on", "window_weeks")
SUDDEN_PARTS = ("name", "before_mean", "before_n", "after_mean", "after_n", "direction")


def told_once(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings in which the fall of the ratings, and that of each questionnaire, stands once.

    The finding that stays keeps its chance and what would clear it, and takes the louder tier of a sudden change about
    the same ratings. A possible side effect that is louder than the lasting change stays by itself; the lasting change
    is left out if it is about nothing else.
    """
    told = list(findings)
    for fall in [one for one in findings if one.kind is FindingKind.DETERIORATION]:
        told = _told_once(told, fall)
    return told


def _told_once(findings: list[Finding], fall: Finding) -> list[Finding]:
    same = [one for one in findings if _is_about_the_same(one, fall)]
    sudden = [one for one in same if one.kind is FindingKind.SUDDEN_CHANGE]
    tier = max([fall.tier, *(one.tier for one in sudden)], key=lambda tier: tier.rank)
    effects = [one for one in same if one.kind is FindingKind.SIDE_EFFECT]
    louder = [one for one in effects if one.tier.rank > tier.rank]
    if louder:
        is_covered = {str(one.domain) for one in louder} >= set(fall.domains)
        return _without(findings, [fall, *sudden]) if is_covered else findings
    readings = [*map(_sudden, sudden), *_effects(effects)]
    whole = replace(fall, tier=tier, parts=dict(fall.parts) | {"readings": readings})
    return [whole if one is fall else one for one in _without(findings, [*sudden, *effects])]


def _is_about_the_same(finding: Finding, fall: Finding) -> bool:
    if finding.domain is None:
        return finding.instrument is not None and finding.instrument == fall.instrument
    return str(finding.domain) in fall.domains


def _without(findings: Iterable[Finding], left_out: Sequence[Finding]) -> list[Finding]:
    return [one for one in findings if not any(one is other for other in left_out)]


def _sudden(finding: Finding) -> dict[str, JsonValue]:
    return {"kind": str(finding.kind)} | {name: finding.parts[name] for name in SUDDEN_PARTS}


def _effects(findings: Sequence[Finding]) -> list[dict[str, JsonValue]]:
    """Return one line for each event, with the ratings that got worse after it."""
    lines: dict[tuple[JsonValue, ...], dict[str, JsonValue]] = {}
    for finding in findings:
        event = tuple(finding.parts[name] for name in EVENT_PARTS)
        line = lines.setdefault(
            event, {"kind": str(finding.kind), "names": []} | dict(zip(EVENT_PARTS, event, strict=True))
        )
        line["names"].append(str(finding.domain))
    return list(lines.values())
