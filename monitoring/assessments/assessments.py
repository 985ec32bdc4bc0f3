"""From rows to the engine and from its findings to signals: runs in the background, finds nothing to do twice."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable

from monitoring import engine
from monitoring.alerts import evidence
from monitoring.assessments import budgets
from monitoring.attention import needs
from monitoring.engine.records import (
    CheckInRecord,
    Finding,
    FindingKind,
    History,
    InstrumentSpec,
    InterventionChange,
    InterventionRecord,
    Schedule,
    ScoreRecord,
    Slot,
    Tier,
)
from monitoring.engine.records import InterventionCategory as EngineKind
from monitoring.engine.rules import RuleSet
from monitoring.models import Assessment, CheckIn, ClinicInstrument, MedicineReport, MonitoringPlan, Score
from monitoring.models.alerts import AlertKind
from monitoring.models.plans import ABOUT_THE_PAST, AssessmentCause
from monitoring.plans import instruments, medicines, plans
from patients import audit
from patients.care import treatments
from patients.models import Episode, Intervention
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind
from patients.models.exposure import Kept, Session
from patients.queries import AskedQuery, ask, compiled

logger = logging.getLogger(__name__)
# An episode that cannot be assessed waits this long, so that one bad row never stops the others.
RETRY_AFTER = timedelta(hours=1)
# A lock or a time limit of the database passes by itself: that episode waits for the next sweep only.
RETRY_SOON = timedelta(minutes=1)
# After so many failures people are told: fail loud, not skipped. Source: docs/safety.md#what-cannot-be-assessed.
LOUD_AFTER = 3
# Episodes of one clinic that a sweep assesses again after a change of engine or rules: about a second of work.
REASSESSED_AT_ONCE = 50
DIGEST_LENGTH = 16
# How long ago a check-in may have come that an assessment overlooked: a sweep runs each minute, or after an outage.
OVERLOOKED_WITHIN = timedelta(days=2)
# Kinds that a re-assessment cannot silence: no one has to answer for silence to be news, and a safety answer was
# raised the moment it was given.
NEVER_QUIET = frozenset({FindingKind.LOST_CONTACT, FindingKind.MISSED_CHECK_INS, FindingKind.RISK_ANSWER})


def due_episodes(*, at: datetime, limit: int = 500) -> list[UUID]:
    """Return the episodes of the present clinic whose assessment is due, longest waiting first."""
    due = MonitoringPlan.objects.filter(assessment_due_at__lte=at).order_by("assessment_due_at")
    return list(due.values_list("episode_id", flat=True)[:limit])


@transaction.atomic
def assess_episode(*, episode_id: UUID, at: datetime) -> Assessment | None:
    """Assess one episode if it is due; return None when another worker has it or has done it.

    1. Take the plan row, skipping one that is taken.
    2. Let the engine judge everything known up to now.
    3. Store signals, raise alerts, clear the mark: together or not at all.
    4. If that raises, push the mark ahead and say so loudly after a few tries.
    """
    plan = (
        MonitoringPlan.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("episode__patient", "clinic")
        .filter(episode_id=episode_id, assessment_due_at__lte=at)
        .first()
    )
    if plan is None:
        return None
    try:
        with transaction.atomic():
            return _assess(plan, at)
    except Exception as problem:
        logger.exception("assessment failed", extra={"episode": str(episode_id)})
        _put_off(plan, at, RETRY_SOON if isinstance(problem, OperationalError) else RETRY_AFTER)
        return None


def _assess(plan: MonitoringPlan, at: datetime) -> Assessment:
    """Run the engine and store what it says."""
    rules = budgets.clinic_rules()
    cause = AssessmentCause(plan.due_cause)
    assessment = assess_as_of(episode=plan.episode, as_of=at, cause=cause, rules=rules, at=at)
    plan.assessment_due_at, plan.assessed_at, plan.failed_assessments = None, at, 0
    plan.assessed_with = version_of(rules)
    plan.save(update_fields=["assessment_due_at", "assessed_at", "assessed_with", "failed_assessments"])
    return assessment


@transaction.atomic
def assess_as_of(
    *,
    episode: Episode,
    as_of: datetime,
    cause: AssessmentCause = AssessmentCause.CHECK_IN,
    rules: RuleSet | None = None,
    at: datetime,
) -> Assessment:
    """Judge an episode as of a moment, now or past, and store the findings; repeating it changes nothing.

    Args:
        episode: whom it is about.
        as_of: the moment the question is asked; nothing later is looked at.
        cause: why it is asked. What only other rules found is stored and pages no one.
        rules: the clinic's, if the caller has them at hand.
        at: now. A moment long past is stored and pages no one.
    """
    assessment = Assessment.objects.filter(episode=episode, as_of=as_of).first()
    if assessment is not None:
        return assessment
    rules = rules or budgets.clinic_rules()
    rows = load_rows(episode, as_of=as_of)
    judgement = engine.judge(history_of(episode, rows, as_of=as_of), rules)
    standing = judgement.standing
    assessment, is_new = Assessment.objects.get_or_create(
        episode=episode,
        as_of=as_of,
        defaults={
            "engine_version": engine.ENGINE_VERSION,
            "rules_digest": rules.digest,
            "assessed_at": at,
            "cause": cause,
            "check_ins_known": len(rows.versions),
            "score": standing.score if standing else None,
            "chance": standing.chance if standing else None,
            "onset_on": standing.onset_on if standing else None,
        },
    )
    if is_new:
        _record(assessment, judgement.findings, at)
    return assessment


def _record(assessment: Assessment, findings: Sequence[Finding], at: datetime) -> None:
    """Store what was found and let it page those whom it must."""
    episode = assessment.episode
    evidence.record_findings(
        episode=episode,
        findings=findings,
        assessment=assessment,
        quiet=_kept_quiet(assessment),
        as_of=assessment.as_of,
        at=at,
    )
    if assessment.cause not in ABOUT_THE_PAST:
        evidence.mark_cleared(episode=episode, kinds=[finding.kind for finding in findings], at=at)
    audit.record(AuditAction.EPISODE_ASSESSED, by=None, about=assessment, at=at)
    needs.update(episode_ids=[episode.pk], at=at)


def _kept_quiet(assessment: Assessment) -> frozenset[str]:
    """Return the kinds of finding that must not page now: other rules, or a mended record, found them in old answers.

    A re-assessment raises none. What it found stays quiet until the person answers again; silence does not wait for
    an answer, and a safety answer was raised when it was given.
    """
    if assessment.cause in ABOUT_THE_PAST:
        return frozenset(FindingKind)
    if _has_only_old_news(assessment):
        return frozenset(FindingKind) - NEVER_QUIET
    earlier = Assessment.objects.filter(episode_id=assessment.episode_id, as_of__lt=assessment.as_of)
    changed = earlier.filter(cause__in=ABOUT_THE_PAST).order_by("-as_of").first()
    if changed is None or _has_answered(assessment, since=changed.as_of):
        return frozenset()
    return frozenset(changed.signals.values_list("kind", flat=True)) - NEVER_QUIET


def _has_only_old_news(assessment: Assessment) -> bool:
    """Say whether all that was answered since the assessment before is about days too long ago to page anyone."""
    before = Assessment.objects.filter(episode_id=assessment.episode_id, as_of__lt=assessment.as_of)
    since = before.order_by("-as_of").values_list("as_of", flat=True).first()
    answered = CheckIn.objects.filter(episode_id=assessment.episode_id, submitted_at__lte=assessment.as_of)
    if since is None or assessment.cause != AssessmentCause.CHECK_IN:
        return False
    days = list(answered.filter(submitted_at__gt=since).values_list("about_on", flat=True))
    oldest = plans.local_day(assessment.as_of - evidence.OLD_NEWS, assessment.episode.patient.time_zone)
    return bool(days) and max(days) < oldest


def _has_answered(assessment: Assessment, *, since: datetime) -> bool:
    """Say whether anything was answered or imported after a moment, as far as the assessment looks."""
    span = (since, assessment.as_of)
    check_ins = CheckIn.objects.filter(episode_id=assessment.episode_id, submitted_at__gt=span[0])
    scores = Score.objects.filter(episode_id=assessment.episode_id, entered_at__gt=span[0])
    return check_ins.filter(submitted_at__lte=span[1]).exists() or scores.filter(entered_at__lte=span[1]).exists()


def version_of(rules: RuleSet) -> str:
    """Return the short name of the present engine with a rule set, as a plan keeps it."""
    return f"{engine.ENGINE_VERSION}/{rules.digest[:DIGEST_LENGTH]}"


def outdated() -> QuerySet[MonitoringPlan]:
    """Return the running plans of the present clinic that another engine or rule set assessed last."""
    assessed = MonitoringPlan.objects.filter(assessed_at__isnull=False, episode__ended_on__isnull=True)
    return assessed.exclude(assessed_with=version_of(budgets.clinic_rules()))


def mark_overlooked(*, at: datetime) -> int:
    """Make episodes due whose newest assessment is missing a stored check-in.

    A check-in may be sent while a worker assesses. It finds the mark still set, and the worker then takes the mark away.
    Nobody waits for a lock because of that: the next sweep sees that the numbers differ.
    """
    check_ins = CheckIn.versions.filter(submitted_at__lte=at)
    newest = Assessment.objects.filter(episode=OuterRef("episode")).order_by("-as_of")
    counted = check_ins.filter(episode=OuterRef("episode")).order_by().values("episode").annotate(count=Count("pk"))
    lately = check_ins.filter(submitted_at__gt=at - OVERLOOKED_WITHIN)
    plans_of = MonitoringPlan.objects.filter(assessment_due_at__isnull=True, episode__in=lately.values("episode"))
    overlooked = plans_of.annotate(
        assessed_count=Subquery(newest.values("check_ins_known")[:1]), stored_count=Subquery(counted.values("count"))
    ).filter(stored_count__gt=F("assessed_count"))
    return plans.make_due(episode_ids=list(overlooked.values_list("episode_id", flat=True)), at=at)


def mark_outdated(*, at: datetime, limit: int = REASSESSED_AT_ONCE) -> int:
    """Make a few episodes due that another engine or rule set assessed, the longest ago first."""
    waiting = outdated().filter(assessment_due_at__isnull=True).order_by("assessed_at")
    pks = list(waiting.values_list("episode_id", flat=True)[:limit])
    return plans.make_due(episode_ids=pks, cause=AssessmentCause.ENGINE_CHANGED, at=at)


@dataclass(frozen=True)
class Progress:
    """How many of the assessed episodes are on the present engine and rules."""

    present: int
    total: int

    @property
    def outdated(self) -> int:
        """Return how many are still to be assessed again."""
        return self.total - self.present


def progress() -> Progress:
    """Return how far the present clinic is with re-assessing."""
    total = MonitoringPlan.objects.filter(assessed_at__isnull=False, episode__ended_on__isnull=True).count()
    return Progress(present=total - outdated().count(), total=total)


@dataclass(frozen=True)
class Backlog:
    """What is due and was not done.

    Attributes:
        waiting: episodes that wait for their first try.
        since: when the one that waits longest became due; None where none waits.
        failing: episodes that could not be assessed so often that the care team was told.
    """

    waiting: int
    since: datetime | None
    failing: int


def backlog(*, at: datetime) -> Backlog:
    """Return what of the present clinic is due and not assessed."""
    due, failing = Q(assessment_due_at__lte=at, failed_assessments=0), Q(failed_assessments__gte=LOUD_AFTER)
    counted = MonitoringPlan.objects.aggregate(
        waiting=Count("pk", filter=due),
        since=Min("assessment_due_at", filter=due),
        failing=Count("pk", filter=failing),
    )
    return Backlog(**counted)


def _put_off(plan: MonitoringPlan, at: datetime, wait: timedelta) -> None:
    """Try again later; after a few failures tell the care team that no one is checking this person."""
    plan.failed_assessments += 1
    plan.assessment_due_at = at + wait
    plan.save(update_fields=["failed_assessments", "assessment_due_at"])
    if plan.failed_assessments >= LOUD_AFTER:
        evidence.raise_alert(episode=plan.episode, kind=AlertKind.NOT_ASSESSED, tier=Tier.PRIORITY, at=at)
        needs.update(episode_ids=[plan.episode_id], at=at)


@dataclass(frozen=True, kw_only=True)
class EpisodeRows:
    """The rows of one episode up to a moment, each table read once: for the engine, and for the page that draws them.

    Attributes:
        versions: of the check-ins, those that a correction has replaced included, oldest day first.
        reports: check-in -> what it says about each medicine.
        scores: those that count.
        interventions: with their doses, future ones included.
        sessions: of everything that is tried.
        schedule: the agreed rhythm and the weeks that were opened; None where no plan runs.
    """

    versions: tuple[CheckIn, ...]
    reports: Mapping[UUID, Sequence[MedicineReport]]
    scores: tuple[ScoreRecord, ...]
    interventions: tuple[Intervention, ...]
    sessions: tuple[Session, ...]
    schedule: Schedule | None

    @cached_property
    def check_ins(self) -> list[CheckIn]:
        """Return the check-ins that count, oldest day first."""
        return [row for row in self.versions if row.superseded_at is None]

    @cached_property
    def counted(self) -> list[CheckIn]:
        """Return the check-ins whose ratings are judged and drawn: of two on one day the later, as the engine says."""
        rows = self.check_ins
        return [rows[place] for place in engine.counted([(row.about_on, row.submitted_at) for row in rows])]


def load_rows(episode: Episode, *, as_of: datetime, along: Sequence[AskedQuery[Any]] = ()) -> EpisodeRows:
    """Return the rows of an episode up to a moment: seven questions in one go, and whatever else is to be asked along."""
    check_ins, reports = _check_ins.asking(episode.pk, as_of), _reports.asking(episode.pk)
    scores = _score_rows.asking(episode.pk, plans.local_day(as_of, episode.patient.time_zone), as_of)
    tried, doses = _interventions_of.asking(episode.pk), treatments.doses_of.asking(episode.pk)
    slots = _plan_and_slots.asking(episode.pk, as_of)
    sessions = treatments.sessions_of.asking(episode.pk)
    ask(check_ins, reports, scores, tried, doses, sessions, slots, *along)
    of_check_in: dict[UUID, list[MedicineReport]] = defaultdict(list)
    standing = {row.pk for row in tried.rows}
    for report in reports.rows:
        # What was said of a medicine that was taken out since counts nowhere, as the medicine itself.
        if report.intervention_id in standing:
            of_check_in[report.check_in_id].append(report)
    treatments.hand_out(tried.rows, doses.rows, name="dose_steps")
    return EpisodeRows(
        versions=tuple(check_ins.rows),
        reports=of_check_in,
        scores=_scores(scores.rows),
        interventions=tuple(tried.rows),
        sessions=tuple(sessions.rows),
        schedule=_schedule(slots.rows),
    )


@compiled
def _check_ins(episode_id: UUID, as_of: datetime) -> QuerySet[CheckIn]:
    rows = CheckIn.versions.filter(episode_id=episode_id, submitted_at__lte=as_of)
    return rows.select_related("interviewer").order_by("about_on", "submitted_at")


@compiled
def _reports(episode_id: UUID) -> QuerySet[MedicineReport]:
    return MedicineReport.objects.filter(check_in__episode_id=episode_id)


@compiled
def _interventions_of(episode_id: UUID) -> QuerySet[Intervention]:
    return Intervention.objects.filter(episode_id=episode_id).order_by("started_on")


def history_of(episode: Episode, rows: EpisodeRows, *, as_of: datetime) -> History:
    """Return what is known in the engine's words."""
    answered = [*(row.about_on for row in rows.check_ins), *(score.on for score in rows.scores)]
    today = plans.today_of(episode.patient.time_zone, answered, at=as_of)
    names = {row.pk: row.name for row in rows.interventions}
    now, earlier = _forms_of(rows.scores)
    return History(
        as_of=today,
        check_ins=tuple(_record_of(row, rows.reports.get(row.pk, ()), names) for row in rows.check_ins),
        scores=rows.scores,
        instruments=now,
        earlier_forms=earlier,
        interventions=_interventions(rows.interventions, today),
        schedule=rows.schedule,
        sessions_on=_therapy_days(rows),
    )


