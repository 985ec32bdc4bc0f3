"""The details of a person and of the care, corrected by the team."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from patients import audit
from patients.models import Episode, Patient, User
from patients.models.audit import AuditAction


class NumberTaken(ValueError):
    """Another patient of the clinic has this number."""


@dataclass(frozen=True, kw_only=True)
class PersonDetails:
    """What the clinic knows of a person, as the person's record holds it."""

    name: str
    birth_date: date | None
    external_id: str
    telephone: str
    contact: str


@dataclass(frozen=True, kw_only=True)
class CareDetails:
    """What the care is for."""

    problems: str
    goal: str


def change(*, episode: Episode, person: PersonDetails, care: CareDetails, by: User, at: datetime) -> bool:
    """Write the details of a person and of the care; return whether anything was different.

    Raises:
        NumberTaken: another patient has the number.
    """
    patient, of_person, of_care = episode.patient, asdict(person), asdict(care)
    changed = [name for name, value in of_person.items() if getattr(patient, name) != value]
    changed += [name for name, value in of_care.items() if getattr(episode, name) != value]
    if not changed:
        return False
    try:
        with transaction.atomic():
            Patient.objects.filter(pk=patient.pk).update(**of_person)
            Episode.objects.filter(pk=episode.pk).update(**of_care)
            audit.record(AuditAction.DETAILS_CHANGED, by=by, about=patient, at=at, counts={"fields": len(changed)})
    except IntegrityError as error:
        if "patients_patient_one_per_external_id" in str(error):
            raise NumberTaken(person.external_id) from error
        raise
    for row, values in ((patient, of_person), (episode, of_care)):
        for name, value in values.items():
            setattr(row, name, value)
    return True
