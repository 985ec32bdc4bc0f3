"""What people do with an alert: take it, give it to someone, work on it, close it, open it again; and the queue.

No one else writes the states of alerts but `evidence`, which raises them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from monitoring.alerts import closing
from monitoring.alerts.closing import SafetyAssessment
from monitoring.attention import needs
from monitoring.escalation import clocks, steps
from monitoring.messages import notifications
from monitoring.models import Alert, AlertEvent
from monitoring.models.alerts import (
    PRESSING_FIRST,
    ActionCode,
    AlertEventKind,
    AlertKind,
    AlertState,
)
from patients import audit
from patients.care import teams
from patients.models import Episode, User
from patients.models.audit import AuditAction
from patients.people import people

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


class AlertConflict(Exception):
    """Someone else changed the alert since the page was shown."""

    def __init__(self, alert: Alert) -> None:
        """Keep the alert as it is now, for the page that explains."""
        super().__init__(str(alert.pk))
        self.alert = alert


class StepNotAllowed(ValueError):
    """The alert cannot go there from where it stands."""


class NoteMissing(ValueError):
    """Closing needs a note: what was done, or why nothing was; recording needs a note or an action."""


class AlreadyOpen(ValueError):
    """Another alert about the same matter is open: there is one for each."""

    def __init__(self, alert: Alert) -> None:
        """Keep the open one, for the page that leads to it."""
        super().__init__(str(alert.pk))
        self.alert = alert


class ReceiverNotAllowed(ValueError):
    """An alert is given to a clinician of the care team or to a coordinator of the clinic."""


class QueueFilter(StrEnum):
    """Which alerts a queue shows."""

    OPEN = "open"
    MINE = "mine"
    NO_OWNER = "no_owner"
    PAUSED = "paused"
    CLOSED = "closed"


def check_can_become(alert: Alert, state: AlertState) -> None:
    """Refuse a step that the table of transitions does not have.

    Raises:
        StepNotAllowed: it does not.
    """
    if state not in TRANSITIONS[alert.state]:
        raise StepNotAllowed(f"{alert.state} to {state}")


def open_again(alert: Alert, *, at: datetime) -> None:
    """Make a closed alert a new one of its tier: no one's yet, with a clock of its own."""
    check_can_become(alert, AlertState.NEW)
    alert.state, alert.raised_at = AlertState.NEW, at
    alert.due_at = clocks.answer_due(alert.episode.clinic, alert.tier, at)
    alert.owner = alert.closed_by = alert.closed_at = alert.cleared_at = None
    alert.closed_action = ""
    alert.version += 1
    steps.begin(alert, at=at)
    alert.save()


@transaction.atomic
def reopen(*, alert: Alert, by: User, version: int, note: str, at: datetime) -> Alert:
    """Open a closed alert again because someone says so, and why: it is no one's, and its clock begins anew.

    Raises:
        NoteMissing: no reason was given.
        AlertConflict: someone else changed it first.
        StepNotAllowed: it is open.
        AlreadyOpen: another alert about the same matter is.
    """
    if not note.strip():
        raise NoteMissing
    current = locked(alert.pk, version)
    other = Alert.objects.open().filter(episode=current.episode, kind=current.kind).exclude(pk=current.pk).first()
    if other is not None:
        raise AlreadyOpen(other)
    open_again(current, at=at)
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.REOPENED, at=at, by=by, note=note)
    audit.record(AuditAction.ALERT_REOPENED, by=by, about=current, at=at)
    notifications.queue(alert=current, at=at)
    needs.update(episode_ids=[current.episode_id], at=at)
    return current


@transaction.atomic
def acknowledge(*, alert: Alert, by: User, version: int, at: datetime) -> Alert:
    """Take an alert that is new, or whose owner has left: from now on it is this person's.

    Raises:
        AlertConflict: someone else changed it first.
        StepNotAllowed: someone has it, or it is closed.
    """
    if alert.is_open and alert.state != AlertState.NEW and alert.owner_id is None:
        current = locked(alert.pk, version)
        _own(current, by, at=at)
        AlertEvent.objects.create(alert=current, kind=AlertEventKind.ACKNOWLEDGED, at=at, by=by)
        audit.record(AuditAction.ALERT_ACKNOWLEDGED, by=by, about=current, at=at)
        return current
    return _step(alert, AlertState.ACKNOWLEDGED, by=by, version=version, at=at)


def _own(alert: Alert, owner: User, *, at: datetime) -> None:
    """Make a locked alert someone's: its clock begins anew."""
    alert.owner, alert.snoozed_until = owner, None
    alert.version += 1
    steps.restart(alert, at=at)
    alert.save(update_fields=["owner", "version", *steps.CLOCK_FIELDS])


