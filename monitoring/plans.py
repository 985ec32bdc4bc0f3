"""Agree on a plan, open the weeks it asks for, and mark the ones that ran out.

A plan is a weekday and a wall-clock time in the patient's own zone. Instants come from the calendar date and the
zone, never from adding hours: weeks with a clock change stay weeks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from monitoring.engine import instruments
from monitoring.models import CheckInSlot, MonitoringPlan
from monitoring.models.plans import QUIET_CAUSES, AssessmentCause
from patients import audit, care, people
from patients.models import Clinic, Episode, Patient, User
from patients.models.audit import AuditAction
from patients.tenancy import current_clinic_id

WEEK = timedelta(days=7)
# A check-in can be given from the due time until the same time a week later; then the week is missed (and may
# still be entered late).
WINDOW = WEEK
# A zone may jump by up to a day (Apia 2011); minutes are tried up to that.
LONGEST_JUMP_MINUTES = 24 * 60


class RiskAnswersNotStaffed(ValueError):
    """The instrument asks about self-harm, and the clinic has no numbers, hours or responders yet."""


def local_instant(day: date, at: time, zone: str) -> datetime:
    """Return the instant at which a wall clock shows a time on a day, in UTC.

    A time that the clock skips becomes the first valid minute after it; a time that comes twice is its first
    coming (SAFETY 2.14).

    Args:
        day: calendar day in the zone.
        at: wall-clock time.
        zone: IANA name.
    """
    tz = ZoneInfo(zone)
    naive = datetime.combine(day, at.replace(second=0, microsecond=0))
    for minute in range(LONGEST_JUMP_MINUTES + 1):
        wanted = naive + timedelta(minutes=minute)
        instant = wanted.replace(tzinfo=tz, fold=0).astimezone(UTC)
        if instant.astimezone(tz).replace(tzinfo=None) == wanted:
            return instant
    raise ValueError(f"no valid minute on {day} in {zone}")


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar day of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def monday_of(day: date) -> date:
    """Return the Monday of the ISO week of a day: the name of the week."""
    return day - timedelta(days=day.weekday())


def due_days(plan: MonitoringPlan, *, until: date) -> list[date]:
    """Return every day on which the plan asks for a check-in, from its start until a day, both included."""
    first = monday_of(plan.starts_on) + timedelta(days=plan.weekday - 1)
    if first < plan.starts_on:
        first += WEEK
    last = min(until, plan.ends_on) if plan.ends_on else until
    step = WEEK * plan.cadence_weeks
    return [first + step * n for n in range(max(0, (last - first) // step + 1))]


@transaction.atomic
def start(
    *,
    episode: Episode,
    weekday: int,
    local_time: time,
    starts_on: date,
    cadence_weeks: int = 1,
    instruments_every: dict[str, int] | None = None,
    by: User | None,
    at: datetime,
) -> MonitoringPlan:
    """Agree on a rhythm of check-ins for an episode.

    The weekday is the ISO number (Monday is 1), the time the wall clock in the patient's own zone;
    `instruments_every` says for each instrument code after how many weeks it is asked again.

    Raises:
        RiskAnswersNotStaffed: an instrument has a safety item and the clinic cannot answer it yet.
    """
    asked = dict(instruments_every or {})
    _check_can_ask(asked)
    plan = MonitoringPlan.objects.create(
        episode=episode,
        weekday=weekday,
        local_time=local_time,
        time_zone=episode.patient.time_zone,
        cadence_weeks=cadence_weeks,
        instruments=asked,
        starts_on=starts_on,
    )
    plan.next_slot_at = _next_opening(plan, after=starts_on - timedelta(days=1))
    plan.save(update_fields=["next_slot_at"])
    audit.record(AuditAction.PLAN_STARTED, by=by, about=plan, at=at)
    return plan


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """When and what a patient is asked: ISO weekday, wall-clock time, weeks between check-ins, questionnaires."""

    weekday: int
    local_time: time
    cadence_weeks: int = 1
    instruments_every: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def admit(
    *, patient: Patient, started_on: date, problems: str, goal: str, rhythm: Rhythm, by: User, at: datetime
) -> Episode:
    """Begin care: open the episode, make the clinician responsible, and agree on the rhythm, all or nothing.

    Raises:
        CareConflict: the patient has an open episode.
        RiskAnswersNotStaffed: a questionnaire has a safety item and the clinic cannot answer it yet.
    """
    episode = care.open_episode(patient=patient, started_on=started_on, problems=problems, goal=goal, by=by, at=at)
    profession = care.profession_of(by)
    care.join_care_team(episode=episode, member=by, profession=profession, is_responsible=True, by=by, at=at)
    start(
        episode=episode,
        weekday=rhythm.weekday,
        local_time=rhythm.local_time,
        # Check-ins begin now, even where care began earlier: nobody is asked about weeks that are over.
        starts_on=local_day(at, patient.time_zone),
        cadence_weeks=rhythm.cadence_weeks,
        instruments_every=dict(rhythm.instruments_every),
        by=by,
        at=at,
    )
    return episode


def may_ask_about_risk() -> bool:
    """Say whether the present clinic may use a questionnaire with a safety item."""
    return people.can_take_risk_answers(Clinic.objects.get(pk=current_clinic_id()))


def _check_can_ask(asked: dict[str, int]) -> None:
    """Refuse a safety question that nobody would answer (SAFETY 1.7 g)."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    has_safety_item = any(instruments.INSTRUMENTS[code].red_flags for code in asked)
    if has_safety_item and not people.can_take_risk_answers(clinic):
        raise RiskAnswersNotStaffed(
            "the clinic needs crisis numbers, staffed hours and two responders before it may ask about self-harm"
        )


