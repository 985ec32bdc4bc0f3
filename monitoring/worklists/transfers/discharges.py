"""End a period of care: with who takes over, and with what becomes of the account. Never over an open safety alert."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from monitoring.attention import needs
from monitoring.models import Alert, Discharge, HandOver
from monitoring.models.alerts import PRESSING_FIRST, AlertKind
from monitoring.models.care import HandOverState
from patients.care import episodes
from patients.models import ClinicRole, Episode, User
from patients.models.people import Role
from patients.people import people

# What somebody has to have answered before care can end.
STOPS_DISCHARGE = (AlertKind.RISK_ANSWER, AlertKind.BODY_WARNING)


class AlreadyEnded(Exception):
    """Care has ended already."""


class DayNotPossible(ValueError):
    """The last day is to come, or lies before the period of care."""


class SafetyAlertOpen(Exception):
    """An answer about safety or the body waits for somebody."""

    def __init__(self, alert: Alert) -> None:
        """Keep which, for the page that leads to it."""
        super().__init__(str(alert.pk))
        self.alert = alert


class HandOverOpen(Exception):
    """Somebody has been asked to take over and has not answered."""


@dataclass(frozen=True, kw_only=True)
class InTheWay:
    """What stands in the way of the end of care, and what would stay open.

    Attributes:
        safety: an alert that has to be closed first; None where none is open.
        alerts: the other open alerts: they stay on the list.
        hand_over: that waits for an answer; None without one.
        has_account: whether the person can sign in.
    """

    safety: Alert | None
    alerts: tuple[Alert, ...]
    hand_over: HandOver | None
    has_account: bool


def standing(episode: Episode) -> InTheWay:
    """Return what stands in the way of the end of care."""
    opened = tuple(Alert.objects.open().filter(episode=episode).order_by(*PRESSING_FIRST))
    return InTheWay(
        safety=next((alert for alert in opened if alert.kind in STOPS_DISCHARGE), None),
        alerts=tuple(alert for alert in opened if alert.kind not in STOPS_DISCHARGE),
        hand_over=HandOver.objects.filter(episode=episode, state=HandOverState.WAITING).first(),
        has_account=_role(episode) is not None,
    )


@transaction.atomic
def discharge(
    *, episode: Episode, on: date, takes_over: str, summary: str, keeps_account: bool, by: User, at: datetime
) -> Discharge:
    """End care on a day; who takes over and the summary are for the patient.

    Raises:
        AlreadyEnded: care has ended.
        DayNotPossible: the day is to come, or lies before the period of care.
        SafetyAlertOpen: an answer about safety or the body waits for somebody.
        HandOverOpen: somebody has been asked to take over and has not answered.
    """
    locked = Episode.objects.select_for_update(of=("self",)).select_related("patient").get(pk=episode.pk)
    if locked.ended_on is not None:
        raise AlreadyEnded
    if not locked.started_on <= on <= episodes.today(locked, at=at):
        raise DayNotPossible
    now = standing(locked)
    if now.safety is not None:
        raise SafetyAlertOpen(now.safety)
    if now.hand_over is not None:
        raise HandOverOpen
    episodes.end_episode(episode=locked, ended_on=on, by=by, at=at)
    role = _role(locked)
    if role is not None and not keeps_account:
        people.end_role(role=role, by=by, at=at)
    needs.update(episode_ids=[locked.pk], at=at)
    return Discharge.objects.create(
        episode=locked, takes_over=takes_over, summary=summary, keeps_account=keeps_account, made_at=at, made_by=by
    )


def _role(episode: Episode) -> ClinicRole | None:
    """Return what lets the person sign in as a patient of this clinic."""
    user_id = episode.patient.user_id
    if user_id is None:
        return None
    return ClinicRole.objects.filter(user_id=user_id, role=Role.PATIENT, ended_at__isnull=True).first()


def of_episode(episode: Episode) -> Discharge | None:
    """Return how care ended; None where it has not, or ended before that was kept."""
    return Discharge.objects.filter(episode=episode).select_related("made_by").first()
