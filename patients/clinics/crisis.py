"""The numbers to call that a clinic makes public, found by an address that names neither a person nor a condition.

Whoever has such an address learns the clinic's numbers and hours, which every start card says, and nothing more.
"""

from uuid import UUID

from patients.models import Clinic

# Numbers that bring an ambulance wherever they are in use: Europe, the United Kingdom, North America, Australia. A
# number for talking helps nobody who cannot breathe.
EMERGENCY = frozenset({"112", "999", "911", "000"})


def code_of(clinic: Clinic) -> str:
    """Return what the address of a clinic's numbers names it by: random, and in every link of its mails already."""
    return clinic.pk.hex


def emergency_numbers(clinic: Clinic) -> list[dict[str, str]]:
    """Return the numbers of a clinic that bring an ambulance; none where it has named none."""
    return [contact for contact in clinic.crisis_contacts if contact["number"].replace(" ", "") in EMERGENCY]


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
