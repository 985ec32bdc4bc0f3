"""Agree on a plan, open the weeks it asks for, and mark the ones that ran out.

A plan is a weekday and a wall-clock time in the patient's own zone. Instants come from the calendar date and the
zone, never from adding hours: weeks with a clock change stay weeks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from monitoring.engine import instruments
from monitoring.models import CheckInSlot, MonitoringPlan
from monitoring.models.plans import QUIET_CAUSES, AssessmentCause, PauseReason
from patients import audit
from patients.care import episodes, teams
from patients.models import Clinic, Episode, Patient, User
from patients.models.audit import AuditAction
from patients.people import people
from patients.queries import compiled
from patients.tenancy import current_clinic_id
from patients.zones import local_day as local_day
from patients.zones import local_instant as local_instant
from patients.zones import on_clock

WEEK = timedelta(days=7)
# A check-in can be given from the due time until the same time a week later; then the week is missed (and may
# still be entered late).
WINDOW = WEEK
# A missed week can be entered for so long after it ran out; no one remembers more. Source:
# docs/engine.md#series-and-periods.
LATE_WINDOW = timedelta(days=14)
# A pause must end without anyone's help, before everyone has forgotten it.
LONGEST_PAUSE = timedelta(weeks=13)
# The world's days begin up to fourteen hours before UTC's.
EARLIEST_ZONE = timedelta(hours=14)


class PauseRefused(ValueError):
    """The pause would end before it begins, or last longer than LONGEST_PAUSE."""


class RiskAnswersNotStaffed(ValueError):
    """The instrument asks about self-harm, and the clinic has no numbers, hours or responders yet."""


def today_of(zone: str, answered: Iterable[date], *, at: datetime) -> date:
    """Return the day it is for a person, which is never before the newest day that was answered about.

    Who travels west lives through some hours twice: what was answered before the journey is not yet to come.

    Args:
        zone: IANA name of the zone of now.
        answered: the days that were answered about, in the zone of their time.
        at: now, or the moment that is looked at; nothing that was answered later is among the days.
    """
    return max([local_day(at, zone), *answered])


def monday_of(day: date) -> date:
    """Return the Monday of the ISO week of a day: the name of the week."""
    return day - timedelta(days=day.weekday())


def due_days(plan: MonitoringPlan, *, until: date) -> list[date]:
    """Return every day on which the plan asks for a check-in, from its start until a day, both included."""
    first = first_day(plan)
    last = min(until, plan.ends_on) if plan.ends_on else until
    step = WEEK * plan.cadence_weeks
    return [first + step * n for n in range(max(0, (last - first) // step + 1))]


def first_day(plan: MonitoringPlan) -> date:
    """Return the first day on which the plan asks for a check-in."""
    day = monday_of(plan.starts_on) + timedelta(days=plan.weekday - 1)
    return day if day >= plan.starts_on else day + WEEK


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
    intervals = dict(instruments_every or {})
    _check_can_ask(intervals)
    plan = MonitoringPlan.objects.create(
        episode=episode,
        weekday=weekday,
        local_time=local_time,
        time_zone=episode.patient.time_zone,
        cadence_weeks=cadence_weeks,
        instruments=intervals,
        starts_on=starts_on,
    )
    # What is due already is there at once: whoever joins on the day does not wait for the sweep.
    _open_slots(plan, at)
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
    *,
    patient: Patient,
    started_on: date,
    problems: str,
    goal: str,
    rhythm: Rhythm,
    responsible: User | None = None,
    by: User,
    at: datetime,
) -> Episode:
    """Begin care: open the episode, make a clinician responsible, and agree on the rhythm, all or nothing.

    Args:
        patient: whose.
        started_on: first day of care.
        problems: what the care is for.
        goal: in the patient's words.
        rhythm: of the check-ins.
        responsible: the clinician, where it is not the one who registers.
        by: who registers.
        at: now.

    Raises:
        CareConflict: the patient has an open episode.
        RiskAnswersNotStaffed: a questionnaire has a safety item and the clinic cannot answer it yet.
    """
    episode = episodes.open_episode(patient=patient, started_on=started_on, problems=problems, goal=goal, by=by, at=at)
    member = responsible or by
    profession = teams.profession_of(member)
    teams.join_care_team(episode=episode, member=member, profession=profession, is_responsible=True, by=by, at=at)
    start(
        episode=episode,
        weekday=rhythm.weekday,
        local_time=rhythm.local_time,
        # Check-ins begin now, even where care began earlier: no one is asked about weeks that are over.
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


def _check_can_ask(codes: dict[str, int]) -> None:
    """Refuse a safety question that no one would answer (docs/safety.md#before-item-9)."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    has_safety_item = any(instruments.INSTRUMENTS[code].safety_flags for code in codes)
    if has_safety_item and not people.can_take_risk_answers(clinic):
        raise RiskAnswersNotStaffed(
            "the clinic needs crisis numbers, staffed hours and two responders before it may ask about self-harm"
        )


def _next_opening(plan: MonitoringPlan, *, after: date) -> datetime | None:
    """Return when the first check-in after a day, and after a pause, opens; None when the plan has ended."""
    if plan.paused_until is not None:
        after = max(after, plan.paused_until - timedelta(days=1))
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


@transaction.atomic
def open_due_weeks(*, episode: Episode, at: datetime) -> int:
    """Open the weeks of one person whose time has come, for whoever looks before the sweep; return how many."""
    due = MonitoringPlan.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        episode=episode, next_slot_at__lte=at, paused_at__isnull=True, episode__ended_on__isnull=True
    )
    return sum(_open_slots(plan, at) for plan in due)


