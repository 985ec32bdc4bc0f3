"""Give and withdraw consent; what a consent permits."""

from datetime import datetime

from django.db import transaction

from patients import audit
from patients.models import Consent, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose

# Version of the texts in templates/patients/consent_texts.html; a new text is a new version.
TEXT_VERSION = "2026-11"


class ConsentMissing(Exception):
    """The patient has not agreed, or has withdrawn."""


@transaction.atomic
def decide(*, patient: Patient, purpose: ConsentPurpose, is_given: bool, by: User | None, at: datetime) -> Consent:
    """Record that a patient gives or withdraws consent to one purpose."""
    consent = Consent.objects.create(
        patient=patient,
        purpose=purpose,
        text_version=TEXT_VERSION,
        is_given=is_given,
        decided_at=at,
        decided_by=by,
    )
    audit.record(AuditAction.CONSENT_DECIDED, by=by, about=consent, at=at)
    return consent


def has_consent(*, patient: Patient, purpose: ConsentPurpose) -> bool:
    """Say whether the newest decision on the purpose is a yes."""
    newest = Consent.objects.filter(patient=patient, purpose=purpose).order_by("-decided_at", "-id").first()
    return newest is not None and newest.is_given


def check_consent(*, patient: Patient, purpose: ConsentPurpose) -> None:
    """Refuse what the patient did not agree to.

    Raises:
        ConsentMissing: never given, or withdrawn.
    """
    if not has_consent(patient=patient, purpose=purpose):
        raise ConsentMissing(purpose)
