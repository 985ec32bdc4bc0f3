"""Everything that one check-in says, as one value with a fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from monitoring.engine.records import Domain
from monitoring.models.check_ins import ContactWish
from monitoring.plans import medicines
from monitoring.plans.medicines import MedicineAnswers


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One thing that happened, to be pinned to a day of the chart."""

    title: str
    happened_on: date


@dataclass(frozen=True, kw_only=True)
class CheckInAnswers:
    """Everything a patient said in one check-in. None means skipped; it is never zero.

    The language of the page is no part of what was said: the same answers in two languages are the same check-in.
    """

    ratings: Mapping[Domain, int | None]
    own_item: UUID | None = None
    own_rating: int | None = None
    medicines: MedicineAnswers = field(default_factory=MedicineAnswers)
    items: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    pin: Pin | None = None
    note: str = ""
    note_is_shared: bool = True
    contact_wish: ContactWish = ContactWish.JUST_RECORD
    is_short: bool = False
    language: str = ""

    @property
    def says_nothing(self) -> bool:
        """Say whether nothing was chosen, written or wished. A list of symptoms without a tick says something."""
        numbers = [
            *self.ratings.values(),
            self.own_rating,
            *(number for part in self.items.values() for number in part.values()),
        ]
        is_wish = self.contact_wish != ContactWish.JUST_RECORD
        about_medicines = self.medicines.intakes or self.medicines.symptoms or self.medicines.other
        words = self.note.strip() or self.pin or is_wish or about_medicines
        return not words and all(number is None for number in numbers)

    def digest(self) -> str:
        """Return a fingerprint: the same answers always give the same one."""
        content = [
            {domain.value: self.ratings.get(domain) for domain in Domain},
            {code: dict(items) for code, items in self.items.items()},
            [self.note, self.note_is_shared, self.contact_wish, self.is_short],
            [self.own_item, self.own_rating, medicines.as_fields(self.medicines), self.medicines.symptoms],
            [self.pin.title, self.pin.happened_on] if self.pin else [],
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
