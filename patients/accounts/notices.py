"""Who is told that something about accounts has changed, and the one mail that says so.

The mail is the same for every occasion: it names the clinic as the outside may know it, and leads to the page where
the rest stands. It goes out after COMMIT, as invitations do, and one that gets lost hides nothing: the page keeps it.
"""

from django.db.models import QuerySet

from patients.access.permissions import staff_who_read_health_data
from patients.accounts import mails
from patients.care import teams
from patients.models import Clinic, ClinicRole, Episode, Patient, User
from patients.models.people import Role
from patients.tenancy import current_clinic_id


def tell_care_team(patient: Patient, *, but: User | None) -> list[User]:
    """Tell those who care for a patient about the account; return whom.

    Args:
        patient: whose account.
        but: who did it, and knows.
    """
    return _tell([person for person in care_people(patient) if person != but])


def tell_staff(*, but: User | None) -> list[User]:
    """Tell everyone who reads health data here that a colleague is proposed or has joined; return whom.

    Args:
        but: who did it, and knows.
    """
    return _tell([person for person in holders(staff_who_read_health_data()) if person != but])


def care_people(patient: Patient) -> list[User]:
    """Return the care team of a patient's newest episode; the coordinators where there is none."""
    episode = Episode.objects.filter(patient=patient).order_by("-started_on").first()
    return (teams.care_team(episode) if episode else []) or list(holders({Role.COORDINATOR}))


def holders(roles: frozenset[str] | set[Role]) -> QuerySet[User]:
    """Return everyone who holds one of these roles in the present clinic, and can sign in."""
    held = ClinicRole.objects.filter(role__in=roles, ended_at__isnull=True)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "email")


def _tell(people: list[User]) -> list[User]:
    """Send the mail."""
    if people:
        mails.send_account_notice(clinic=Clinic.objects.get(pk=current_clinic_id()), people=people)
    return people
