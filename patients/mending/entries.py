"""What was entered about an episode, and how a wrong entry is taken out: kept, struck through, counted nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients import audit
from patients.care import episodes
from patients.models import Episode, Expectation, Intervention, InterventionDose, LifeEvent, Session, User
from patients.models.audit import AuditAction
from patients.models.voids import Voidable
from patients.people.identities import isolated


class EntryKind(StrEnum):
    """What can be entered, as it stands in an address."""

    TREATMENT = "treatment"
    DOSE = "dose"
    SESSION = "session"
    EXPECTATION = "expectation"
    EVENT = "event"


KIND_NAMES: dict[EntryKind, Promise] = {
    EntryKind.TREATMENT: gettext_lazy("Treatment"),
    EntryKind.DOSE: gettext_lazy("Dose"),
    EntryKind.SESSION: gettext_lazy("Session"),
    EntryKind.EXPECTATION: gettext_lazy("Expectation"),
    EntryKind.EVENT: gettext_lazy("Event"),
}


class AlreadyVoided(Exception):
    """Someone took the entry out before; the first reason stays."""


@dataclass(frozen=True, kw_only=True)
class RecordEntry:
    """One entry as the page of entries shows it.

    Attributes:
        what: the entry in words.
        on: the day it is about.
        void: whether it was taken out; then by whom, when and why.
    """

    kind: EntryKind
    pk: UUID
    what: str
    on: date
    is_void: bool
    voided_at: datetime | None
    voided_by: str
    reason: str

    @property
    def kind_name(self) -> str | Promise:
        """Return what kind of entry it is."""
        return KIND_NAMES[self.kind]


def _rows(kind: EntryKind, episode: Episode) -> QuerySet[Any]:
    """Return all entries of a kind, those that were taken out too."""
    rows: dict[EntryKind, QuerySet[Any]] = {
        EntryKind.TREATMENT: Intervention.versions.filter(episode=episode),
        EntryKind.DOSE: InterventionDose.versions.filter(intervention__episode=episode),
        EntryKind.SESSION: Session.versions.filter(intervention__episode=episode),
        EntryKind.EXPECTATION: Expectation.versions.filter(intervention__episode=episode),
        EntryKind.EVENT: LifeEvent.versions.filter(episode=episode),
    }
    is_of_episode = kind in {EntryKind.TREATMENT, EntryKind.EVENT}
    return rows[kind] if is_of_episode else rows[kind].select_related("intervention")


def load(episode: Episode) -> Sequence[RecordEntry]:
    """Return everything that was entered about an episode, the newest day first."""
    entries = [
        _entry(kind, row)
        for kind in EntryKind
        for row in _rows(kind, episode).select_related("voided_by").order_by("pk")
    ]
    return sorted(entries, key=lambda entry: entry.on, reverse=True)


def find(episode: Episode, kind: EntryKind, pk: UUID) -> Voidable | None:
    """Return an entry of an episode; None where there is no such entry."""
    row: Voidable | None = _rows(kind, episode).filter(pk=pk).first()
    return row


def in_words(row: Voidable) -> str:
    """Return an entry as its page names it."""
    if isinstance(row, InterventionDose | Expectation | Session):
        words = row.in_words() if isinstance(row, Session) else _said(row)
        return _("%(treatment)s: %(entry)s") % {"treatment": isolated(row.intervention.name), "entry": words}
    return str(row)


def _said(row: InterventionDose | Expectation) -> str:
    if isinstance(row, InterventionDose):
        return row.label
    words = _("%(measure)s better by %(points)s points")
    return words % {"measure": row.get_measure_display(), "points": f"{float(row.points):g}"}


def _day(row: Voidable) -> date:
    """Return the day that an entry is about."""
    days = {Intervention: "started_on", InterventionDose: "from_on", Session: "on", Expectation: "by_on"}
    day: date = getattr(row, days.get(type(row), "happened_on"))
    return day


def _entry(kind: EntryKind, row: Voidable) -> RecordEntry:
    return RecordEntry(
        kind=kind,
        pk=row.pk,
        what=in_words(row),
        on=_day(row),
        is_void=row.voided_at is not None,
        voided_at=row.voided_at,
        voided_by=str(row.voided_by) if row.voided_by else "",
        reason=row.void_reason,
    )


@transaction.atomic
def void(*, episode: Episode, entry: Voidable, reason: str, by: User, at: datetime) -> None:
    """Take a wrong entry out: it is kept with the reason, and counts nowhere from now on.

    With a treatment go its doses, sessions and expectations. The episode is assessed again; nothing of the past pages
    anyone because of it.

    Raises:
        AlreadyVoided: someone did it before.
    """
    rows = type(entry).versions.filter(pk=entry.pk, voided_at__isnull=True)  # type: ignore[attr-defined]
    if not rows.update(voided_at=at, voided_by=by, void_reason=reason):
        raise AlreadyVoided
    episodes.mark_mended(episode, at)
    audit.record(AuditAction.ENTRY_VOIDED, by=by, about=entry, patient_id=episode.patient_id, at=at)
