"""Who has not been heard from: overdue, and lost contact, with what is needed to ring up. Reads only.

Which is which is said by the newest assessment (docs/engine.md#silence), so that the list, the caseload and the alert
agree.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from monitoring.engine.records import FindingKind
from monitoring.models import CheckInSlot, Contact, Signal
from monitoring.plans import plans
from monitoring.worklists import contacts
from patients import audit
from patients.access.permissions import visible_episodes
from patients.models import CareTeamMembership, User
from patients.people import identities
from patients.rights import safety_plans

PAGE_SIZE = 50


class Silence(StrEnum):
    """How long nothing has come: longer than the rhythm lets expect, or so long that contact is lost."""

    OVERDUE = "overdue"
    LOST = "lost"


KINDS = {Silence.OVERDUE: FindingKind.MISSED_CHECK_INS, Silence.LOST: FindingKind.LOST_CONTACT}


@dataclass(frozen=True, kw_only=True)
class SilentPerson:
    """One person who has not been heard from.

    Attributes:
        since: the day of the last check-in, or of the last score; None where none ever came.
        days: for how long.
        missed: weeks missed in a row.
        last_contact: the newest try to reach the person; None where none is recorded.
        responsible: the clinician, by name; empty where nobody is.
    """

    episode_id: UUID
    name: str
    identity: str
    telephone: str
    dialled: str
    how_to_reach: str
    since: dt.date | None
    days: int
    missed: int
    last_contact: Contact | None
    responsible: str


@dataclass(frozen=True, kw_only=True)
class SilentPeople:
    """A page of one list."""

    which: Silence
    counts: dict[str, int]
    people: Sequence[SilentPerson]
    page: int
    pages: int


def counts(*, user: User, roles: frozenset[str], at: dt.datetime) -> dict[str, int]:
    """Return how many people of those one may see are on each list."""
    rows = _silent(user, roles, at).values("kind").annotate(people=Count("episode", distinct=True)).order_by()
    found = {row["kind"]: row["people"] for row in rows}
    return {which.value: found.get(kind, 0) for which, kind in KINDS.items()}


def load(*, user: User, roles: frozenset[str], which: Silence, page_number: int, at: dt.datetime) -> SilentPeople:
    """Return a page of one list, the longest silence first, and record that its names were read."""
    counted = counts(user=user, roles=roles, at=at)
    pages = max(-(-counted[which] // PAGE_SIZE), 1)
    page = min(max(page_number, 1), pages)
    signals = _silent(user, roles, at).filter(kind=KINDS[which]).select_related("episode__patient")
    rows = list(signals.order_by("onset_on", "episode")[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    ids = [row.episode_id for row in rows]
    reached, missed, responsible = contacts.last_of(ids), _missed(ids), _responsible(ids)
    people = [_person(row, reached.get(row.episode_id), missed, responsible, at) for row in rows]
    audit.record_list(by=user, patients=len(people), at=at)
    return SilentPeople(which=which, counts=counted, people=people, page=page, pages=pages)


def _silent(user: User, roles: frozenset[str], at: dt.datetime) -> QuerySet[Signal]:
    """Return the newest findings of silence about people in care whose check-ins run and who have not answered since."""
    # By the same rule as the finding, and stored: it spares looking for findings about all who answer.
    is_silent = Q(need__silent_at__isnull=True) | Q(need__silent_at__lte=at)
    seen = visible_episodes(user=user, roles=roles)
    seen = seen.filter(is_silent, ended_on__isnull=True, plan__paused_at__isnull=True)
    found = Signal.objects.filter(
        assessment=F("episode__need__assessment"), kind__in=KINDS.values(), episode__in=seen.order_by().values("pk")
    )
    return found.exclude(episode__need__answered_at__gt=F("assessment__as_of"))


def _missed(ids: Sequence[UUID]) -> dict[UUID, list[dt.date]]:
    days: dict[UUID, list[dt.date]] = defaultdict(list)
    rows = CheckInSlot.objects.filter(episode__in=ids, missed_at__isnull=False, answered_at__isnull=True)
    for episode_id, due_on in rows.values_list("episode", "due_on"):
        days[episode_id].append(due_on)
    return days


def _responsible(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = CareTeamMembership.objects.filter(episode__in=ids, is_responsible=True, left_at__isnull=True)
    return {row.episode_id: str(row.user) for row in rows.select_related("user")}


def _person(
    signal: Signal,
    reached: Contact | None,
    missed: dict[UUID, list[dt.date]],
    responsible: dict[UUID, str],
    at: dt.datetime,
) -> SilentPerson:
    patient, last_on = signal.episode.patient, signal.parts.get("last_on")
    since = dt.date.fromisoformat(last_on) if last_on else None
    today = plans.local_day(at, patient.time_zone)
    began = since or signal.onset_on or today
    return SilentPerson(
        episode_id=signal.episode_id,
        name=patient.name,
        identity=identities.words(patient.birth_date, patient.external_id),
        telephone=patient.telephone,
        dialled=safety_plans.dialled(patient.telephone),
        how_to_reach=patient.contact,
        since=since,
        days=(today - began).days,
        missed=sum(since is None or due_on > since for due_on in missed[signal.episode_id]),
        last_contact=reached,
        responsible=responsible.get(signal.episode_id, ""),
    )
