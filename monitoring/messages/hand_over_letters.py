"""Messages about hand-overs: owed in the transaction that makes them due, sent later, at least once.

A message says that something waits. It never says what, about whom, or why.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from monitoring.messages import mailing
from monitoring.models import HandOver, HandOverLetter
from patients.models import Clinic, User
from patients.tenancy import clinic_transaction

# As for messages about alerts: monitoring.messages.notifications.
CLAIM = timedelta(minutes=2)
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)


def queue(hand_over: HandOver, *, to: Iterable[User], at: datetime) -> int:
    """Owe a message about a hand-over as it is now; return to how many people."""
    people = {person.pk: person for person in to if person.is_active}
    letters = [
        HandOverLetter(
            clinic_id=hand_over.clinic_id,
            hand_over=hand_over,
            occasion=hand_over.version,
            recipient=person,
            queued_at=at,
            due_at=at,
        )
        for person in people.values()
    ]
    HandOverLetter.objects.bulk_create(letters, ignore_conflicts=True)
    return len(letters)


def due(*, at: datetime, limit: int = 100) -> list[UUID]:
    """Return the messages of the present clinic that wait to be sent, oldest first."""
    waiting = HandOverLetter.objects.filter(sent_at__isnull=True, due_at__lte=at)
    return list(waiting.order_by("due_at").values_list("pk", flat=True)[:limit])


def deliver(*, clinic_id: UUID, letter_id: UUID, at: datetime) -> bool:
    """Send one message, unless somebody else has claimed it; return whether it went out."""
    with clinic_transaction(clinic_id=clinic_id):
        waiting = HandOverLetter.objects.filter(pk=letter_id, sent_at__isnull=True, due_at__lte=at)
        if waiting.update(due_at=at + CLAIM, tries=F("tries") + 1) != 1:
            return False
        letter = HandOverLetter.objects.select_related("recipient", "clinic").get(pk=letter_id)
    with translation.override(letter.recipient.language or settings.LANGUAGE_CODE):
        subject, body = wording(clinic=letter.clinic)
    is_sent = mailing.hand_over(subject=subject, body=body, address=letter.recipient.email)
    with clinic_transaction(clinic_id=clinic_id):
        rows = HandOverLetter.objects.filter(pk=letter_id)
        if is_sent:
            rows.update(sent_at=at)
        else:
            rows.update(due_at=at + min(FIRST_RETRY * 2 ** min(letter.tries, 10), LONGEST_RETRY))
    return is_sent


def wording(*, clinic: Clinic) -> tuple[str, str]:
    """Return subject and text; both are the same for every person and every answer."""
    subject = _("There is news about a hand-over")
    body = _(
        "In %(name)s there is news about a hand-over. Please sign in and open Hand-overs from the caseload.\n\nThis "
        "message contains no details on purpose. It is not watched round the clock."
    ) % {"name": clinic.public_name}
    return subject, body