def _open_slots(plan: MonitoringPlan, at: datetime) -> int:
    """Open all weeks of one plan up to now and move its mark."""
    today = local_day(at, plan.time_zone)
    newest = _newest_slot(plan)
    days = [day for day in due_days(plan, until=today) if newest is None or monday_of(day) > newest.week_of]
    # Weeks inside a pause are no gaps: no one was asked.
    slots = [_slot(plan, day) for day in days if plan.paused_until is None or day >= plan.paused_until]
    opened = [slot for slot in slots if slot.opens_at <= at]
    CheckInSlot.objects.bulk_create(opened, ignore_conflicts=True)
    _move_mark(plan, newest=opened[-1] if opened else newest)
    plan.save(update_fields=["next_slot_at"])
    return len(opened)


def _open_or_mark(plan: MonitoringPlan, at: datetime) -> None:
    """Store a changed plan: what is due under it is open at once, unless check-ins are paused."""
    if plan.paused_at is None:
        _open_slots(plan, at)
    else:
        _move_mark(plan, newest=_newest_slot(plan))
    plan.save()


def _move_mark(plan: MonitoringPlan, *, newest: CheckInSlot | None) -> None:
    """Set when the next week opens. A week that was opened is over for the plan, on whatever day it was due."""
    opened_until = _end_of_week(newest) if newest else plan.starts_on - timedelta(days=1)
    plan.next_slot_at = _next_opening(plan, after=opened_until)


def _end_of_week(slot: CheckInSlot) -> date:
    """Return the last day of a slot's week."""
    return slot.week_of + timedelta(days=6)


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
        remind_at=opens_at if plan.remind_by else None,
    )


def mark_missed(*, at: datetime, limit: int = 1000) -> int:
    """Mark the open weeks that ran out unanswered, and make their episodes due for assessment."""
    with transaction.atomic():
        # A week that was open when care ended was not missed.
        over = CheckInSlot.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            closes_at__lte=at, answered_at__isnull=True, missed_at__isnull=True, episode__ended_on__isnull=True
        )
        slots = list(over.order_by("closes_at")[:limit])
        CheckInSlot.objects.filter(pk__in=[slot.pk for slot in slots]).update(missed_at=at, remind_at=None)
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
    is_mended = Q(episode__mended_at=F("episode__changed_at"))
    mended = changed.filter(is_mended, assessment_due_at__isnull=True)
    count = mended.update(assessment_due_at=at, due_cause=AssessmentCause.MENDED)
    return count + changed.exclude(is_mended).update(assessment_due_at=at, due_cause=AssessmentCause.CHANGE)


def make_due(*, episode_ids: Sequence[UUID], cause: AssessmentCause = AssessmentCause.CHECK_IN, at: datetime) -> int:
    """Mark episodes as due for assessment, and return how many were not yet, or only for a cause without evidence.

    An earlier mark stays, so that waiting is measured from the start; a cause without evidence makes room for one
    with evidence, so that new answers are never assessed quietly.
    """
    is_free = Q(assessment_due_at__isnull=True)
    if cause not in QUIET_CAUSES:
        is_free |= Q(due_cause__in=QUIET_CAUSES)
    since = Coalesce("assessment_due_at", Value(at))
    marked = MonitoringPlan.objects.filter(is_free, episode_id__in=episode_ids)
    return marked.update(assessment_due_at=since, due_cause=cause)


