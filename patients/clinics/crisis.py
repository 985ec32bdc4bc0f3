"""The numbers to call that a clinic makes public, found by an address that names neither a person nor a condition.

Whoever has such an address learns the clinic's numbers and hours, which every start card says, and nothing more.
"""

from uuid import UUID

from patients.models import Clinic


def code_of(clinic: Clinic) -> str:
    """Return what the address of a clinic's numbers names it by: random, and in every link of its mails already."""
    return clinic.pk.hex


def only_clinic() -> Clinic | None:
    """Return the clinic of an installation that has one; None where a stranger may be of any of several."""
    clinics = list(Clinic.objects.all()[:2])
    return clinics[0] if len(clinics) == 1 else None


def find_clinic(code: str) -> Clinic | None:
    """Return the clinic of a code; None for a code that is no one's."""
    try:
        return Clinic.objects.filter(pk=UUID(hex=code)).first()
    except ValueError:
        return None
