"""Before someone is added or invited: who is here already and may be the same person, or be taken for them.

A reader of the warning decides; nobody is merged. Whom the reader may not see is named with what was typed in anyway
and the clinic number, never with anything of the record.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from patients import audit
from patients.models import Episode, Patient, User
from patients.people import identities, spellings

KEY_LENGTH = 20


@dataclass(frozen=True, kw_only=True)
class Namesake:
    """A patient of the same name, as the warning shows somebody.

    Attributes:
        identity: date of birth and number as far as they are known.
        episode_id: where the reader may look; None where the record is not the reader's to see.
    """

    name: str
    identity: str
    since: date
    episode_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class Warned:
    """The warning of one form: the record that is about to be added or invited, and those it may be taken for.

    Attributes:
        key: what the form sends back to say that all of these are other people.
    """

    name: str
    identity: str
    namesakes: tuple[Namesake, ...]
    key: str


def warning(
    *,
    name: str,
    birth_date: date | None,
    number: str = "",
    but: Patient | None = None,
    seen: QuerySet[Episode],
    by: User,
    at: datetime,
) -> Warned | None:
    """Return what must be shown before someone is added or invited, and record who was shown; None where nobody is alike.

    Alike is who has the same name in any order and spelling, and no other date of birth: one that is not noted may be
    the same.

    Args:
        name: of the person.
        birth_date: of the person.
        number: the clinic number of the person.
        but: the person's own record, where there is one.
        seen: the episodes that the reader may see.
        by: the reader.
        at: now.
    """
    alike = [row for row in Patient.objects.order_by("name", "pk") if row != but and _may_be(row, name, birth_date)]
    if not alike:
        return None
    open_to = dict(seen.filter(patient__in=alike).order_by("started_on").values_list("patient_id", "pk"))
    audit.record_list(by=by, patients=len(alike), at=at)
    audit.record_found([row.pk for row in alike], by=by, at=at)
    return Warned(
        name=name,
        identity=identities.words(birth_date, number),
        namesakes=tuple(
            Namesake(
                name=row.name,
                identity=identities.words(row.birth_date, row.external_id),
                since=row.created_at.date(),
                episode_id=open_to.get(row.pk),
            )
            for row in alike
        ),
        key=_key_of(name, birth_date, alike),
    )


def holder_of(number: str) -> Patient | None:
    """Return the patient whose clinic number is this one or could be taken for it."""
    numbered = Patient.objects.exclude(external_id="")
    return next(
        (row for row in numbered if spellings.comparable(row.external_id) == spellings.comparable(number)), None
    )


def _may_be(row: Patient, name: str, birth_date: date | None) -> bool:
    is_born_alike = birth_date is None or row.birth_date is None or row.birth_date == birth_date
    return is_born_alike and spellings.is_same_name(row.name, name)


def _key_of(name: str, birth_date: date | None, alike: list[Patient]) -> str:
    """Return the answer that fits this warning alone: another name, or another namesake since, asks anew."""
    shown = "|".join([*spellings.words_of(name), str(birth_date), *sorted(str(row.pk) for row in alike)])
    return salted_hmac("tidemark.namesakes", shown, algorithm="sha256").hexdigest()[:KEY_LENGTH]