def _therapy_days(rows: EpisodeRows) -> tuple[date, ...]:
    """Return the days of the sessions of psychotherapy that took place, wholly or in part."""
    therapies = {row.pk for row in rows.interventions if row.kind == InterventionKind.PSYCHOTHERAPY}
    held = (one.on for one in rows.sessions if one.intervention_id in therapies and one.kept != Kept.MISSED)
    return tuple(sorted(held))


def _forms_of(scores: Sequence[ScoreRecord]) -> tuple[dict[str, InstrumentSpec], tuple[InstrumentSpec, ...]]:
    """Return the newest form of each instrument that someone was scored on, and those used before."""
    by_day = sorted(scores, key=lambda score: (score.value is not None, score.on, score.entered_at))
    specs = instruments.form_specs((score.instrument, score.version) for score in scores)
    return instruments.newest_and_earlier(specs, {score.instrument: score.version for score in by_day})


def _record_of(row: CheckIn, reports: Sequence[MedicineReport], names: Mapping[UUID, str]) -> CheckInRecord:
    return CheckInRecord(
        about_on=row.about_on,
        entered_at=row.submitted_at,
        ratings=row.ratings,
        checklist=medicines.symptom_ratings(row),
        doses_missed=medicines.doses_missed(reports, names),
    )


