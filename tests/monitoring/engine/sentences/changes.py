"""A change to be told, with its numbers, for tests of sentences."""

from typing import Any

from monitoring.engine.records import Finding, FindingKind, Tier

CHANGE: dict[str, Any] = {
    "name": "sleep",
    "points": 3.8,
    "before_mean": 6.5,
    "before_n": 8,
    "after_mean": 2.7,
    "after_n": 3,
    "onset_on": "2026-03-04",
    "direction": "higher_is_better",
}


def changed(kind: FindingKind = FindingKind.DETERIORATION, *, chance: float | None = None, **parts: Any) -> Finding:
    return Finding(kind=kind, tier=Tier.REVIEW, chance=chance, parts=CHANGE | parts)
