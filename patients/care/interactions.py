"""The clinic's own list of things that do not go together, and which pairs of it are active in an episode.

The product ships no list: it warns in the clinic's words, with the clinic's source, or not at all.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from patients import audit
from patients.models import InteractionPair, User
from patients.models.audit import AuditAction
from patients.queries import compiled


class PairKnown(ValueError):
    """The pair is on the list already."""


class SameThing(ValueError):
    """A thing does not interact with itself."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two names, what to know about them, and where that is from."""

    first: str
    second: str
    note: str
    source: str

    @property
    def names(self) -> tuple[str, str]:
        """Return both names in the order in which they are kept, so that a pair is the same both ways round."""
        first, second = sorted((self.first.strip(), self.second.strip()), key=str.casefold)
        return first, second


@transaction.atomic
def add(*, pairs: Sequence[Pair], by: User, at: datetime) -> int:
    """Put pairs on the clinic's list, all or none; return how many.

    Raises:
        PairKnown: one of them is there, or comes twice.
        SameThing: both names of one are the same.
    """
    keys = {_key(row.first, row.second) for row in listed()}
    for pair in pairs:
        key = _key(*pair.names)
        if key[0] == key[1]:
            raise SameThing(pair.first)
        if key in keys:
            raise PairKnown(f"{pair.first}, {pair.second}")
        keys.add(key)
        first, second = pair.names
        InteractionPair.objects.create(
            first=first, second=second, note=pair.note, source=pair.source, added_by=by, added_at=at
        )
    audit.record(AuditAction.INTERACTIONS_CHANGED, by=by, about=None, at=at, counts={"added": len(pairs)})
    return len(pairs)


@transaction.atomic
def remove(*, pair: InteractionPair, by: User, at: datetime) -> None:
    """Take a pair off the list; who did it stays recorded."""
    pair.removed_by, pair.removed_at = by, at
    pair.save(update_fields=["removed_by", "removed_at"])
    audit.record(AuditAction.INTERACTIONS_CHANGED, by=by, about=pair, at=at, counts={"removed": 1})


def listed() -> QuerySet[InteractionPair]:
    """Return the pairs on the present clinic's list, in the order of their names."""
    return InteractionPair.objects.filter(removed_at__isnull=True).order_by("first", "second")


_listed = compiled(listed)


def warnings(names: Collection[str]) -> list[InteractionPair]:
    """Return the pairs of the clinic's list of which both are among these names.

    A listed name counts wherever it stands as whole words: "sertraline" in "Sertraline retard".
    """
    if len(names) < 2:
        return []
    return [pair for pair in _listed() if _are_active(pair, names)]


def _are_active(pair: InteractionPair, names: Collection[str]) -> bool:
    """Say whether two different names hold one of the pair each."""
    first = {name for name in names if _holds(name, pair.first)}
    second = {name for name in names if _holds(name, pair.second)}
    return bool(first and second) and len(first | second) > 1


def _holds(name: str, label: str) -> bool:
    """Say whether a name contains a listed one as whole words."""
    return re.search(rf"(?<!\w){re.escape(label.casefold())}(?!\w)", name.casefold()) is not None


def _key(first: str, second: str) -> tuple[str, str]:
    """Return the key of a pair: both names without case, in one order."""
    first_key, second_key = sorted((first.strip().casefold(), second.strip().casefold()))
    return first_key, second_key
