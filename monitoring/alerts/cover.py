"""Cover: every open alert has someone who sees it and was told, whoever leaves the clinic or a care team meanwhile.

The sweep looks after it, because who leaves does so in `patients`, which knows nothing of alerts.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from monitoring.escalation import steps
from monitoring.messages import notifications
from monitoring.models import Alert, AlertEvent, Notification
from monitoring.models.alerts import AlertEventKind
from monitoring.models.notifications import TOLD_NOBODY, NotificationChannel
from patients.models import CareTeamMembership, ClinicRole
from patients.models.people import Role


def keep(*, at: datetime) -> int:
    """Take alerts from owners who have left, and tell those who see an alert of which none was told; count them."""
    return _release(at) + _tell(at)


@transaction.atomic
def _release(at: datetime) -> int:
    """Take alerts from owners who can no longer answer them, and tell those who can."""
    orphans = Alert.objects.open().filter(owner__isnull=False).exclude(_can_answer("owner"))
    released = list(
        orphans.select_for_update(skip_locked=True, of=("self",)).select_related("episode__clinic", "policy")
    )
    for alert in released:
        AlertEvent.objects.create(alert=alert, kind=AlertEventKind.OWNER_LEFT, at=at, receiver=alert.owner)
        alert.owner = None
        alert.version += 1
        steps.restart(alert, at=at)
        alert.save(update_fields=["owner", "version", *steps.CLOCK_FIELDS])
        notifications.queue(alert=alert, at=at)
    return len(released)


@transaction.atomic
def _tell(at: datetime) -> int:
    """Queue messages about open alerts that nobody has, where nobody who can answer has a message yet."""
    mailed = Notification.objects.filter(alert=OuterRef("pk"), channel=NotificationChannel.EMAIL)
    sent = mailed.exclude(state__in=TOLD_NOBODY)
    messages = sent.filter(_can_answer("recipient", episode="alert__episode"))
    waiting = Alert.objects.open().filter(owner__isnull=True).exclude(Exists(messages)).select_related("episode")
    return sum(notifications.queue(alert=alert, at=at) for alert in waiting)


def unseen() -> QuerySet[Alert]:
    """Return the open alerts of the present clinic that no one may see: only a clinic admin can mend that."""
    clinicians = _held(Role.CLINICIAN).values("user")
    team = CareTeamMembership.objects.filter(episode=OuterRef("episode"), left_at__isnull=True, user__in=clinicians)
    return Alert.objects.open().exclude(Exists(_held(Role.COORDINATOR)) | Exists(team))


def _can_answer(person: str, *, episode: str = "episode") -> Q:
    """Return the condition that the person of a column may answer an alert: as `care.answerers` says of one episode.

    Args:
        person: the column of the person.
        episode: the column of the episode.
    """
    clinicians = _held(Role.CLINICIAN).values("user")
    team = CareTeamMembership.objects.filter(episode=OuterRef(episode), left_at__isnull=True, user__in=clinicians)
    is_coordinator = Q(**{f"{person}__in": _held(Role.COORDINATOR).values("user")})
    return is_coordinator | Q(Exists(team.filter(user=OuterRef(person))))


def _held(role: Role) -> QuerySet[ClinicRole]:
    return ClinicRole.objects.filter(role=role, ended_at__isnull=True, user__is_active=True)
