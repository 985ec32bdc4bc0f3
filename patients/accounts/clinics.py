"""Set up a clinic, and name its first people."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from patients.accounts import invitations, proposals
from patients.accounts.invitations import InvitationLink
from patients.models import Clinic, User
from patients.models.people import Role
from patients.tenancy import clinic_context


@dataclass(frozen=True)
class FirstPeople:
    """The invitations of a new clinic; whoever runs the installation is their second person."""

    clinic: Clinic
    admin: InvitationLink
    # Without one, the admin's invitations to staff wait for the console: no one in the clinic could confirm them.
    clinician: InvitationLink | None


@transaction.atomic
def set_up_clinic(
    *, name: str, public_name: str, time_zone: str, admin_email: str, clinician_email: str = "", at: datetime
) -> FirstPeople:
    """Create a clinic and invite its first admin, and its first clinician if one is named."""
    clinic = Clinic.objects.create(name=name, public_name=public_name, time_zone=time_zone, created_at=at)
    founder, _ = User.objects.get_or_create(email=admin_email.lower())
    with clinic_context(clinic_id=clinic.pk):
        admin = _name(admin_email, Role.ADMIN, founder, at)
        clinician = _name(clinician_email, Role.CLINICIAN, founder, at) if clinician_email else None
    return FirstPeople(clinic, admin, clinician)


def _name(email: str, role: Role, founder: User, at: datetime) -> InvitationLink:
    """Invite one of the first people, confirmed by whoever sets up the clinic."""
    account = User.objects.filter(email=email.strip().lower()).first()
    link = invitations.invite(email=email, name=account.name if account else "", role=role, by=founder, at=at)
    proposals.confirm_by_operator(invitation=link.invitation, at=at)
    return link