def open_slot(episode: Episode, *, at: datetime) -> CheckInSlot | None:
    """Return the newest week that can be answered now, None when nothing is due."""
    return next(iter(_open_weeks(episode.pk, at)), None)


@compiled
def _open_weeks(episode_id: UUID, at: datetime) -> QuerySet[CheckInSlot]:
    weeks = CheckInSlot.objects.filter(episode_id=episode_id, answered_at__isnull=True, missed_at__isnull=True)
    return weeks.filter(opens_at__lte=at, closes_at__gt=at).order_by("-week_of")[:1]


def next_opening(episode: Episode, *, at: datetime) -> datetime | None:
    """Return when the next check-in opens, on the person's own clock; None when none is planned.

    It is the first of today or later whose week has not been opened: on its day, before its hour, that is today's.
    """
    plan = of_episode(episode)
    if plan is None or (plan.paused_at is not None and plan.paused_until is None):
        return None
    newest, yesterday = _newest_slot(plan), local_day(at, plan.time_zone) - timedelta(days=1)
    opening = _next_opening(plan, after=max(yesterday, _end_of_week(newest)) if newest else yesterday)
    return on_clock(opening, plan.time_zone) if opening else None


def next_due(episode: Episode, *, at: datetime) -> date | None:
    """Return the day of the next check-in, None when none is planned."""
    opening = next_opening(episode, at=at)
    return opening.date() if opening else None


def of_episode(episode: Episode) -> MonitoringPlan | None:
    """Return the plan of an episode."""
    return MonitoringPlan.objects.filter(episode=episode).select_related("episode__patient").first()


@transaction.atomic
def change_rhythm(
    *,
    plan: MonitoringPlan,
    weekday: int | None = None,
    local_time: time | None = None,
    cadence_weeks: int | None = None,
    time_zone: str | None = None,
    instruments_every: Mapping[str, int] | None = None,
    by: User,
    at: datetime,
) -> MonitoringPlan:
    """Agree on another day, hour, distance, zone or other questionnaires; what is not named stays.

    Weeks that were opened stay as they are, and each later week comes exactly once: slots are counted by weeks.

    Raises:
        RiskAnswersNotStaffed: a new questionnaire has a safety item and the clinic cannot answer it yet.
    """
    locked = _lock(plan)
    clock_before = (locked.local_time, locked.time_zone)
    # The first Monday holds the count of weeks from now on, so that another weekday does not shift it.
    locked.starts_on = monday_of(first_day(locked))
    locked.weekday = weekday or locked.weekday
    locked.local_time = local_time if local_time is not None else locked.local_time
    locked.cadence_weeks = cadence_weeks or locked.cadence_weeks
    locked.time_zone = time_zone or locked.time_zone
    if instruments_every is not None:
        _check_can_ask({code: every for code, every in instruments_every.items() if code not in locked.instruments})
        locked.instruments = dict(instruments_every)
    Patient.objects.filter(pk=locked.episode.patient_id).update(time_zone=locked.time_zone)
    _move_messages(locked, *clock_before)
    _open_or_mark(locked, at)
    # What counts as silence follows from the rhythm.
    make_due(episode_ids=[locked.episode_id], cause=AssessmentCause.CHANGE, at=at)
    locked.refresh_from_db(fields=["assessment_due_at", "due_cause"])
    audit.record(AuditAction.PLAN_CHANGED, by=by, about=locked, at=at)
    return locked


def _move_messages(plan: MonitoringPlan, local_time: time, time_zone: str) -> None:
    """Keep the hour of the messages that are owed about open weeks on the person's clock, which was another before.

    Who flies from London to Kiribati was to be written to at 22:00 there, because that is 08:00 in London.
    """
    if (plan.local_time, plan.time_zone) == (local_time, time_zone):
        return
    for slot in CheckInSlot.objects.filter(episode_id=plan.episode_id, answered_at__isnull=True):
        if slot.remind_at is None:
            continue
        promised = on_clock(slot.remind_at, time_zone)
        is_usual = promised.time() == local_time
        moment = local_instant(promised.date(), plan.local_time if is_usual else promised.time(), plan.time_zone)
        slot.remind_at = max(moment, slot.opens_at)
        slot.save(update_fields=["remind_at"])


