"""What happened in a life, pinned to a day of the episode."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from patients import audit
from patients.care.episodes import mark_changed
from patients.models import (
    Episode,
    LifeEvent,
    User,
)
from patients.models.audit import AuditAction


@transaction.atomic
def add_life_event(*, episode: Episode, title: str, happened_on: date, by: User | None, at: datetime) -> LifeEvent:
    """Pin something that happened to a day."""
    event = LifeEvent.objects.create(
        episode=episode, title=title, happened_on=happened_on, recorded_by=by, recorded_at=at
    )
    mark_changed(episode, at)
    audit.record(AuditAction.LIFE_EVENT_ADDED, by=by, about=event, at=at)
    return event


@transaction.atomic
def remove_life_event(*, event: LifeEvent, by: User, at: datetime) -> None:
    """Take back something that was pinned to a day; that it was there, and who took it back, stays in the audit."""
    audit.record(AuditAction.LIFE_EVENT_REMOVED, by=by, about=event, at=at)
    mark_changed(event.episode, at)
    event.delete()


def life_events_of(episode: Episode, *, recorded_by: User) -> QuerySet[LifeEvent]:
    """Return what one person pinned to the days of an episode: what that person may take back."""
    return LifeEvent.objects.filter(episode=episode, recorded_by=recorded_by).select_related("episode")
