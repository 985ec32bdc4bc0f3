"""How an alert may end: with an action and a note; a safety answer only after contact, with what a clinician found.

Nowhere is there a level of risk: such a scale tells little about what a person will do. What was explored, what was
done, and who else knows tells a colleague how to go on. Source: docs/safety.md#closing.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models import Alert, AlertEvent
from monitoring.models.alerts import BRINGS_EVIDENCE, ActionCode, AlertEventKind
from patients.models import User
from patients.people import people

# What counts as a contact: a safety alert cannot be closed without one. A visit can be arranged with no one, and a
# message may never be heard. Source: docs/safety.md#closing.
CONTACTS = frozenset({ActionCode.TALKED, ActionCode.HANDED_OVER})


class PlanReviewed(models.TextChoices):
    """What became of the safety plan."""

    UNCHANGED = "unchanged", _("Looked at together, and left as it is")
    CHANGED = "changed", _("Looked at together, and changed")
    MADE = "made", _("Made together for the first time")
    NOT_WANTED = "not_wanted", _("Offered; the patient did not want one")
    NOT_POSSIBLE = "not_possible", _("Not possible now; the note says why")


class EvidenceNotShown(ValueError):
    """A safety answer came that was not on the page from which the alert is to be closed."""


class ContactMissing(ValueError):
    """A safety answer is closed only after someone has reached the person or handed over."""


class ClinicianMissing(ValueError):
    """A safety answer is closed by a clinician; others record what they did and keep it open."""


class AssessmentMissing(ValueError):
    """A safety answer is closed with what was explored, what became of the safety plan, and who else knows."""


@dataclass(frozen=True, kw_only=True)
class SafetyAssessment:
    """What a clinician found, in words. What was done is the note.

    Attributes:
        explored: what was talked about.
        plan: what became of the safety plan.
        others: who else knows, or that nobody does.
    """

    explored: str
    plan: PlanReviewed
    others: str

    def as_json(self) -> dict[str, str]:
        """Return it as it is kept with the event."""
        return asdict(self) | {"plan": str(self.plan)}

    @property
    def is_whole(self) -> bool:
        """Say whether everything was said."""
        return bool(self.explored.strip() and self.others.strip())


def check_safety(
    alert: Alert, *, action: ActionCode, by: User, shown: UUID | None, assessment: SafetyAssessment | None
) -> None:
    """Refuse to close a safety answer that was not shown, without a contact or a word, or by other than a clinician.

    A contact that a colleague recorded after the newest answer counts: the nurse rang, the clinician closes.

    Raises:
        EvidenceNotShown: the newest answer was not on the screen.
        ContactMissing: neither the action nor what was recorded since the newest answer is a contact.
        ClinicianMissing: the person is no clinician here.
        AssessmentMissing: something was not said.
    """
    newest = since_opened(alert)[-1]
    if shown != newest.pk:
        raise EvidenceNotShown
    if action not in CONTACTS and not has_contact(alert, since=newest.at):
        raise ContactMissing
    if not people.is_clinician(by):
        raise ClinicianMissing
    if assessment is None or not assessment.is_whole:
        raise AssessmentMissing


def has_contact(alert: Alert, *, since: datetime) -> bool:
    """Say whether a contact with the person was recorded since a moment."""
    return alert.events.filter(action__in=CONTACTS, at__gte=since).exists()


def since_opened(alert: Alert) -> list[AlertEvent]:
    """Return what brought evidence to an alert since it was last opened, the oldest first; it is never empty."""
    return since_opened_of([alert])[alert.pk]


def since_opened_of(shown: Collection[Alert]) -> dict[UUID, list[AlertEvent]]:
    """Return for each alert what brought evidence to it since it was last opened, in one query.

    A person who opens an alert again brings no new answer. The alert stays about the same answers.
    """
    events_of: dict[UUID, list[AlertEvent]] = {alert.pk: [] for alert in shown}
    events = AlertEvent.objects.filter(alert__in=list(events_of), kind__in=BRINGS_EVIDENCE).order_by("at", "id")
    for event in events if events_of else ():
        if event.kind != AlertEventKind.SEEN_AGAIN and event.by_id is None:
            events_of[event.alert_id].clear()
        events_of[event.alert_id].append(event)
    return events_of