def _scores(rows: Iterable[tuple[Any, ...]]) -> tuple[ScoreRecord, ...]:
    """Return scores in the engine's words."""
    return tuple(
        ScoreRecord(
            instrument=instrument,
            version=version,
            on=on,
            value=value,
            entered_at=entered_at,
            answers=(answers or {}).get(instrument, {}),
        )
        for instrument, version, on, value, entered_at, answers in rows
    )


@compiled
def _score_rows(episode_id: UUID, today: date, as_of: datetime) -> QuerySet[Score, tuple[Any, ...]]:
    """Up to today, or of a check-in that was given; an imported score counts from the day it is about."""
    is_known = Q(about_on__lte=today) | Q(check_in__isnull=False, entered_at__lte=as_of)
    rows = Score.objects.filter(is_known, episode_id=episode_id).order_by("about_on")
    return rows.values_list("instrument", "instrument_version", "about_on", "value", "entered_at", "check_in__answers")


def instrument_specs(codes: set[str]) -> dict[str, InstrumentSpec]:
    """Return the instruments by code: the bundled ones, and those the clinic declared."""
    bundled = {code: engine.INSTRUMENTS[code] for code in codes if code in engine.INSTRUMENTS}
    if codes == bundled.keys():
        return bundled
    declared = ClinicInstrument.objects.filter(code__in=codes - bundled.keys()).order_by("version")
    return bundled | {row.code: instruments.spec_of(row) for row in declared}


