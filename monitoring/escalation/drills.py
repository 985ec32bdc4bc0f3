"""A test alert: everybody whom an urgent alert would reach gets a message that says it is a test, step by step.

There is no patient and no alert behind it. Whether a mail server took a message is known at once; whether it was read is
asked of the people themselves.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from monitoring.escalation import policies
from monitoring.messages import mailing
from monitoring.models.alerts import StepKind
from patients import audit
from patients.models import Clinic, User
from patients.models.audit import AuditAction, AuditEvent
from patients.people import people
from patients.tenancy import current_clinic_id

# A mail server that hangs takes ten seconds for each message. Whoever waits for the page sees who was not tried.
MOST_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class DrillLine:
    """What came of one person's message.

    Attributes:
        step: at which step of the clock the person would be told.
        person: who.
        is_taken: whether the mail server took it; None where there was no time to try.
    """

    step: str
    person: User
    is_taken: bool | None


def hold(*, clinic: Clinic, by: User, at: datetime) -> list[DrillLine]:
    """Send everybody of the chain a message that says it is a test, once each, and record that it was held."""
    until = time.monotonic() + MOST_SECONDS
    lines = []
    for step, person in _chain():
        is_taken = _send(clinic, person) if time.monotonic() < until else None
        lines.append(DrillLine(step=str(step.label), person=person, is_taken=is_taken))
    counts = {"taken": sum(line.is_taken is True for line in lines), "people": len(lines)}
    audit.record(AuditAction.DRILL_HELD, by=by, about=clinic, at=at, counts=counts)
    return lines


def last_held_at() -> datetime | None:
    """Return when the present clinic last held a test; None where it never did."""
    held = AuditEvent.objects.filter(clinic_id=current_clinic_id(), action=AuditAction.DRILL_HELD)
    return held.order_by("-at").values_list("at", flat=True).first()


def _chain() -> Iterator[tuple[StepKind, User]]:
    """Return everybody once, at the first step that tells them."""
    policy, told = policies.present(), set()
    named = [(StepKind.SECOND, policy.second), (StepKind.LEAD, policy.lead)] if policy else []
    everyone = [(StepKind.EVERYONE, person) for person in people.answering()]
    on_call = [(StepKind.SECOND, policy.on_call)] if policy else []
    for step, person in [*named, *on_call, *everyone]:
        if person is not None and person.pk not in told:
            told.add(person.pk)
            yield step, person


def _send(clinic: Clinic, person: User) -> bool:
    """Send one message in the words of its reader."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject = _("Test: this is how an alert reaches you")
        body = _(
            "%(name)s is testing its alerts. Nothing needs attention. Please tell your admin that this message reached "
            "you.\n\nA real message says that something needs attention, and contains no details either."
        ) % {"name": clinic.public_name}
    return mailing.hand_over(subject=subject, body=body, address=person.email)
