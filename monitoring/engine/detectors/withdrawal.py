"""Medicines after whose stop withdrawal is known: by the name in the plan, with the usual time and a warning."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from monitoring.engine.instruments import is_one_of
from monitoring.engine.sources.rule_source import RuleSource

FOLDER = Path(__file__).parent.parent / "data" / "medicines"


class Begins(StrEnum):
    """When withdrawal usually begins after a stop."""

    DAYS = "days"
    WEEKS = "weeks"


class StopWarning(StrEnum):
    """What a stop or a quick cut of some medicines can bring besides the symptoms of the list."""

    FITS = "fits"
    DISTRESS = "distress"


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """What is known of stopping a kind of medicine.

    Attributes:
        code: the kind of medicine.
        names: beginnings of names in small letters, generic names and common brands, in English and German.
        begins: when symptoms usually begin.
        source: where this stands.
        warning: what a stop can bring that the list of symptoms does not ask about.
    """

    code: str
    names: tuple[str, ...]
    begins: Begins
    source: RuleSource
    warning: StopWarning | None = None


def _load() -> tuple[Withdrawal, ...]:
    rows = json.loads((FOLDER / "withdrawal.json").read_text(encoding="utf-8"))
    return tuple(
        Withdrawal(
            code=row["code"],
            names=tuple(row["names"]),
            begins=Begins(row["begins"]),
            source=RuleSource(row["source"]),
            warning=StopWarning(row["warning"]) if "warning" in row else None,
        )
        for row in rows
    )


#: Every kind of medicine of which withdrawal is known.
WITHDRAWALS: tuple[Withdrawal, ...] = _load()


def withdrawal_of(name: str) -> Withdrawal | None:
    """Return what is known of stopping a medicine, by its name as the plan writes it; None where nothing is."""
    return next((kind for kind in WITHDRAWALS if is_one_of(kind.names, name)), None)