def _interventions(rows: Sequence[Intervention], today: date) -> tuple[InterventionRecord, ...]:
    """Return starts, changes and stops up to today, oldest first."""
    steps = [step for row in rows for step in _steps(row)]
    return tuple(sorted((step for step in steps if step.on <= today), key=lambda step: step.on))


def _steps(row: Intervention) -> Sequence[InterventionRecord]:
    """Return the steps of one intervention: its start, each change of dose, its stop."""
    steps: list[InterventionRecord] = []
    before: float | None = None
    label = ""
    for dose in row.dose_steps:
        amount = float(dose.amount) if dose.amount is not None else None
        is_start = not steps
        words = f"{row.name} {dose.label}" if is_start else f"{row.name} {label} → {dose.label}"
        change = InterventionChange.START if is_start else InterventionChange.CHANGE
        steps.append(_step(row, dose.from_on, change, words, before, amount))
        before, label = amount, dose.label
    if not steps:
        steps.append(_step(row, row.started_on, InterventionChange.START, row.name, None, None))
    if row.stopped_on is not None:
        steps.append(_step(row, row.stopped_on, InterventionChange.STOP, row.name, before, 0.0))
    return steps


def _step(
    row: Intervention, on: date, change: InterventionChange, label: str, before: float | None, after: float | None
) -> InterventionRecord:
    """Return one step in the engine's words."""
    return InterventionRecord(
        kind=EngineKind(row.kind),
        name=row.name,
        on=on,
        change=change,
        label=label,
        dose_before=before,
        dose_after=after,
    )