@transaction.atomic
def start_work(*, alert: Alert, by: User, version: int, note: str = "", action: str = "", at: datetime) -> Alert:
    """Record what was done so far and keep the alert open.

    Raises:
        NoteMissing: neither an action nor a note.
        AlertConflict: someone else changed it first.
        StepNotAllowed: it is closed.
    """
    if not note.strip() and not action:
        raise NoteMissing
    if alert.state == AlertState.IN_PROGRESS:
        return _note(alert, by=by, version=version, note=note, action=action, at=at)
    return _step(alert, AlertState.IN_PROGRESS, by=by, version=version, note=note, action=action, at=at)


@transaction.atomic
def keep(*, alert: Alert, by: User, version: int, at: datetime) -> Alert:
    """Say that one is still on it: the clock that asked for a word begins anew.

    Raises:
        AlertConflict: someone else changed it first.
        StepNotAllowed: it is closed, or somebody else's.
    """
    current = locked(alert.pk, version)
    if not current.is_open or current.owner_id != by.pk:
        raise StepNotAllowed("only its owner keeps an open alert")
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.STILL_ON_IT, at=at, by=by)
    audit.record(AuditAction.ALERT_STILL_ON_IT, by=by, about=current, at=at)
    _own(current, by, at=at)
    return current


@transaction.atomic
def pass_on(*, alert: Alert, by: User, version: int, note: str = "", at: datetime) -> Alert:
    """Say "not me": the alert is nobody's, and the next who would be told is told at once.

    Raises:
        AlertConflict: someone else changed it first.
        StepNotAllowed: it is closed, or somebody else's.
    """
    current = locked(alert.pk, version)
    if not current.is_open or current.owner_id not in {None, by.pk}:
        raise StepNotAllowed("what somebody else has is not passed on")
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.NOT_ME, at=at, by=by, note=note)
    audit.record(AuditAction.ALERT_NOT_ME, by=by, about=current, at=at)
    if current.owner_id is not None:
        current.owner = None
        current.clock_from = at
    current.version += 1
    steps.pass_on(current, declined_by=by, at=at)
    current.save(update_fields=["owner", "version", *steps.CLOCK_FIELDS])
    return current


def receivers(alert: Alert) -> QuerySet[User]:
    """Return to whom an alert can be given: who may answer it, without the present owner."""
    users = teams.answerers(alert.episode)
    return users.exclude(pk=alert.owner_id) if alert.owner_id else users


@transaction.atomic
def give(*, alert: Alert, to: User, by: User, version: int, note: str = "", at: datetime) -> Alert:
    """Give an alert to a named colleague: from now on it is that person's, as new or as far along as it was.

    Raises:
        ReceiverNotAllowed: the person may not answer it, or has it already.
        AlertConflict: someone else changed it first.
        StepNotAllowed: it is closed.
    """
    current = locked(alert.pk, version)
    if not current.is_open:
        raise StepNotAllowed(f"{current.state} is given to nobody")
    if not receivers(current).filter(pk=to.pk).exists():
        raise ReceiverNotAllowed
    _own(current, to, at=at)
    if to != by:
        notifications.queue(alert=current, to=[to], at=at)
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.GIVEN, at=at, by=by, receiver=to, note=note)
    audit.record(AuditAction.ALERT_GIVEN, by=by, about=current, at=at)
    return current


@transaction.atomic
def hand_over(*, chosen: Collection[UUID], to: User, by: User, note: str, at: datetime) -> list[Alert]:
    """Give several of one's open alerts to a colleague, with one note; return those that the colleague may not answer.

    Raises:
        NoteMissing: the colleague must know how things stand.
    """
    if not note.strip():
        raise NoteMissing
    mine = Alert.objects.open().filter(owner=by, pk__in=chosen).order_by("pk")
    kept = []
    for alert in mine.select_related("episode"):
        try:
            give(alert=alert, to=to, by=by, version=alert.version, note=note, at=at)
        except ReceiverNotAllowed:
            kept.append(alert)
    return kept


def colleagues(user: User) -> QuerySet[User]:
    """Return to whom alerts can be handed over: the clinicians and coordinators of the present clinic, without oneself."""
    return people.answering().exclude(pk=user.pk)


@transaction.atomic
def close(
    *,
    alert: Alert,
    by: User,
    version: int,
    action: ActionCode,
    note: str,
    shown: UUID | None = None,
    assessment: SafetyAssessment | None = None,
    at: datetime,
) -> Alert:
    """Close an alert with what was done and a note.

    Args:
        alert: which one.
        by: who closes it.
        version: of the alert that was on the screen.
        action: what was done.
        note: in words.
        shown: the newest evidence that was on the screen; a safety answer needs it.
        assessment: what was found, of a safety answer.
        at: now.

    Raises:
        NoteMissing: no note.
        EvidenceNotShown: a safety answer, and the newest was not on the screen.
        ContactMissing: a safety answer, and no one was reached since.
        ClinicianMissing: a safety answer, and someone else than a clinician.
        AssessmentMissing: a safety answer, and not everything was said.
        AlertConflict: someone else changed it first.
        StepNotAllowed: it is closed already.
    """
    if not note.strip():
        raise NoteMissing
    if alert.kind == AlertKind.RISK_ANSWER:
        closing.check_safety(alert, action=action, by=by, shown=shown, assessment=assessment)
    said = assessment.as_json() if assessment else None
    return _step(alert, AlertState.CLOSED, by=by, version=version, note=note, action=action, assessment=said, at=at)


