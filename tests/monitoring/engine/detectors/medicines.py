"""Medicines and check-ins with symptoms, for tests of starts and stops."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from monitoring.engine import (
    CheckInRecord,
    Finding,
    FindingKind,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    SymptomRating,
)
from tests.monitoring.engine.histories import check_in, day, usual


def medicine(
    week: float,
    change: InterventionChange,
    *,
    name: str = "sertraline",
    before: Any = None,
    after: Any = None,
    label: str = "sertraline 50 to 100 mg",
) -> InterventionRecord:
    return InterventionRecord(
        kind=InterventionCategory.MEDICATION,
        name=name,
        on=day(week),
        change=change,
        label=label,
        dose_before=before,
        dose_after=after,
    )


def with_symptoms(week: float, **severities: int | None) -> CheckInRecord:
    record = check_in(week, usual(int(week)))
    return replace(record, checklist={code: SymptomRating(severity=value) for code, value in severities.items()})


def found(findings: Iterable[Finding], kind: FindingKind) -> list[Finding]:
    return [one for one in findings if one.kind is kind]
