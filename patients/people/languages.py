"""In which language a person is spoken to, and whose choice that is. The words themselves are elsewhere.

An account has one language, for its pages and its mails, whatever the person is in which clinic. What a clinic knows
of a patient is kept in step with it, and counts where there is no account yet (docs/decisions/0120).
"""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation

from patients import audit
from patients.models import Patient, User
from patients.models.audit import AuditAction

# Languages whose nouns are written with a capital wherever they stand.
CAPITAL_NOUNS = frozenset({"de"})


def name_of(code: str) -> str:
    """Return what a language calls itself; an unknown code names itself."""
    return dict(settings.LANGUAGES).get(code, code)


def is_offered(code: str) -> bool:
    """Say whether pages can be shown in a language."""
    return code in dict(settings.LANGUAGES)


def present() -> str:
    """Return the language of the page that is being made."""
    return translation.get_language() or settings.LANGUAGE_CODE


def inside_sentence(words: str) -> str:
    """Return a title as it stands inside a sentence: English begins it small, German keeps the capital of its noun.

    An abbreviation stays one.
    """
    if words[:2].isupper() or present().partition("-")[0] in CAPITAL_NOUNS:
        return words
    return words[:1].lower() + words[1:]


def of_patient(patient: Patient) -> str:
    """Return the language in which a patient is written to: what the person chose, else what the clinic noted."""
    chosen = patient.user.language if patient.user is not None else ""
    return chosen or patient.language


def of_address(email: str) -> str:
    """Return the language that the account of an address has chosen; that of the present page where there is none."""
    account = User.objects.filter(email=email.strip().lower()).only("language").first()
    return (account.language if account else "") or present()


def speak(request: HttpRequest, language: str) -> None:
    """Show the rest of this request in a language, and let the browser remember it.

    It ends with the request: LanguageMiddleware stands around it. A language that is not offered changes nothing.
    """
    if is_offered(language):
        translation.activate(language)
        cast("Any", request).chosen_language = language


@transaction.atomic
def choose(*, language: str, by: User, at: datetime) -> None:
    """Record in which language a person wants pages and mails. Needs a clinic, for the trace."""
    by.language = language
    by.save(update_fields=["language"])
    Patient.objects.filter(user=by).update(language=language)
    audit.record(AuditAction.LANGUAGE_CHOSEN, by=by, about=None, at=at)
