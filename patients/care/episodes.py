"""Open and end an episode of care."""

from datetime import date, datetime

from django.db import transaction

from patients import audit, zones
from patients.models import (
    Episode,
    Patient,
    User,
)
from patients.models.audit import AuditAction


class CareConflict(ValueError):
    """The step contradicts what is already recorded."""


@transaction.atomic
def open_episode(
    *, patient: Patient, started_on: date, problems: str = "", goal: str = "", by: User | None, at: datetime
) -> Episode:
    """Open an episode of care.

    Raises:
        CareConflict: the patient already has an open one.
    """
    if Episode.objects.filter(patient=patient, ended_on__isnull=True).exists():
        raise CareConflict("this patient already has an open episode")
    episode = Episode.objects.create(
        patient=patient, started_on=started_on, problems=problems, goal=goal, changed_at=at
    )
    audit.record(AuditAction.EPISODE_OPENED, by=by, about=episode, at=at)
    return episode


@transaction.atomic
def end_episode(*, episode: Episode, ended_on: date, by: User, at: datetime) -> Episode:
    """End an episode; its care team keeps access to what was recorded."""
    episode.ended_on = ended_on
    episode.changed_at = at
    episode.save(update_fields=["ended_on", "changed_at"])
    audit.record(AuditAction.EPISODE_ENDED, by=by, about=episode, at=at)
    return episode


def today(episode: Episode, *, at: datetime) -> date:
    """Return the calendar day where the patient lives."""
    return zones.local_day(at, episode.patient.time_zone)


def mark_mended(episode: Episode, at: datetime) -> None:
    """Stamp the episode as `mark_changed` does, and say that nothing of the past may page anyone because of it."""
    mark_changed(episode, at)
    Episode.objects.filter(pk=episode.pk).update(mended_at=at)
    episode.mended_at = at


def mark_changed(episode: Episode, at: datetime) -> None:
    """Stamp the episode, so that the next sweep assesses it again."""
    Episode.objects.filter(pk=episode.pk).update(changed_at=at)
    episode.changed_at = at
