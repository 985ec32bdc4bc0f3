"""The outbox: owe a message in the transaction that makes it due, deliver it later, at least once.

A message says that something needs a look. It never says what, about whom, or why: mailboxes are shared and
lock screens are read by others.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import mail
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from monitoring.models import Alert, Notification
from monitoring.models.notifications import NotificationState
from patients import care
from patients.models import Clinic, ClinicRole, User
from patients.models.people import Role
from patients.tenancy import clinic_transaction

# A worker that dies between claim and send frees the message after this long.
CLAIM = timedelta(minutes=2)
# Back-off doubles from here; after a day the message counts as failed (SAFETY F16).
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


def queue(*, alert: Alert, at: datetime) -> int:
    """Owe a message about an alert to the care team, or to the coordinators where there is none.

    Safe to repeat: one message per alert, occasion and person. Returns how many people it goes to.
    """
    people = care.care_team(alert.episode) or _coordinators()
    owed = [
        Notification(
            clinic_id=alert.clinic_id, alert=alert, occasion=alert.version, recipient=person, queued_at=at, due_at=at
        )
        for person in people
    ]
    Notification.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def due(*, at: datetime, limit: int = 200) -> list[UUID]:
    """Return the messages of the present clinic that wait to be sent, oldest first."""
    waiting = Notification.objects.filter(state=NotificationState.QUEUED, due_at__lte=at)
    return list(waiting.order_by("due_at").values_list("pk", flat=True)[:limit])


def deliver(*, clinic_id: UUID, notification_id: UUID, at: datetime) -> bool:
    """Send one message, unless somebody else has claimed it; return whether it went out.

    1. Claim it with a conditional update, and commit: two workers can never both send now.
    2. Send outside any transaction: a slow mail server must not hold rows.
    3. Mark it. A crash between 2 and 3 sends it again; we promise one alert, not one mail.
    """
    with clinic_transaction(clinic_id=clinic_id):
        waiting = Notification.objects.filter(pk=notification_id, state=NotificationState.QUEUED, due_at__lte=at)
        if waiting.update(due_at=at + CLAIM, tries=F("tries") + 1) != 1:
            return False
        message = Notification.objects.select_related("recipient", "clinic").get(pk=notification_id)
    is_sent = _send(message)
    with clinic_transaction(clinic_id=clinic_id):
        _mark(message, is_sent=is_sent, at=at)
    return is_sent


def _send(message: Notification) -> bool:
    """Hand the message to the mail server; a refusal is an answer, not a crash."""
    with translation.override(message.recipient.language or settings.LANGUAGE_CODE):
        subject, body = wording(clinic=message.clinic)
    try:
        return mail.send_mail(subject, body, None, [message.recipient.email]) == 1
    except OSError:  # smtplib's errors are OSErrors
        return False


def wording(*, clinic: Clinic) -> tuple[str, str]:
    """Return subject and text; both are the same for every patient and every kind of alert."""
    subject = _("Something needs a look")
    body = _(
        "Something in %(name)s needs a look. Please sign in and open Alerts.\n\n"
        "This message holds no details on purpose. It is not watched round the clock."
    ) % {"name": clinic.public_name}
    return subject, body


def _mark(message: Notification, *, is_sent: bool, at: datetime) -> None:
    """Record what became of a message."""
    if is_sent:
        Notification.objects.filter(pk=message.pk).update(state=NotificationState.SENT, sent_at=at)
    elif at - message.queued_at > GIVE_UP_AFTER:
        Notification.objects.filter(pk=message.pk).update(state=NotificationState.FAILED)
    else:
        wait = min(FIRST_RETRY * 2 ** min(message.tries, 10), LONGEST_RETRY)
        Notification.objects.filter(pk=message.pk).update(due_at=at + wait)


def _coordinators() -> list[User]:
    """Return the clinic's coordinators: nothing is sent to nobody."""
    roles = ClinicRole.objects.filter(role=Role.COORDINATOR, ended_at__isnull=True, user__is_active=True)
    return [role.user for role in roles.select_related("user")]


def oldest_waiting_seconds(*, at: datetime) -> float:
    """Return how long the oldest due message of the present clinic has been waiting; 0 when none is."""
    oldest = Notification.objects.filter(state=NotificationState.QUEUED).order_by("queued_at").first()
    return max(0.0, (at - oldest.queued_at).total_seconds()) if oldest else 0.0
