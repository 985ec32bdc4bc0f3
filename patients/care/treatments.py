"""Start, change and stop what is tried, with its doses and sessions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet

from patients import audit
from patients.care.episodes import CareConflict, mark_changed
from patients.models import (
    Episode,
    Intervention,
    InterventionDose,
    Session,
    User,
)
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind
from patients.queries import compiled


class AlreadyRunning(CareConflict):
    """Two doses of one thing would lie over each other."""

    def __init__(self, running: Intervention) -> None:
        """Keep what runs, for the page that says so."""
        super().__init__(str(running.pk))
        self.running = running


@dataclass(frozen=True, kw_only=True)
class Dose:
    """How much or how often: the words people read, and the amount a day where it is a number."""

    label: str
    amount: Decimal | None = None
    unit: str = ""


@transaction.atomic
def start_intervention(
    *,
    episode: Episode,
    kind: InterventionKind,
    name: str,
    started_on: date,
    dose: Dose | None = None,
    by: User | None,
    at: datetime,
) -> Intervention:
    """Record that something is tried from a day on; the day may lie in the past, before the start of care too.

    Raises:
        AlreadyRunning: it is being tried already; its dose can be changed.
    """
    same = Intervention.objects.filter(episode=episode, name__iexact=name.strip())
    running = same.filter(Q(stopped_on__isnull=True) | Q(stopped_on__gt=started_on)).first()
    if running is not None:
        raise AlreadyRunning(running)
    intervention = Intervention.objects.create(
        episode=episode, kind=kind, name=name, started_on=started_on, recorded_by=by, recorded_at=at
    )
    if dose is not None:
        _set_dose(intervention, dose, started_on)
    mark_changed(episode, at)
    audit.record(AuditAction.INTERVENTION_STARTED, by=by, about=intervention, at=at)
    return intervention


@transaction.atomic
def change_intervention(
    *, intervention: Intervention, dose: Dose, from_on: date, by: User | None, at: datetime
) -> InterventionDose:
    """Record a new dose or frequency from a day on.

    Raises:
        CareConflict: the day lies before the start or after the stop.
    """
    stopped = intervention.stopped_on is not None and from_on > intervention.stopped_on
    if from_on < intervention.started_on or stopped:
        raise CareConflict("a change lies between start and stop")
    changed = _set_dose(intervention, dose, from_on)
    mark_changed(intervention.episode, at)
    audit.record(AuditAction.INTERVENTION_CHANGED, by=by, about=intervention, at=at)
    return changed


@transaction.atomic
def stop_intervention(
    *, intervention: Intervention, stopped_on: date, reason: str, by: User | None, at: datetime
) -> Intervention:
    """Record the stop and its reason.

    Raises:
        CareConflict: already stopped, or the stop lies before the start or before a change of dose.
    """
    if intervention.stopped_on is not None:
        raise CareConflict("already stopped")
    if stopped_on < last_step_on(intervention):
        raise CareConflict("a stop cannot come before its start or a change of dose")
    intervention.stopped_on = stopped_on
    intervention.stop_reason = reason
    intervention.save(update_fields=["stopped_on", "stop_reason"])
    mark_changed(intervention.episode, at)
    audit.record(AuditAction.INTERVENTION_STOPPED, by=by, about=intervention, at=at)
    return intervention


def interventions(episode: Episode) -> QuerySet[Intervention]:
    """Return what is and was tried in an episode, what still runs first, the newest first."""
    rows = Intervention.objects.filter(episode=episode).prefetch_related(doses()).select_related("episode")
    return rows.order_by(F("stopped_on").desc(nulls_first=True), "-started_on")


def doses() -> "Prefetch[Any, Any, Any]":
    """Return what loads the doses of many interventions in one query, as `dose_steps`."""
    return Prefetch("doses", to_attr="dose_steps")


def sessions() -> "Prefetch[Any, Any, Any]":
    """Return what loads the sessions of many interventions in one query, as `recorded_sessions`."""
    return Prefetch("sessions", to_attr="recorded_sessions")


@compiled
def doses_of(episode_id: UUID) -> QuerySet[InterventionDose]:
    """Return all doses of an episode, those of each intervention oldest first."""
    return InterventionDose.objects.filter(intervention__episode_id=episode_id)


@compiled
def sessions_of(episode_id: UUID) -> QuerySet[Session]:
    """Return all sessions of an episode, those of each intervention oldest first."""
    return Session.objects.filter(intervention__episode_id=episode_id)


def hand_out(interventions: Iterable[Intervention], rows: Iterable[InterventionDose | Session], *, name: str) -> None:
    """Give each intervention its doses (as "dose_steps") or sessions ("recorded_sessions"), loaded for all of them."""
    of: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        of[row.intervention_id].append(row)
    for intervention in interventions:
        setattr(intervention, name, of[intervention.pk])


def last_step_on(intervention: Intervention) -> date:
    """Return the day of the start or of the newest dose, whichever is later."""
    return max([intervention.started_on, *(dose.from_on for dose in intervention.doses.all())])


def _set_dose(intervention: Intervention, dose: Dose, from_on: date) -> InterventionDose:
    """Write the dose of a day; a second entry for the same day replaces the first."""
    changed, _ = InterventionDose.objects.update_or_create(
        intervention=intervention,
        from_on=from_on,
        defaults={"amount": dose.amount, "unit": dose.unit, "label": dose.label},
    )
    return changed
