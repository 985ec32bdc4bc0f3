"""Hand somebody over to a named clinician: asked, then accepted or returned. Nothing is handed to nobody.

Until it is accepted the one before stays responsible; afterwards that person stays on the care team until he or she
leaves it. What nobody answers is taken back by the sweep, and the ones who asked are told.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from monitoring.alerts import alerts
from monitoring.messages import hand_over_letters
from monitoring.models import Alert, HandOver, Review
from monitoring.models.care import HandOverState
from patients import audit
from patients.care import teams
from patients.clinics import hours
from patients.models import Episode, User
from patients.models.audit import AuditAction

# Somebody who is away for a day or two still answers; a week without an answer would be a week without a decision.
# Judgement of 30 November 2026 (docs/decisions/0191).
ANSWER_WORKING_DAYS = 3
# For a clinic without hours.
ANSWER_DAYS = timedelta(days=5)
# For so long the caseload says that one was answered.
NEWS_FOR = timedelta(days=7)
# State -> the states it can become. Everything but waiting is an end.
TRANSITIONS: dict[HandOverState, frozenset[HandOverState]] = {
    HandOverState.WAITING: frozenset(
        {HandOverState.ACCEPTED, HandOverState.RETURNED, HandOverState.WITHDRAWN, HandOverState.LAPSED}
    ),
    HandOverState.ACCEPTED: frozenset(),
    HandOverState.RETURNED: frozenset(),
    HandOverState.WITHDRAWN: frozenset(),
    HandOverState.LAPSED: frozenset(),
}
AUDIT_OF = {
    HandOverState.ACCEPTED: AuditAction.HAND_OVER_ACCEPTED,
    HandOverState.RETURNED: AuditAction.HAND_OVER_RETURNED,
    HandOverState.WITHDRAWN: AuditAction.HAND_OVER_WITHDRAWN,
    HandOverState.LAPSED: AuditAction.HAND_OVER_LAPSED,
}


class HandOverWaits(Exception):
    """Somebody has been asked already."""


class ReceiverNotPossible(ValueError):
    """The person is no clinician of the clinic, or is responsible already, or care has ended."""


class HandOverConflict(Exception):
    """It was answered, withdrawn or taken back meanwhile."""

    def __init__(self, hand_over: HandOver) -> None:
        """Keep it as it is now, for the page that says so."""
        super().__init__(str(hand_over.pk))
        self.hand_over = hand_over


class NotTheOneAsked(Exception):
    """Only who was asked can answer."""


class ReasonMissing(ValueError):
    """It is returned with a reason, so that the ones who asked know what to do."""


def receivers(episode: Episode) -> QuerySet[User]:
    """Return the clinicians who can be asked."""
    responsible = teams.responsible_clinician(episode)
    return teams.clinicians().exclude(pk=responsible.pk) if responsible else teams.clinicians()


@transaction.atomic
def ask(*, episode: Episode, to: User, note: str = "", by: User, at: datetime) -> HandOver:
    """Ask a clinician to become responsible; nothing changes until the answer.

    Raises:
        HandOverWaits: somebody has been asked already.
        ReceiverNotPossible: the person cannot be asked, or care has ended.
    """
    locked = Episode.objects.select_for_update().get(pk=episode.pk)
    if locked.ended_on is not None or not receivers(episode).filter(pk=to.pk).exists():
        raise ReceiverNotPossible
    if waiting_for(episode) is not None:
        raise HandOverWaits
    lapses_at = hours.end_of_working_day(episode.clinic, at, days=ANSWER_WORKING_DAYS) or at + ANSWER_DAYS
    hand_over = HandOver.objects.create(
        episode=episode,
        before=teams.responsible_clinician(episode),
        to=to,
        note=note,
        asked_at=at,
        asked_by=by,
        lapses_at=lapses_at,
    )
    hand_over_letters.queue(hand_over, to=_others([to], by), at=at)
    audit.record(AuditAction.HAND_OVER_ASKED, by=by, about=hand_over, at=at)
    return hand_over


@transaction.atomic
def accept(*, hand_over: HandOver, version: int, by: User, at: datetime) -> HandOver:
    """Become responsible: the open alerts of the one before come along, and both are told.

    Raises:
        NotTheOneAsked: somebody else was asked.
        HandOverConflict: it was answered, withdrawn or taken back meanwhile.
    """
    current = _locked(hand_over, version)
    if current.to_id != by.pk or not teams.clinicians().filter(pk=by.pk).exists():
        raise NotTheOneAsked
    episode, before = current.episode, teams.responsible_clinician(current.episode)
    profession = teams.profession_of(by)
    teams.join_care_team(episode=episode, member=by, profession=profession, is_responsible=True, by=by, at=at)
    for alert in Alert.objects.open().filter(episode=episode, owner=before) if before else ():
        alerts.give(alert=alert, to=by, by=by, version=alert.version, note="", at=at)
    return _end(current, HandOverState.ACCEPTED, by=by, told=[current.before, before], at=at)


@transaction.atomic
def give_back(*, hand_over: HandOver, version: int, reason: str, by: User, at: datetime) -> HandOver:
    """Return it with a reason: the one before stays responsible.

    Raises:
        NotTheOneAsked: somebody else was asked.
        ReasonMissing: without a reason.
        HandOverConflict: it was answered, withdrawn or taken back meanwhile.
    """
    current = _locked(hand_over, version)
    if current.to_id != by.pk:
        raise NotTheOneAsked
    if not reason.strip():
        raise ReasonMissing
    current.reason = reason
    return _end(current, HandOverState.RETURNED, by=by, told=[current.before], at=at)


@transaction.atomic
def withdraw(*, hand_over: HandOver, version: int, by: User, at: datetime) -> HandOver:
    """Take the question back before it is answered.

    Raises:
        HandOverConflict: it was answered or taken back meanwhile.
    """
    current = _locked(hand_over, version)
    return _end(current, HandOverState.WITHDRAWN, by=by, told=[current.before, current.to], at=at)


@transaction.atomic
def lapse(*, at: datetime) -> int:
    """Take back what nobody answered in time, or can answer any more; return how many. For the sweep."""
    cannot = ~Q(to__in=teams.clinicians().order_by().values("pk")) | Q(episode__ended_on__isnull=False)
    waiting = HandOver.objects.filter(Q(lapses_at__lte=at) | cannot, state=HandOverState.WAITING)
    rows = list(waiting.select_for_update(skip_locked=True, of=("self",)).select_related("episode", *_PEOPLE))
    for row in rows:
        _end(row, HandOverState.LAPSED, by=None, told=[row.before, row.to], at=at)
    return len(rows)


_PEOPLE = ("before", "to", "asked_by")


def _locked(hand_over: HandOver, version: int) -> HandOver:
    """Return a hand-over that waits, as it is now, for a step.

    Raises:
        HandOverConflict: it is another version, or does not wait any more.
    """
    rows = HandOver.objects.select_for_update(of=("self",)).select_related("episode__patient", "clinic", *_PEOPLE)
    current = rows.get(pk=hand_over.pk)
    if current.version != version or not current.is_open:
        raise HandOverConflict(current)
    return current


def _end(
    hand_over: HandOver, state: HandOverState, *, by: User | None, told: Iterable[User | None], at: datetime
) -> HandOver:
    """Store the end of a hand-over, and owe the others a message."""
    hand_over.state = state
    if by is not None:
        hand_over.answered_at, hand_over.answered_by = at, by
    hand_over.version += 1
    hand_over.save(update_fields=["state", "answered_at", "answered_by", "reason", "version"])
    hand_over_letters.queue(hand_over, to=_others([*told, hand_over.asked_by], by), at=at)
    audit.record(AUDIT_OF[state], by=by, about=hand_over, at=at)
    return hand_over


def _others(people: Iterable[User | None], by: User | None) -> list[User]:
    """Return the people without the one who acts, who knows."""
    return [person for person in people if person is not None and person != by]


# ---------- reads ----------


def waiting_for(episode: Episode) -> HandOver | None:
    """Return the hand-over of an episode that waits for an answer."""
    return HandOver.objects.filter(episode=episode, state=HandOverState.WAITING).select_related(*_PEOPLE).first()


def seen_by(*, user: User, episodes: QuerySet[Episode]) -> QuerySet[HandOver]:
    """Return the hand-overs that a person may see: those of the episodes one may see, and those one is asked about."""
    is_asked = Q(to=user, state=HandOverState.WAITING)
    rows = HandOver.objects.filter(is_asked | Q(episode__in=episodes.order_by().values("pk")))
    return rows.select_related("episode__patient", "answered_by", *_PEOPLE).order_by("-asked_at")


def news_of(user: User, *, at: datetime) -> dict[str, int]:
    """Return how many hand-overs wait for the answer of a person, and how many of the own ended lately."""
    is_own = Q(asked_by=user) | Q(before=user)
    lately = Q(answered_at__gt=at - NEWS_FOR) | Q(state=HandOverState.LAPSED, lapses_at__gt=at - NEWS_FOR)
    return HandOver.objects.aggregate(
        waiting=Count("pk", filter=Q(to=user, state=HandOverState.WAITING)),
        ended=Count("pk", filter=is_own & lately & ~Q(answered_by=user)),
    )


def comes_along(hand_over: HandOver) -> tuple[int, list[Review]]:
    """Return what comes with somebody: how many alerts are open, and the reviews that are planned."""
    open_alerts = Alert.objects.open().filter(episode=hand_over.episode).count()
    planned = Review.objects.filter(episode=hand_over.episode, held_at__isnull=True, missed_at__isnull=True)
    return open_alerts, list(planned.order_by("planned_at"))


@transaction.atomic
def record_reading(hand_over: HandOver, *, by: User, at: datetime) -> None:
    """Leave the trace that somebody read a request: the patient sees it."""
    audit.record(AuditAction.HAND_OVER_READ, by=by, about=hand_over, at=at)
