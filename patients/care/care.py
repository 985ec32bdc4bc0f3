"""Open and end an episode, join and leave a care team, start, change and stop what is tried."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import translation

from patients import audit
from patients.models import (
    CareTeamMembership,
    ClinicRole,
    Episode,
    Intervention,
    InterventionDose,
    LifeEvent,
    Patient,
    Session,
    User,
)
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind, Profession
from patients.models.people import Role
from patients.queries import compiled


class CareConflict(ValueError):
    """The step contradicts what is already recorded."""


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
def open_episode(
    *, patient: Patient, started_on: date, problems: str = "", goal: str = "", by: User | None, at: datetime
) -> Episode:
    """Open an episode of care.

    Raises:
        CareConflict: the patient already has an open one.
    """
    if Episode.objects.filter(patient=patient, ended_on__isnull=True).exists():
        raise CareConflict("this patient already has an open episode")
    episode = Episode.objects.create(
        patient=patient, started_on=started_on, problems=problems, goal=goal, changed_at=at
    )
    audit.record(AuditAction.EPISODE_OPENED, by=by, about=episode, at=at)
    return episode


@transaction.atomic
def end_episode(*, episode: Episode, ended_on: date, by: User, at: datetime) -> Episode:
    """End an episode; its care team keeps access to what was recorded."""
    episode.ended_on = ended_on
    episode.changed_at = at
    episode.save(update_fields=["ended_on", "changed_at"])
    audit.record(AuditAction.EPISODE_ENDED, by=by, about=episode, at=at)
    return episode


@transaction.atomic
def join_care_team(
    *,
    episode: Episode,
    member: User,
    profession: Profession,
    is_responsible: bool = False,
    by: User | None,
    at: datetime,
) -> CareTeamMembership:
    """Add a member to the care team; a new responsible clinician takes over from the former one."""
    current = CareTeamMembership.objects.filter(episode=episode, left_at__isnull=True)
    if is_responsible:
        current.filter(is_responsible=True).update(is_responsible=False)
    membership, is_new = current.get_or_create(
        episode=episode,
        user=member,
        left_at=None,
        defaults={"profession": profession, "is_responsible": is_responsible, "joined_at": at},
    )
    if not is_new:
        membership.profession, membership.is_responsible = profession, is_responsible or membership.is_responsible
        membership.save(update_fields=["profession", "is_responsible"])
    audit.record(AuditAction.TEAM_JOINED, by=by, about=membership, at=at)
    return membership


@transaction.atomic
def leave_care_team(*, episode: Episode, member: User, by: User, at: datetime) -> None:
    """End a membership; what the member did stays recorded.

    Raises:
        CareConflict: the member is responsible, and no one has taken over; nothing is handed to no one.
    """
    membership = CareTeamMembership.objects.get(episode=episode, user=member, left_at__isnull=True)
    if membership.is_responsible:
        raise CareConflict("name another responsible clinician first")
    membership.left_at = at
    membership.save(update_fields=["left_at"])
    audit.record(AuditAction.TEAM_LEFT, by=by, about=membership, at=at)


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


@transaction.atomic
def add_life_event(*, episode: Episode, title: str, happened_on: date, by: User | None, at: datetime) -> LifeEvent:
    """Pin something that happened to a day."""
    event = LifeEvent.objects.create(
        episode=episode, title=title, happened_on=happened_on, recorded_by=by, recorded_at=at
    )
    mark_changed(episode, at)
    audit.record(AuditAction.LIFE_EVENT_ADDED, by=by, about=event, at=at)
    return event


@transaction.atomic
def remove_life_event(*, event: LifeEvent, by: User, at: datetime) -> None:
    """Take back something that was pinned to a day; that it was there, and who took it back, stays in the audit."""
    audit.record(AuditAction.LIFE_EVENT_REMOVED, by=by, about=event, at=at)
    mark_changed(event.episode, at)
    event.delete()


def life_events_of(episode: Episode, *, recorded_by: User) -> QuerySet[LifeEvent]:
    """Return what one person pinned to the days of an episode: what that person may take back."""
    return LifeEvent.objects.filter(episode=episode, recorded_by=recorded_by).select_related("episode")


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


def today(episode: Episode, *, at: datetime) -> date:
    """Return the calendar day where the patient lives."""
    return at.astimezone(ZoneInfo(episode.patient.time_zone)).date()


def memberships(episode: Episode) -> QuerySet[CareTeamMembership]:
    """Return the present care team, the responsible clinician first."""
    current = CareTeamMembership.objects.filter(episode=episode, left_at__isnull=True).select_related("user", "episode")
    return current.order_by("-is_responsible", "joined_at")


def candidates(episode: Episode) -> QuerySet[User]:
    """Return the clinicians of the present clinic who are not on the care team."""
    clinicians = ClinicRole.objects.filter(role=Role.CLINICIAN, ended_at__isnull=True, user__is_active=True)
    on_team = memberships(episode).values("user")
    return User.objects.filter(pk__in=clinicians.values("user")).exclude(pk__in=on_team).order_by("name", "email")


def answerers(episode: Episode) -> QuerySet[User]:
    """Return who can take an alert about an episode: the clinicians of its care team, and every coordinator."""
    held = ClinicRole.objects.filter(ended_at__isnull=True, user__is_active=True)
    clinicians = held.filter(role=Role.CLINICIAN, user__in=memberships(episode).values("user"))
    coordinators = held.filter(role=Role.COORDINATOR)
    is_answerer = Q(pk__in=clinicians.values("user")) | Q(pk__in=coordinators.values("user"))
    return User.objects.filter(is_answerer).order_by("name", "email")


def profession_of(member: User) -> Profession:
    """Return the profession that a member of staff gave when joining the clinic, as far as we know it."""
    titles = ClinicRole.objects.filter(user=member, ended_at__isnull=True).exclude(title="")
    title = (titles.values_list("title", flat=True).first() or "").casefold()
    with translation.override("en"):
        return next(
            (profession for profession in Profession if str(profession.label).casefold() == title), Profession.OTHER
        )


def responsible_clinician(episode: Episode) -> User | None:
    """Return who is responsible for the episode, if someone is."""
    membership = (
        CareTeamMembership.objects.filter(episode=episode, is_responsible=True, left_at__isnull=True)
        .select_related("user")
        .first()
    )
    return membership.user if membership else None


def care_team(episode: Episode) -> list[User]:
    """Return the people on the care team who still work in the clinic, the responsible clinician first."""
    staff = ClinicRole.objects.filter(role__in=[Role.CLINICIAN, Role.COORDINATOR], ended_at__isnull=True)
    team = memberships(episode).filter(user__is_active=True, user__in=staff.values("user"))
    return [membership.user for membership in team]


def mark_changed(episode: Episode, at: datetime) -> None:
    """Stamp the episode, so that the next sweep assesses it again."""
    Episode.objects.filter(pk=episode.pk).update(changed_at=at)
    episode.changed_at = at


def _set_dose(intervention: Intervention, dose: Dose, from_on: date) -> InterventionDose:
    """Write the dose of a day; a second entry for the same day replaces the first."""
    changed, _ = InterventionDose.objects.update_or_create(
        intervention=intervention,
        from_on=from_on,
        defaults={"amount": dose.amount, "unit": dose.unit, "label": dose.label},
    )
    return changed
