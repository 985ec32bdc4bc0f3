"""Builders of histories for the engine's tests: plain data, no database."""

import datetime as dt
from collections.abc import Mapping, Sequence

from monitoring.engine import (
    CheckInRecord,
    Domain,
    History,
    InstrumentSpec,
    InterventionRecord,
    Schedule,
    ScoreRecord,
    Slot,
)

FIRST = dt.date(2026, 1, 7)


def day(week: float) -> dt.date:
    return FIRST + dt.timedelta(days=round(7 * week))


def evening(on: dt.date, *, days_late: int = 0) -> dt.datetime:
    return dt.datetime(on.year, on.month, on.day, 18, tzinfo=dt.UTC) + dt.timedelta(days=days_late)


def check_in(week: float, ratings: Mapping[Domain, int | None], *, days_late: int = 0) -> CheckInRecord:
    on = day(week)
    return CheckInRecord(about_on=on, entered_at=evening(on, days_late=days_late), ratings=ratings)


def usual(week: int, **changed: int | None) -> dict[Domain, int | None]:
    """Return ordinary ratings that wobble by a point, with some replaced."""
    wobble = (0, 1, -1, 0, 1, 0, -1)[week % 7]
    ratings: dict[Domain, int | None] = {
        Domain.SLEEP: 6 + wobble,
        Domain.MOOD: 5 - wobble,
        Domain.ENERGY: 5 + wobble,
        Domain.PAIN: 3 - wobble,
        Domain.FUNCTION: 6,
    }
    return ratings | {Domain(name): value for name, value in changed.items()}


def weekly(rows: Sequence[Mapping[Domain, int | None]]) -> tuple[CheckInRecord, ...]:
    return tuple(check_in(week, ratings) for week, ratings in enumerate(rows))


def slots(weeks: int, missed: Sequence[int] = ()) -> Schedule:
    due = tuple(Slot(due_on=day(week), missed=week in missed) for week in range(weeks))
    return Schedule(cadence_weeks=1, slots=due)


def history(
    check_ins: Sequence[CheckInRecord] = (),
    *,
    as_of: dt.date | None = None,
    interventions: Sequence[InterventionRecord] = (),
    schedule: Schedule | None = None,
    new_normal_on: Sequence[dt.date] = (),
) -> History:
    last = max((one.about_on for one in check_ins), default=FIRST)
    return History(
        as_of=as_of or last,
        check_ins=tuple(check_ins),
        interventions=tuple(interventions),
        schedule=schedule,
        new_normal_on=tuple(new_normal_on),
    )


def score_history(
    spec: InstrumentSpec, values: Sequence[float], *, every_weeks: float = 2, as_of_week: float | None = None
) -> History:
    records = tuple(
        ScoreRecord(
            instrument=spec.code,
            version=spec.version,
            on=day(i * every_weeks),
            value=value,
            entered_at=evening(day(i * every_weeks)),
        )
        for i, value in enumerate(values)
    )
    as_of = day(as_of_week) if as_of_week is not None else records[-1].on
    return History(as_of=as_of, scores=records, instruments={spec.code: spec})