def _next_opening(plan: MonitoringPlan, *, after: date) -> datetime | None:
    """Return when the first check-in after a day opens; None when the plan has ended."""
    horizon = after + WEEK * (plan.cadence_weeks + 1)
    following = [day for day in due_days(plan, until=horizon) if day > after]
    return local_instant(following[0], plan.local_time, plan.time_zone) if following else None


def open_due_slots(*, at: datetime, limit: int = 500) -> int:
    """Open the weeks whose time has come, in the present clinic, and return how many.

    Catches up over an outage: every week since the last opened one gets its slot, so that a gap is a gap.
    """
    with transaction.atomic():
        due = MonitoringPlan.objects.select_for_update(skip_locked=True).filter(
            next_slot_at__lte=at, paused_at__isnull=True, episode__ended_on__isnull=True
        )
        plans = list(due.order_by("next_slot_at")[:limit])
        return sum(_open_slots(plan, at) for plan in plans)


def _open_slots(plan: MonitoringPlan, at: datetime) -> int:
    """Open all weeks of one plan up to now and move its mark."""
    today = local_day(at, plan.time_zone)
    known = CheckInSlot.objects.filter(episode_id=plan.episode_id).order_by("-week_of").first()
    days = [day for day in due_days(plan, until=today) if known is None or monday_of(day) > known.week_of]
    slots = [_slot(plan, day) for day in days]
    opened = [slot for slot in slots if slot.opens_at <= at]
    CheckInSlot.objects.bulk_create(opened, ignore_conflicts=True)
    last = opened[-1].due_on if opened else (known.due_on if known else plan.starts_on - timedelta(days=1))
    plan.next_slot_at = _next_opening(plan, after=last)
    plan.save(update_fields=["next_slot_at"])
    return len(opened)


def _slot(plan: MonitoringPlan, day: date) -> CheckInSlot:
    """Return the slot of one due day, not yet saved."""
    opens_at = local_instant(day, plan.local_time, plan.time_zone)
    return CheckInSlot(
        clinic_id=plan.clinic_id,
        episode_id=plan.episode_id,
        week_of=monday_of(day),
        due_on=day,
        opens_at=opens_at,
        closes_at=local_instant(day + WINDOW, plan.local_time, plan.time_zone),
    )


def mark_missed(*, at: datetime, limit: int = 1000) -> int:
    """Mark the open weeks that ran out unanswered, and make their episodes due for assessment."""
    with transaction.atomic():
        over = CheckInSlot.objects.select_for_update(skip_locked=True).filter(
            closes_at__lte=at, answered_at__isnull=True, missed_at__isnull=True
        )
        slots = list(over.order_by("closes_at")[:limit])
        CheckInSlot.objects.filter(pk__in=[slot.pk for slot in slots]).update(missed_at=at)
        make_due(episode_ids=[slot.episode_id for slot in slots], cause=AssessmentCause.MISSED, at=at)
    return len(slots)


def mark_changed(*, at: datetime) -> int:
    """Make episodes due whose interventions or events changed since they were last assessed.

    So that `patients` never has to know that `monitoring` exists.
    """
    is_free = Q(assessment_due_at__isnull=True) | Q(due_cause__in=QUIET_CAUSES)
    changed = MonitoringPlan.objects.filter(
        is_free, assessed_at__lt=F("episode__changed_at"), episode__changed_at__lte=at
    )
    return changed.update(assessment_due_at=at, due_cause=AssessmentCause.CHANGE)


def make_due(*, episode_ids: Sequence[UUID], cause: AssessmentCause = AssessmentCause.CHECK_IN, at: datetime) -> int:
    """Mark episodes as due for assessment, and return how many were not yet.

    An earlier mark stays, so that waiting is measured from the start; a cause without evidence makes room for one
    with evidence, so that new answers are never assessed quietly.
    """
    plans = MonitoringPlan.objects.filter(episode_id__in=episode_ids)
    if cause not in QUIET_CAUSES:
        plans.filter(assessment_due_at__isnull=False, due_cause__in=QUIET_CAUSES).update(due_cause=cause)
    return plans.filter(assessment_due_at__isnull=True).update(assessment_due_at=at, due_cause=cause)


def open_slot(episode: Episode, *, at: datetime) -> CheckInSlot | None:
    """Return the newest week that can be answered now, None when nothing is due."""
    return (
        CheckInSlot.objects.filter(
            episode=episode, opens_at__lte=at, closes_at__gt=at, answered_at__isnull=True, missed_at__isnull=True
        )
        .order_by("-week_of")
        .first()
    )


def instruments_due(slot: CheckInSlot, plan: MonitoringPlan) -> list[str]:
    """Return the codes of the instruments that this week asks for, in the order of the plan."""
    first = due_days(plan, until=plan.starts_on + WEEK * plan.cadence_weeks)[0]
    week_number = (slot.week_of - monday_of(first)).days // 7
    return [code for code, every in plan.instruments.items() if week_number % every < plan.cadence_weeks]


def next_due(episode: Episode, *, at: datetime) -> date | None:
    """Return the day of the next check-in after now, None when none is planned."""
    plan = MonitoringPlan.objects.filter(episode=episode, paused_at__isnull=True).first()
    if plan is None:
        return None
    today = local_day(at, plan.time_zone)
    following = [day for day in due_days(plan, until=today + WEEK * (plan.cadence_weeks + 1)) if day > today]
    return following[0] if following else None
