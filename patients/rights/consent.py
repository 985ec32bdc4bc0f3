"""Give and withdraw consent; what a consent permits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from patients import audit
from patients.models import Consent, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.people import languages
from patients.queries import compiled

# Version of the texts in templates/patients/rights/consent_texts.html; a new text is a new version. What is stored names
# the language too: one agrees to the words that one read.
TEXT_VERSION = "2026-11"
# Version -> the text, kept for as long as someone's newest decision names it: one must be able to read it again.
TEXTS = {TEXT_VERSION: "patients/rights/consent_texts.html"}


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


def agree_by_phone(*, patient: Patient, by: User, at: datetime) -> Consent:
    """Record that a patient agreed to check-ins to whom somebody of the team has read the text out.

    The trace names who did.
    """
    return decide(patient=patient, purpose=ConsentPurpose.CHECK_INS, is_given=True, by=by, at=at)


def has_consent(*, patient: Patient, purpose: ConsentPurpose) -> bool:
    """Say whether the newest decision on the purpose is a yes."""
    newest = next(iter(_newest(patient.pk, purpose=purpose)), None)
    return newest is not None and newest.is_given


@compiled
def _newest(patient_id: UUID, *, purpose: ConsentPurpose) -> QuerySet[Consent]:
    return Consent.objects.filter(patient_id=patient_id, purpose=purpose).order_by("-decided_at", "-id")[:1]


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
    # Of the text that was agreed to; empty where nothing is agreed.
    version: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        """Return the template of the text that was agreed to; empty where it has none of its own."""
        return TEXTS.get(self.version, "") if self.code == ConsentPurpose.CHECK_INS else ""

    @property
    def offered_text(self) -> str:
        """Return the template of the text that is to be agreed to; empty where it has none, or is agreed to."""
        is_offered = self.code == ConsentPurpose.CHECK_INS and not self.is_given
        return TEXTS[TEXT_VERSION] if is_offered else ""


def purposes() -> list[ConsentPurpose]:
    """Return everything one can agree to."""
    return list(ConsentPurpose)


def decisions(patient: Patient) -> list[Decision]:
    """Return the newest decision on every purpose."""
    newest = {
        consent.purpose: consent for consent in Consent.objects.filter(patient=patient).order_by("decided_at", "id")
    }
    return [_decision(purpose, newest.get(purpose)) for purpose in ConsentPurpose]


def _decision(purpose: ConsentPurpose, newest: Consent | None) -> Decision:
    """Return the newest decision on a purpose as it is shown."""
    code, label = purpose.value, str(purpose.label)
    if newest is None:
        return Decision(code=code, label=label, is_given=False, decided_at=None)
    if not newest.is_given:
        return Decision(code=code, label=label, is_given=False, decided_at=newest.decided_at)
    version, language = _read(newest.text_version)
    return Decision(
        code=code, label=label, is_given=True, decided_at=newest.decided_at, version=version, language=language
    )


def _read(text_version: str) -> tuple[str, str]:
    """Return the version and the language that a stored decision names; those before 2026-11-en name no language."""
    for version in TEXTS:
        if text_version == version or text_version.startswith(f"{version}-"):
            language = text_version.removeprefix(version).removeprefix("-")
            return version, language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return text_version, settings.LANGUAGE_CODE