@transaction.atomic
def pause(*, plan: MonitoringPlan, reason: PauseReason, until: date | None, by: User, at: datetime) -> MonitoringPlan:
    """Open no check-ins before a day, or (None) until someone says so or LONGEST_PAUSE is over.

    What is open stays open, but no one is reminded of it.

    Raises:
        PauseRefused: the day is not after today, or too far away.
    """
    locked = _lock(plan)
    today = local_day(at, locked.time_zone)
    if until is not None and not today < until <= today + LONGEST_PAUSE:
        raise PauseRefused
    locked.paused_at, locked.paused_until, locked.pause_reason = at, until, reason
    _move_mark(locked, newest=_newest_slot(locked))
    locked.save()
    CheckInSlot.objects.filter(episode_id=locked.episode_id, answered_at__isnull=True).update(remind_at=None)
    audit.record(AuditAction.PLAN_PAUSED, by=by, about=locked, at=at)
    return locked


@transaction.atomic
def resume(*, plan: MonitoringPlan, by: User | None, at: datetime) -> MonitoringPlan:
    """Go on with check-ins, before the pause is over or (by None) because it is. Weeks inside it are not asked for."""
    locked = _lock(plan)
    today = local_day(at, locked.time_zone)
    # The day stays as the first on which check-ins open again, so that an outage at its end hides no week.
    locked.paused_until = min(locked.paused_until, today) if locked.paused_until else today
    locked.paused_at, locked.pause_reason = None, ""
    _open_or_mark(locked, at)
    audit.record(AuditAction.PLAN_CHANGED, by=by, about=locked, at=at)
    return locked


@dataclass(frozen=True)
class Pause:
    """A pause that is agreed now: why, and the first day of check-ins again."""

    reason: str
    until: date | None
    # The day on which a pause without an end is over at the latest.
    latest: date | None = None


def pause_of(plan: MonitoringPlan) -> Pause | None:
    """Return the present pause of a plan, None when check-ins come."""
    if plan.paused_at is None:
        return None
    labels = dict(PauseReason.choices)
    latest = None if plan.paused_until else local_day(plan.paused_at + LONGEST_PAUSE, plan.time_zone)
    return Pause(str(labels.get(plan.pause_reason, plan.pause_reason)), plan.paused_until, latest)


def pause_in(episode_id: UUID) -> Pause | None:
    """Return the present pause of an episode's check-ins, None when they come or were never planned."""
    plan = MonitoringPlan.objects.filter(episode_id=episode_id).first()
    return pause_of(plan) if plan else None


def end_pauses(*, at: datetime) -> int:
    """Resume the plans of the present clinic whose pause is over, and return how many."""
    paused = MonitoringPlan.objects.filter(paused_at__isnull=False, paused_until__lte=(at + EARLIEST_ZONE).date())
    over = [plan for plan in paused if plan.paused_until and local_day(at, plan.time_zone) >= plan.paused_until]
    # A pause without an end date ends after LONGEST_PAUSE, so that no one is forgotten.
    over += MonitoringPlan.objects.filter(paused_until__isnull=True, paused_at__lte=at - LONGEST_PAUSE)
    for plan in over:
        resume(plan=plan, by=None, at=at)
    return len(over)


def zones_in_use() -> set[str]:
    """Return the zones of the present clinic, its patients and their plans."""
    of_clinic = Clinic.objects.filter(pk=current_clinic_id()).values_list("time_zone", flat=True)
    of_patients = Patient.objects.order_by().values_list("time_zone", flat=True)
    of_plans = MonitoringPlan.objects.order_by().values_list("time_zone", flat=True)
    return {*of_clinic, *of_patients.distinct(), *of_plans.distinct()}


def _lock(plan: MonitoringPlan) -> MonitoringPlan:
    """Return the plan as it is now, locked: the sweep opens weeks of it at the same time."""
    return MonitoringPlan.objects.select_for_update(of=("self",)).select_related("episode").get(pk=plan.pk)


def _newest_slot(plan: MonitoringPlan) -> CheckInSlot | None:
    """Return the newest week that was opened."""
    return next(iter(_newest_weeks(plan.episode_id)), None)


@compiled
def _newest_weeks(episode_id: UUID) -> QuerySet[CheckInSlot]:
    return CheckInSlot.objects.filter(episode_id=episode_id).order_by("-week_of")[:1]
