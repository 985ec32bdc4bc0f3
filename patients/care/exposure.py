"""Record how much of something was taken up, and what it should bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from patients import audit
from patients.care import episodes
from patients.care.episodes import CareConflict
from patients.models import Expectation, Intervention, Session, User
from patients.models.audit import AuditAction
from patients.models.exposure import Homework, Kept, Measure


@dataclass(frozen=True, kw_only=True)
class Uptake:
    """How often something took place, and what became of its homework."""

    kept: int
    partly: int
    missed: int
    homework_done: int
    homework_set: int

    @property
    def occasions(self) -> int:
        """Return on how many days something was recorded."""
        return self.kept + self.partly + self.missed


def uptake(sessions: Sequence[Session]) -> Uptake:
    """Count the sessions of one intervention."""
    kept = [session.kept for session in sessions]
    homework = [session.homework for session in sessions if session.homework]
    return Uptake(
        kept=kept.count(Kept.KEPT),
        partly=kept.count(Kept.PARTLY),
        missed=kept.count(Kept.MISSED),
        homework_done=homework.count(Homework.DONE),
        homework_set=len(homework),
    )


@transaction.atomic
def record_session(
    *, intervention: Intervention, on: date, kept: Kept, homework: Homework | None = None, by: User, at: datetime
) -> Session:
    """Record one occasion; a second entry for the same day replaces the first.

    Raises:
        CareConflict: the day lies before the start or after the stop.
    """
    _check_within(intervention, on)
    session, _ = Session.objects.update_or_create(
        intervention=intervention,
        on=on,
        defaults={"kept": kept, "homework": homework or "", "recorded_by": by, "recorded_at": at},
    )
    episodes.mark_changed(intervention.episode, at)
    audit.record(AuditAction.SESSION_RECORDED, by=by, about=intervention, at=at)
    return session


@transaction.atomic
def expect(
    *, intervention: Intervention, measure: Measure, points: Decimal, by_on: date, by: User, at: datetime
) -> Expectation:
    """Agree on what should get better, by how much and by when; a new agreement about a measure replaces the old one.

    Raises:
        CareConflict: the day lies before the start.
    """
    if by_on < intervention.started_on:
        raise CareConflict("an effect is expected after the start")
    expectation, _ = Expectation.objects.update_or_create(
        intervention=intervention,
        measure=measure,
        defaults={"points": points, "by_on": by_on, "recorded_by": by, "recorded_at": at},
    )
    audit.record(AuditAction.EXPECTATION_SET, by=by, about=intervention, at=at)
    return expectation


def _check_within(intervention: Intervention, on: date) -> None:
    """Refuse a day on which the intervention did not run.

    Raises:
        CareConflict: it did not.
    """
    is_after = intervention.stopped_on is not None and on > intervention.stopped_on
    if on < intervention.started_on or is_after:
        raise CareConflict("a session lies between start and stop")
