"""Whose number each of a file is, among the people of the present clinic; and of which it cannot be said.

Values must never reach the wrong person, and nobody must be here twice: what a reader could mix up is named, not decided.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from patients.models import Patient
from patients.people import spellings

# As long as a patient's name may be.
LONGEST_NAME = 150


class Known(NamedTuple):
    """A patient of the clinic, by what tells people apart."""

    pk: UUID
    name: str
    birth_date: date | None
    number: str

    @property
    def words(self) -> str:
        """Return the patient as a refusal names somebody: date of birth and number as far as they are known."""
        born = f"born {self.birth_date}" if self.birth_date else "without a date of birth"
        return f"{self.name!r} ({born}, {f'number {self.number!r}' if self.number else 'without a number'})"


@dataclass(frozen=True, kw_only=True)
class Identities:
    """The people behind the numbers of a file.

    Attributes:
        by_number: number in the file -> who has it here.
        unclear: number in the file -> why it cannot be said whose it is.
        namesakes: words of a name -> a patient who is called so.
    """

    by_number: dict[str, Known]
    unclear: dict[str, str]
    namesakes: dict[tuple[str, ...], Known]

    def problem_of(self, number: str, name: str) -> str:
        """Say why someone cannot be taken in under a number and a name, empty where all is well."""
        if number in self.unclear:
            return self.unclear[number]
        if len(name) > LONGEST_NAME:
            return f"{name!r:.40} is longer than {LONGEST_NAME} characters; declare a short name for people"
        known = self.by_number.get(number)
        if known is not None:
            is_same = " ".join(known.name.split()) == name
            return "" if is_same else f"{number} is the number of another patient here"
        namesake = self.namesakes.get(spellings.words_of(name))
        return f"{name!r} is here already: {namesake.words}; declare another name for people" if namesake else ""


def load(numbers: Sequence[str]) -> Identities:
    """Return who is behind the numbers of a file, in one query."""
    known = [Known(*row) for row in Patient.objects.values_list("pk", "name", "birth_date", "external_id")]
    by_number, unclear = _by_number(numbers, known)
    namesakes = {spellings.words_of(one.name): one for one in known}
    return Identities(by_number=by_number, unclear=unclear, namesakes=namesakes)


def _by_number(keys: Sequence[str], known: Sequence[Known]) -> tuple[dict[str, Known], dict[str, str]]:
    """Return whose number each of a file is, and of which it cannot be said.

    A number that is spelled alike but for white space and the like is the same person's. One that a reader could take
    for it ("007" and "7") is not decided here: values must never reach the wrong person.
    """
    alike: dict[str, list[Known]] = defaultdict(list)
    for one in known:
        if one.number:
            alike[spellings.comparable(one.number)].append(one)
    found: dict[str, Known] = {}
    unclear: dict[str, str] = {}
    for key in keys:
        near = alike[spellings.comparable(key)]
        same = [one for one in near if spellings.number_in_one_spelling(one.number) == key]
        if len(same) == 1:
            found[key] = same[0]
        elif near:
            unclear[key] = f"subject {key!r} could be {' or '.join(one.words for one in near)} of this clinic"
    return found, unclear