def _schedule(rows: Sequence[tuple[Any, ...]]) -> Schedule | None:
    """Return the agreed rhythm and the weeks that were opened."""
    if not rows or (not rows[0][2] and rows[0][3] is None):
        return None
    # A week that can still be answered is neither missed nor kept: it must not end a run of missed ones.
    slots = tuple(
        Slot(due_on=due_on, missed=not is_answered)
        for *_plan, due_on, is_open, is_closed, is_answered in rows
        if is_open and (is_answered or is_closed)
    )
    return Schedule(cadence_weeks=rows[0][0], slots=slots, paused=rows[0][1])


@compiled
def _plan_and_slots(episode_id: UUID, as_of: datetime) -> QuerySet[MonitoringPlan, tuple[Any, ...]]:
    """What a moment is compared with is compared in the database: reading two years of times costs more."""
    slot = "episode__slots__"
    return (
        MonitoringPlan.objects.filter(episode_id=episode_id)
        .order_by(f"{slot}due_on")
        .values_list(
            "cadence_weeks",
            _holds(paused_at__isnull=False),
            _holds(next_slot_at__isnull=False),
            f"{slot}due_on",
            _holds(**{f"{slot}opens_at__lte": as_of}),
            _holds(**{f"{slot}closes_at__lte": as_of}),
            _holds(**{f"{slot}answered_at__isnull": False, f"{slot}answered_at__lte": as_of}),
        )
    )


def _holds(**condition: object) -> Combinable:
    """Return a condition as a column of a query."""
    return ExpressionWrapper(Q(**condition), output_field=BooleanField())
