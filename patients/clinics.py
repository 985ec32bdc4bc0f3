"""Set up a clinic, and name its first people."""

from datetime import datetime

from django.db import transaction

from patients import invitations
from patients.invitations import InvitationLink
from patients.models import Clinic, User
from patients.models.people import Role
from patients.tenancy import clinic_context


@transaction.atomic
def set_up_clinic(*, name: str, public_name: str, time_zone: str, admin_email: str, at: datetime) -> InvitationLink:
    """Create a clinic and invite its first admin."""
    clinic = Clinic.objects.create(name=name, public_name=public_name, time_zone=time_zone, created_at=at)
    founder, _ = User.objects.get_or_create(email=admin_email.lower())
    with clinic_context(clinic_id=clinic.pk):
        return invitations.invite(email=admin_email, name=founder.name, role=Role.ADMIN, by=founder, at=at)
