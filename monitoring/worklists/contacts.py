"""Record that the team tried to reach somebody, and what came of it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from monitoring.alerts import alerts
from monitoring.models import Contact
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.models.care import ContactOutcome
from patients import audit
from patients.models import Episode, User
from patients.models.audit import AuditAction

# What an alert about silence says of it.
ACTIONS = {
    ContactOutcome.SPOKEN: ActionCode.TALKED,
    ContactOutcome.NO_ANSWER: ActionCode.NO_ANSWER,
    ContactOutcome.MESSAGE_LEFT: ActionCode.MESSAGE_LEFT,
}


@transaction.atomic
def record(*, episode: Episode, outcome: ContactOutcome, note: str = "", by: User, at: datetime) -> Contact:
    """Record a try to reach somebody; an open alert about the silence gets it too, and stays open."""
    contact = Contact.objects.create(episode=episode, outcome=outcome, note=note, made_at=at, made_by=by)
    alert = alerts.latest(episode, AlertKind.MISSED_CHECK_INS, is_locked=True)
    if alert is not None and alert.is_open:
        alerts.start_work(alert=alert, by=by, version=alert.version, note=note, action=ACTIONS[outcome], at=at)
    audit.record(AuditAction.CONTACT_RECORDED, by=by, about=contact, at=at)
    return contact


def last_of(episode_ids: Collection[UUID]) -> dict[UUID, Contact]:
    """Return the newest try to reach each person, in one query for all."""
    rows = Contact.objects.filter(episode__in=episode_ids).select_related("made_by")
    return {row.episode_id: row for row in rows.order_by("episode", "-made_at").distinct("episode")}


def of_episode(episode: Episode) -> QuerySet[Contact]:
    """Return every try to reach a person, the newest first."""
    return Contact.objects.filter(episode=episode).select_related("made_by").order_by("-made_at")
