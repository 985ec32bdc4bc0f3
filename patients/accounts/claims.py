"""Take a record back from an account that turned out not to be the patient's. How one claims is in patients.accounts.invitations."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from patients import audit
from patients.models import ClinicRole, Patient, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.rights import consent


class NothingClaimed(ValueError):
    """The patient has no account."""


@transaction.atomic
def undo(*, patient: Patient, by: User, at: datetime) -> None:
    """Part a record from its account: the account sees nothing of it from the next request on.

    What the account agreed to was not the patient's word and ends too, so that no message goes out. What it wrote
    stays, with its name, for the team to judge. The patient can be invited anew.

    Raises:
        NothingClaimed: there is no account.
    """
    account = patient.user
    if account is None or not Patient.objects.filter(pk=patient.pk, user=account).update(user=None):
        raise NothingClaimed
    held = ClinicRole.objects.filter(user=account, role=Role.PATIENT, ended_at__isnull=True)
    held.update(ended_at=at)
    # Ends every session, those that came by the link of a message included.
    User.objects.filter(pk=account.pk).update(session_generation=F("session_generation") + 1)
    for purpose in consent.purposes():
        if consent.has_consent(patient=patient, purpose=purpose):
            consent.decide(patient=patient, purpose=purpose, is_given=False, by=by, at=at)
    audit.record(AuditAction.CLAIM_UNDONE, by=by, about=patient, at=at)
    patient.user = None
