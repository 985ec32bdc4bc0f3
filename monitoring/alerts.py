"""Raise an alert, take it, give it to somebody, work on it, close it, reopen it. The only writer of alert states.

One open alert per episode and kind: new evidence joins the open one. A closed alert is reopened when the same
signal returns; it does not return while it simply goes on (refractory time).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from monitoring import needs, notifications
from monitoring.engine.records import Finding, FindingKind, Tier
from monitoring.models import Alert, AlertEvent, Assessment, CheckIn, Signal
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind, AlertState
from patients import audit, care, hours, people
from patients.models import Clinic, Episode, User
from patients.models.audit import AuditAction

# State -> states it may become. The database holds the same table in a trigger.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    AlertState.NEW: frozenset({AlertState.ACKNOWLEDGED, AlertState.IN_PROGRESS, AlertState.CLOSED}),
    AlertState.ACKNOWLEDGED: frozenset({AlertState.IN_PROGRESS, AlertState.CLOSED}),
    AlertState.IN_PROGRESS: frozenset({AlertState.CLOSED}),
    AlertState.CLOSED: frozenset({AlertState.NEW}),
}
EVENT_OF: Mapping[str, AlertEventKind] = {
    AlertState.NEW: AlertEventKind.REOPENED,
    AlertState.ACKNOWLEDGED: AlertEventKind.ACKNOWLEDGED,
    AlertState.IN_PROGRESS: AlertEventKind.STARTED,
    AlertState.CLOSED: AlertEventKind.CLOSED,
}
AUDIT_OF: Mapping[str, AuditAction] = {
    AlertState.NEW: AuditAction.ALERT_REOPENED,
    AlertState.ACKNOWLEDGED: AuditAction.ALERT_ACKNOWLEDGED,
    AlertState.IN_PROGRESS: AuditAction.ALERT_STARTED,
    AlertState.CLOSED: AuditAction.ALERT_CLOSED,
}
# The kind of alert a kind of finding can raise: its namesake, or one that is the same matter to whoever must act (one
# alert, with the loudest finding as its reason). What is not here never pages.
ALERT_OF: Mapping[str, AlertKind] = {
    **{kind.value: kind for kind in AlertKind if kind.value in set(FindingKind)},
    FindingKind.SUDDEN_CHANGE: AlertKind.DETERIORATION,
    FindingKind.RELIABLE_WORSENING: AlertKind.DETERIORATION,
    FindingKind.LOST_CONTACT: AlertKind.MISSED_CHECK_INS,
}
# Quietest tier that pages somebody. Source: ENGINE 4.6, "Watch: worklist colour only".
PAGING_TIER = Tier.REVIEW
# While a signal goes on after closing, it is raised again only after this long. Source: ENGINE 4.6.
REFRACTORY = timedelta(weeks=8)
# Evidence about days longer ago than this is stored but pages nobody. Source: ENGINE 5, edge cases.
OLD_NEWS = timedelta(days=14)
# Staffed minutes to answer an urgent alert. Source: SAFETY 3.3.
URGENT_MINUTES = 60
# Working days to answer the others: priority by the end of the next one, review by the end of the second.
WORKING_DAYS: Mapping[str, int] = {Tier.PRIORITY: 1, Tier.REVIEW: 2}


# What counts as a contact: a safety alert cannot be closed without one. Source: SAFETY 1.7 (e).
CONTACTS = frozenset({ActionCode.TALKED, ActionCode.VISIT_ARRANGED, ActionCode.HANDED_OVER})


class AlertConflict(Exception):
    """Somebody else changed the alert since the page was shown."""

    def __init__(self, alert: Alert) -> None:
        """Keep the alert as it is now, for the page that explains."""
        super().__init__(str(alert.pk))
        self.alert = alert


class StepNotAllowed(ValueError):
    """The alert cannot go there from where it stands."""


class NoteMissing(ValueError):
    """Closing needs a note: what was done, or why nothing was; recording needs a note or an action."""


class ContactMissing(ValueError):
    """A safety answer is closed only after somebody has reached the person or handed over."""


class ClinicianMissing(ValueError):
    """A safety answer is closed by a clinician; others record what they did and keep it open."""


class ReceiverNotAllowed(ValueError):
    """An alert is given to a clinician of the care team or to a coordinator of the clinic."""


class Filter(StrEnum):
    """Which alerts a queue shows."""

    OPEN = "open"
    MINE = "mine"
    NO_OWNER = "no_owner"
    CLOSED = "closed"


def check_can_become(alert: Alert, state: AlertState) -> None:
    """Refuse a step that the table of transitions does not have.

    Raises:
        StepNotAllowed: it does not.
    """
    if state not in TRANSITIONS[alert.state]:
        raise StepNotAllowed(f"{alert.state} to {state}")


def can_become(alert: Alert, state: AlertState) -> bool:
    """Say whether the step is allowed."""
    return state in TRANSITIONS[alert.state]


@transaction.atomic
def record_findings(
    *,
    episode: Episode,
    findings: Sequence[Finding],
    assessment: Assessment | None = None,
    check_in: CheckIn | None = None,
    quiet: Collection[str] = (),
    as_of: datetime,
    at: datetime,
) -> list[Alert]:
    """Store findings as signals, and raise or update the alerts that they call for.

    Args:
        episode: whom they are about.
        findings: ranked, most important first.
        assessment: the run that found them; None for the screening of answers at submit.
        check_in: the answers that were screened, if any.
        quiet: kinds of finding that are stored and page nobody this time.
        as_of: the moment the findings are about. News older than OLD_NEWS pages nobody.
        at: now.

    Returns:
        The alerts raised, reopened or updated.
    """
    signals = [_store(episode, assessment, finding) for finding in findings] if assessment else []
    by_kind: dict[str, tuple[Finding, Signal | None]] = {}
    for index, finding in enumerate(findings):
        kind = ALERT_OF.get(finding.kind)
        if kind is not None and finding.tier >= PAGING_TIER and finding.kind not in quiet:
            evidence = (finding, signals[index] if signals else None)
            by_kind[kind] = max(by_kind.get(kind, evidence), evidence, key=lambda known: known[0].tier.rank)
    if at - as_of > OLD_NEWS:
        return []
    return [
        raise_alert(
            episode=episode,
            kind=AlertKind(kind),
            tier=finding.tier,
            signal=signal,
            check_in=check_in,
            # Without a run, the person has just said it.
            is_said_now=assessment is None,
            at=at,
        )
        for kind, (finding, signal) in by_kind.items()
    ]


def _store(episode: Episode, assessment: Assessment, finding: Finding) -> Signal:
    """Write one finding as a signal."""
    signal = signal_of(episode, assessment, finding)
    signal.save()
    return signal


def signal_of(episode: Episode, assessment: Assessment | None, finding: Finding) -> Signal:
    """Return a finding as a signal that is not stored: so are the answers of a form worded that nobody assessed yet."""
    return Signal(
        assessment=assessment,
        episode=episode,
        kind=finding.kind,
        tier=finding.tier,
        domain=finding.domain or "",
        instrument=finding.instrument or "",
        item=finding.item or "",
        direction=finding.direction or "",
        chance=finding.chance,
        onset_on=finding.onset_on,
        contrast=finding.contrast,
        statistic=finding.statistic,
        threshold=finding.threshold,
        weeks=finding.weeks,
        parts=dict(finding.parts),
        clears=dict(finding.clears),
    )


@transaction.atomic
def raise_alert(
    *,
    episode: Episode,
    kind: AlertKind,
    tier: Tier,
    signal: Signal | None = None,
    check_in: CheckIn | None = None,
    is_said_now: bool = False,
    at: datetime,
) -> Alert:
    """Open an alert, or add the evidence to the one that is open, or reopen the one that was closed.

    What the person says now, in a form that is sent or not yet, always reopens; what a run finds may be old news.

    The unique constraint decides between two workers, not this code: who loses adds to the winner's alert.
    """
    latest = _latest(episode, kind)
    if latest is None:
        return _open(episode, kind, tier, signal, check_in, at)
    if latest.is_open:
        return _add_evidence(latest, tier, signal, check_in, at)
    is_said_now = is_said_now or check_in is not None
    if is_said_now or _has_returned(latest, at):
        # What was said before was answered: the alert is about what is said now.
        evidence = (signal, check_in) if is_said_now else (signal or latest.signal, latest.check_in)
        return _reopen(latest, tier, *evidence, at)
    return latest


def _latest(episode: Episode, kind: AlertKind) -> Alert | None:
    """Return the open alert of a kind, else the newest closed one, locked."""
    alerts = Alert.objects.select_for_update(of=("self",)).select_related("episode")
    of_kind = alerts.filter(episode=episode, kind=kind)
    return of_kind.order_by(F("closed_at").desc(nulls_first=True)).first()


def _open(
    episode: Episode, kind: AlertKind, tier: Tier, signal: Signal | None, check_in: CheckIn | None, at: datetime
) -> Alert:
    """Open a new alert and tell the care team."""
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                episode=episode,
                kind=kind,
                tier=tier,
                signal=signal,
                check_in=check_in,
                raised_at=at,
                due_at=answer_due(episode.clinic, tier, at),
                last_seen_at=at,
            )
    except IntegrityError:
        winner = Alert.objects.open().select_for_update(of=("self",)).select_related("episode")
        return _add_evidence(winner.get(episode=episode, kind=kind), tier, signal, check_in, at)
    AlertEvent.objects.create(alert=alert, kind=AlertEventKind.RAISED, at=at, signal=signal)
    audit.record(AuditAction.ALERT_RAISED, by=None, about=alert, at=at)
    notifications.queue(alert=alert, at=at)
    return alert


def _add_evidence(alert: Alert, tier: Tier, signal: Signal | None, check_in: CheckIn | None, at: datetime) -> Alert:
    """Add what was seen again; a louder tier shortens the clock, a quieter one never lengthens it."""
    is_louder = tier > Tier(alert.tier)
    alert.signal = signal or alert.signal
    alert.check_in = check_in or alert.check_in
    alert.last_seen_at = at
    if is_louder:
        alert.tier = tier
        alert.due_at = answer_due(alert.episode.clinic, tier, at)
    alert.version += 1
    alert.save(update_fields=["signal", "check_in", "last_seen_at", "tier", "due_at", "version"])
    AlertEvent.objects.create(alert=alert, kind=AlertEventKind.SEEN_AGAIN, at=at, signal=signal)
    if is_louder:
        notifications.queue(alert=alert, at=at)
    return alert


def _has_returned(alert: Alert, at: datetime) -> bool:
    """Say whether the signal of a closed alert is back: after it had cleared, or late."""
    return alert.closed_at is None or alert.cleared_at is not None or at - alert.closed_at >= REFRACTORY


def _reopen(alert: Alert, tier: Tier, signal: Signal | None, check_in: CheckIn | None, at: datetime) -> Alert:
    """Open a closed alert again, with its history, and tell the care team."""
    check_can_become(alert, AlertState.NEW)
    alert.state, alert.tier = AlertState.NEW, tier
    alert.signal, alert.check_in = signal, check_in
    alert.raised_at = alert.last_seen_at = at
    alert.due_at = answer_due(alert.episode.clinic, tier, at)
    alert.owner = alert.closed_by = alert.closed_at = alert.cleared_at = None
    alert.closed_action = ""
    alert.version += 1
    alert.save()
    AlertEvent.objects.create(alert=alert, kind=AlertEventKind.REOPENED, at=at, signal=signal)
    audit.record(AuditAction.ALERT_REOPENED, by=None, about=alert, at=at)
    notifications.queue(alert=alert, at=at)
    return alert


def mark_cleared(*, episode: Episode, found: Iterable[FindingKind], at: datetime) -> None:
    """Note which closed alerts an assessment no longer finds, so that they can return."""
    gone = Alert.objects.filter(episode=episode, state=AlertState.CLOSED, cleared_at__isnull=True)
    gone.exclude(kind__in=[kind for kind in map(ALERT_OF.get, found) if kind]).update(cleared_at=at)


def answer_due(clinic: Clinic, tier: str, at: datetime) -> datetime | None:
    """Return by when the care team answers, in staffed time; None for a clinic without hours."""
    if tier == Tier.URGENT:
        return hours.after_staffed_minutes(clinic, at, URGENT_MINUTES)
    return hours.end_of_working_day(clinic, at, days=WORKING_DAYS[tier])


@transaction.atomic
def acknowledge(*, alert: Alert, by: User, version: int, at: datetime) -> Alert:
    """Take an alert: from now on it is this person's.

    Raises:
        AlertConflict: somebody else changed it first.
        StepNotAllowed: it is not new.
    """
    return _step(alert, AlertState.ACKNOWLEDGED, by=by, version=version, at=at)


@transaction.atomic
def start_work(*, alert: Alert, by: User, version: int, note: str = "", action: str = "", at: datetime) -> Alert:
    """Record what was done so far and keep the alert open.

    Raises:
        NoteMissing: neither an action nor a note.
        AlertConflict: somebody else changed it first.
        StepNotAllowed: it is closed.
    """
    if not note.strip() and not action:
        raise NoteMissing
    if alert.state == AlertState.IN_PROGRESS:
        return _note(alert, by=by, version=version, note=note, action=action, at=at)
    return _step(alert, AlertState.IN_PROGRESS, by=by, version=version, note=note, action=action, at=at)


def receivers(alert: Alert) -> QuerySet[User]:
    """Return to whom an alert can be given: who may answer it, without the present owner."""
    found = care.answerers(alert.episode)
    return found.exclude(pk=alert.owner_id) if alert.owner_id else found


@transaction.atomic
def give(*, alert: Alert, to: User, by: User, version: int, note: str = "", at: datetime) -> Alert:
    """Give an alert to a named colleague: from now on it is that person's, as new or as far along as it was.

    Raises:
        ReceiverNotAllowed: the person may not answer it, or has it already.
        AlertConflict: somebody else changed it first.
        StepNotAllowed: it is closed.
    """
    current = _locked(alert.pk, version)
    if not current.is_open:
        raise StepNotAllowed(f"{current.state} is given to nobody")
    if not receivers(current).filter(pk=to.pk).exists():
        raise ReceiverNotAllowed
    current.owner = to
    current.version += 1
    current.save(update_fields=["owner", "version"])
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.GIVEN, at=at, by=by, receiver=to, note=note)
    audit.record(AuditAction.ALERT_GIVEN, by=by, about=current, at=at)
    return current


@transaction.atomic
def close(*, alert: Alert, by: User, version: int, action: ActionCode, note: str, at: datetime) -> Alert:
    """Close an alert with what was done and a note.

    Raises:
        NoteMissing: no note.
        ContactMissing: a safety answer, and nobody was reached.
        ClinicianMissing: a safety answer, and somebody else than a clinician.
        AlertConflict: somebody else changed it first.
        StepNotAllowed: it is closed already.
    """
    if not note.strip():
        raise NoteMissing
    if alert.kind == AlertKind.RISK_ANSWER:
        check_can_close_safety(action=action, by=by)
    return _step(alert, AlertState.CLOSED, by=by, version=version, note=note, action=action, at=at)


def check_can_close_safety(*, action: ActionCode, by: User) -> None:
    """Refuse to close a safety answer without a contact outcome recorded by a clinician.

    Raises:
        ContactMissing: the action is no contact.
        ClinicianMissing: the person is no clinician here.

    Source: SAFETY 1.7 (e).
    """
    if action not in CONTACTS:
        raise ContactMissing
    if not people.is_clinician(by):
        raise ClinicianMissing


def queue(*, episodes: QuerySet[Episode], which: Filter, user: User) -> QuerySet[Alert]:
    """Return the alerts of episodes that the person may see: the most urgent first, the closed ones newest first."""
    seen = seen_alerts(episodes=episodes)
    if which is Filter.CLOSED:
        return seen.filter(state=AlertState.CLOSED).order_by("-closed_at")
    loudness = Case(
        *(When(tier=tier.value, then=Value(tier.rank)) for tier in Tier), default=Value(0), output_field=IntegerField()
    )
    waiting = seen.exclude(state=AlertState.CLOSED)
    if which is Filter.MINE:
        waiting = waiting.filter(owner=user)
    if which is Filter.NO_OWNER:
        waiting = waiting.filter(owner__isnull=True)
    return waiting.order_by(loudness.desc(), F("due_at").asc(nulls_last=True), "raised_at")


def seen_alerts(*, episodes: QuerySet[Episode]) -> QuerySet[Alert]:
    """Return every alert of episodes that the person may see, open or closed."""
    seen = Alert.objects.filter(episode__in=episodes.values("pk"))
    return seen.select_related("episode__patient", "episode__clinic", "signal", "check_in", "owner", "closed_by")


def history(alert: Alert) -> list[AlertEvent]:
    """Return what happened to an alert, the newest first."""
    return list(alert.events.select_related("by", "receiver", "signal").order_by("-at", "-id"))


def record_reading(alert: Alert, *, by: User, at: datetime) -> None:
    """Leave the line that somebody read an alert."""
    audit.record(AuditAction.ALERT_READ, by=by, about=alert, at=at)


def last_closed_at(*, episodes: QuerySet[Episode]) -> datetime | None:
    """Return when the newest closed alert was closed, for an empty queue."""
    closed = Alert.objects.filter(episode__in=episodes.values("pk"), state=AlertState.CLOSED)
    return closed.order_by("-closed_at").values_list("closed_at", flat=True).first()


def _locked(alert_id: UUID, version: int) -> Alert:
    """Return the alert locked, if it is still the one that the page showed.

    Raises:
        AlertConflict: it has changed.
    """
    alert = (
        Alert.objects.select_for_update(of=("self",)).select_related("episode", "owner", "closed_by").get(pk=alert_id)
    )
    if alert.version != version:
        raise AlertConflict(alert)
    return alert


def _step(
    alert: Alert, state: AlertState, *, by: User, version: int, note: str = "", action: str = "", at: datetime
) -> Alert:
    """Move an alert along the table of transitions, with its event and its audit line."""
    current = _locked(alert.pk, version)
    check_can_become(current, state)
    current.state = state
    current.version += 1
    if state == AlertState.CLOSED:
        current.closed_at, current.closed_by, current.closed_action = at, by, action
    else:
        current.owner = by
    current.save()
    AlertEvent.objects.create(alert=current, kind=EVENT_OF[state], at=at, by=by, note=note, action=action)
    audit.record(AUDIT_OF[state], by=by, about=current, at=at)
    needs.update(episode_ids=[current.episode_id], at=at)
    return current


def _note(alert: Alert, *, by: User, version: int, note: str, action: str, at: datetime) -> Alert:
    """Add a note to an alert that is already being worked on."""
    current = _locked(alert.pk, version)
    current.version += 1
    current.owner = by
    current.save(update_fields=["version", "owner"])
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.NOTED, at=at, by=by, note=note, action=action)
    audit.record(AuditAction.ALERT_STARTED, by=by, about=current, at=at)
    return current
