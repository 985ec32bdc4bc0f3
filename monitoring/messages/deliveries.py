"""What the mail provider reports of messages it took: addresses that give them back, and that they work again.

Reports are read by django-anymail (monitoring/views/clinic/mail_reports.py). Nothing of them is kept but a mark on the
account.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from monitoring.models import Notification
from monitoring.models.alerts import AlertState
from monitoring.models.notifications import NotificationChannel, NotificationState
from patients import audit
from patients.models import Clinic, User
from patients.models.audit import AuditAction
from patients.tenancy import clinic_transaction

# What anymail calls a message that will not arrive. A delay ("deferred") is none: the provider tries again.
RETURNED = frozenset({"bounced", "rejected", "failed", "complained"})
ARRIVED = "delivered"
# How old a message may be for its alert to be told to somebody else when it comes back.
LATELY = timedelta(days=3)


def take_in(events: Iterable[Any], *, at: datetime) -> int:
    """Mark the accounts whose address gives messages back, and free those where one arrived."""
    changed = 0
    for event in events:
        accounts = User.objects.filter(email=(event.recipient or "").strip().lower())
        if event.event_type in RETURNED:
            changed += accounts.filter(mail_returned_at__isnull=True).update(mail_returned_at=at)
            for account in accounts:
                take_back(account, at=at)
        elif event.event_type == ARRIVED:
            # Reports come in any order: one of a message from before the return frees nobody.
            sent_at = event.timestamp or at
            changed += accounts.filter(mail_returned_at__lt=sent_at).update(mail_returned_at=None)
    return changed


def take_back(account: User, *, at: datetime) -> int:
    """Let the messages that this person cannot have had count as told to nobody; the next sweep tells others."""
    taken = 0
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with clinic_transaction(clinic_id=clinic_id):
            messages = Notification.objects.filter(
                recipient=account, channel=NotificationChannel.EMAIL, state=NotificationState.SENT
            ).exclude(alert__state=AlertState.CLOSED)
            taken += messages.filter(sent_at__gt=at - LATELY).update(state=NotificationState.RETURNED)
    return taken


@transaction.atomic
def works_again(*, by: User, at: datetime) -> None:
    """Note that a person's address works again, as the person says."""
    User.objects.filter(pk=by.pk).update(mail_returned_at=None)
    audit.record(AuditAction.MESSAGES_CHOSEN, by=by, about=by, at=at)
