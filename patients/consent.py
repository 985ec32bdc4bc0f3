"""Give and withdraw consent; what a consent permits."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from patients import audit, languages
from patients.models import Consent, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose

# Version of the texts in templates/patients/consent_texts.html; a new text is a new version. What is stored names the
# language too: one agrees to the words that one read.
TEXT_VERSION = "2026-11"


class ConsentMissing(Exception):
    """The patient has not agreed, or has withdrawn."""


@transaction.atomic
def decide(*, patient: Patient, purpose: ConsentPurpose, is_given: bool, by: User | None, at: datetime) -> Consent:
    """Record that a patient gives or withdraws consent to one purpose."""
    consent = Consent.objects.create(
        patient=patient,
        purpose=purpose,
        text_version=f"{TEXT_VERSION}-{languages.present()}",
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


def has_check_in_consent(patient: Patient) -> bool:
    """Say whether the patient agreed that the team uses the check-ins."""
    return has_consent(patient=patient, purpose=ConsentPurpose.CHECK_INS)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a patient decided last about one purpose."""

    code: str
    label: str
    is_given: bool
    decided_at: datetime | None


def purposes() -> list[ConsentPurpose]:
    """Return everything one can agree to."""
    return list(ConsentPurpose)


def decisions(patient: Patient) -> list[Decision]:
    """Return the newest decision on every purpose."""
    newest = {
        consent.purpose: consent for consent in Consent.objects.filter(patient=patient).order_by("decided_at", "id")
    }
    return [
        Decision(
            code=purpose.value,
            label=str(purpose.label),
            is_given=purpose in newest and newest[purpose].is_given,
            decided_at=newest[purpose].decided_at if purpose in newest else None,
        )
        for purpose in ConsentPurpose
    ]