def queue(*, episodes: QuerySet[Episode], which: QueueFilter, user: User) -> QuerySet[Alert]:
    """Return the alerts of episodes that the person may see: the most urgent first, the closed ones newest first."""
    seen = seen_alerts(episodes=episodes)
    if which is QueueFilter.CLOSED:
        return seen.filter(state=AlertState.CLOSED).order_by("-closed_at")
    if which is QueueFilter.PAUSED:
        return seen.exclude(state=AlertState.CLOSED).filter(snoozed_until__isnull=False).order_by("snoozed_until", "pk")
    waiting = seen.exclude(state=AlertState.CLOSED).filter(snoozed_until__isnull=True)
    if which is QueueFilter.MINE:
        waiting = waiting.filter(owner=user)
    if which is QueueFilter.NO_OWNER:
        waiting = waiting.filter(owner__isnull=True)
    return waiting.order_by(*PRESSING_FIRST)


def seen_alerts(*, episodes: QuerySet[Episode]) -> QuerySet[Alert]:
    """Return every alert of episodes that the person may see, open or closed."""
    seen = Alert.objects.filter(episode__in=episodes.values("pk"))
    return seen.select_related(
        "episode__patient",
        "episode__clinic",
        "signal",
        "check_in",
        "owner",
        "closed_by",
        "policy__second",
        "policy__lead",
    )


def latest(episode: Episode, kind: AlertKind, *, is_locked: bool = False) -> Alert | None:
    """Return the open alert of a matter, else the one that was closed last."""
    of_kind = Alert.objects.filter(episode=episode, kind=kind).select_related("episode")
    if is_locked:
        of_kind = of_kind.select_for_update(of=("self",))
    return of_kind.order_by(F("closed_at").desc(nulls_first=True)).first()


def history(alert: Alert) -> list[AlertEvent]:
    """Return what happened to an alert, the newest first."""
    return list(alert.events.select_related("by", "receiver", "signal").order_by("-at", "-id"))


def record_reading(alert: Alert, *, by: User, at: datetime) -> None:
    """Leave the line that someone read an alert."""
    audit.record(AuditAction.ALERT_READ, by=by, about=alert, at=at)


def last_closed_at(*, episodes: QuerySet[Episode]) -> datetime | None:
    """Return when the newest closed alert was closed, for an empty queue."""
    closed = Alert.objects.filter(episode__in=episodes.values("pk"), state=AlertState.CLOSED)
    return closed.order_by("-closed_at").values_list("closed_at", flat=True).first()


def locked(alert_id: UUID, version: int) -> Alert:
    """Return an alert locked for the rest of the transaction, if it is still the one that the page showed.

    Raises:
        AlertConflict: it has changed.
    """
    alert = (
        Alert.objects.select_for_update(of=("self",))
        .select_related("episode__clinic", "owner", "closed_by", "policy")
        .get(pk=alert_id)
    )
    if alert.version != version:
        raise AlertConflict(alert)
    return alert


def _step(
    alert: Alert,
    state: AlertState,
    *,
    by: User,
    version: int,
    note: str = "",
    action: str = "",
    assessment: dict[str, str] | None = None,
    at: datetime,
) -> Alert:
    """Move an alert along the table of transitions, with its event and its audit line."""
    current = locked(alert.pk, version)
    check_can_become(current, state)
    current.state = state
    current.version += 1
    if state == AlertState.CLOSED:
        current.closed_at, current.closed_by, current.closed_action = at, by, action
    else:
        current.owner, current.snoozed_until = by, None
    # What was done counts before the next step is worked out.
    AlertEvent.objects.create(
        alert=current, kind=EVENT_OF[state], at=at, by=by, note=note, action=action, assessment=assessment
    )
    steps.restart(current, at=at)
    current.save()
    audit.record(AUDIT_OF[state], by=by, about=current, at=at)
    needs.update(episode_ids=[current.episode_id], at=at)
    return current


def _note(alert: Alert, *, by: User, version: int, note: str, action: str, at: datetime) -> Alert:
    """Add a note to an alert that is already being worked on."""
    current = locked(alert.pk, version)
    AlertEvent.objects.create(alert=current, kind=AlertEventKind.NOTED, at=at, by=by, note=note, action=action)
    _own(current, by, at=at)
    audit.record(AuditAction.ALERT_STARTED, by=by, about=current, at=at)
    return current
