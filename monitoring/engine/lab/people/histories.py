"""Simulated ratings as the history of a person, as the engine takes it. No generator: what was simulated is only put down.

Generators think "higher is worse"; here each rating gets the direction in which it was answered.
"""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.records import (
    CheckInRecord,
    Domain,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
)

Floats = NDArray[np.float64]

FIRST_DAY = dt.date(2026, 1, 7)


def day(week: int, days: int = 0) -> dt.date:
    """Return the day of a weekly check-in, or so many days later."""
    return FIRST_DAY + dt.timedelta(weeks=week, days=days)


def evening(on: dt.date) -> dt.datetime:
    """Return when a check-in or a form of a day was entered."""
    return dt.datetime(on.year, on.month, on.day, 18, tzinfo=dt.UTC)


def check_ins(ratings: Floats) -> tuple[CheckInRecord, ...]:
    """Return the check-ins of one person.

    Args:
        ratings: (weeks, D), 0 to 10, higher is worse, NaN = not answered.
    """
    answered = [(week, row) for week, row in enumerate(ratings) if not np.isnan(row).all()]
    return tuple(
        CheckInRecord(about_on=day(week), entered_at=evening(day(week)), ratings=_given(row)) for week, row in answered
    )


def _given(row: Floats) -> dict[Domain, int | None]:
    return {
        domain: int(value if domain is Domain.PAIN else 10 - value)
        for domain, value in zip(Domain, row, strict=True)
        if not np.isnan(value)
    }


def medicine(week: int, change: InterventionChange, before: float, after: float) -> InterventionRecord:
    """Return a start, change or stop of a medicine between two check-ins, as the doctor's visit is; doses in mg."""
    return InterventionRecord(
        kind=InterventionCategory.MEDICATION,
        name="sertraline",
        on=day(week, 3),
        change=change,
        label=f"sertraline {after:g} mg",
        dose_before=before,
        dose_after=after,
    )
