"""Facts that surround a treatment: stress, support, hormones, other conditions, earlier treatments. Dated, kept."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from patients import audit
from patients.models import ContextNote, Episode, User
from patients.models.audit import AuditAction
from patients.models.context import ContextKind


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What is known about one kind of fact: the present one, and those before."""

    kind: ContextKind
    notes: tuple[ContextNote, ...]

    @property
    def present(self) -> ContextNote | None:
        """Return the fact of the newest day."""
        return self.notes[0] if self.notes else None

    @property
    def earlier(self) -> tuple[ContextNote, ...]:
        """Return the facts before it, the newest first."""
        return self.notes[1:]


@transaction.atomic
def note(*, episode: Episode, kind: ContextKind, text: str, from_on: date, by: User, at: datetime) -> ContextNote:
    """Add a fact from a day on; the day may lie in the past, before the start of care too."""
    added = ContextNote.objects.create(
        episode=episode, kind=kind, text=text, from_on=from_on, recorded_by=by, recorded_at=at
    )
    audit.record(AuditAction.CONTEXT_NOTED, by=by, about=added, at=at)
    return added


def topics(episode: Episode) -> list[Topic]:
    """Return every kind of fact with what is known about it, the newest day first."""
    rows = (
        ContextNote.objects.filter(episode=episode).select_related("recorded_by").order_by("-from_on", "-recorded_at")
    )
    notes = list(rows)
    return [Topic(kind=kind, notes=tuple(row for row in notes if row.kind == kind)) for kind in ContextKind]
