"""How django-allauth behaves here: no one signs up unasked, and second-factor secrets are encrypted.

This is a private door (docs/private-doors.md): by what failed passwords are counted is the package's own matter.
"""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from patients.models.audit import AuditAction
from patients.models.people import User
from patients.people import languages, people
from patients.tenancy import clinic_context

# Session key: when the person signed in, in seconds since 1970.
SIGNED_IN_AT = "signed_in_at"
# The mail with a code for signing in.
LOGIN_CODE = "account/email/login_code"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts come from invitations only."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not correct. Check it, or ask for a new one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse: an account without a clinic could see nothing."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, start the session's clock, and leave a trace in the person's clinics."""
        super().login(request, user)
        now = timezone.now()
        request.session[SIGNED_IN_AT] = now.timestamp()
        people.record_session(AuditAction.SIGNED_IN, user=user, at=now)

    def logout(self, request: HttpRequest) -> None:
        """Leave a trace in the person's clinics, then sign out."""
        if isinstance(request.user, User):
            people.record_session(AuditAction.SIGNED_OUT, user=request.user, at=timezone.now())
        super().logout(request)

    def is_reauthentication_required(self, *, app: str) -> bool:  # noqa: ARG002  # the same for every app
        """Ask for the password again, unless the person has signed in just now."""
        signed_in_at: float = self.request.session.get(SIGNED_IN_AT, 0)
        return timezone.now().timestamp() - signed_in_at > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed passwords of an address from one place: elsewhere the right person can still sign in."""
        counted: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{counted}:{self.get_client_ip(request)}"

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link, or, to someone who signs in by code or passkey, the way to do that."""
        if user.has_usable_password():
            super().send_password_reset_mail(user, email, context)
        else:
            self.send_mail("account/email/no_password", email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send after COMMIT: a slow mail server must hold no transaction, and a dead one breaks no page.

        In the language of the account: whoever reads it need not be who sits before the page.
        """
        if template_prefix == LOGIN_CODE and settings.STAFF_MFA_REQUIRED and _is_staff(email):
            # The page stays the same. A mailbox alone must not open what staff can see.
            template_prefix = "account/email/no_code"
        site = get_current_site(self.request)
        context = {"request": self.request, "email": email, "current_site": site} | context
        with translation.override(languages.of_address(email)):
            message = self.render_mail(template_prefix, email, context)
        transaction.on_commit(message.send, robust=True)


def _is_staff(email: str) -> bool:
    """Say whether an address is that of someone who works in a clinic."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        return False
    with clinic_context(clinic_id=None, user_id=user.pk):
        return people.is_staff_anywhere(user)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Stores second-factor secrets encrypted; the package's default is clear text."""

    def encrypt(self, text: str) -> str:
        """Return the secret as ciphertext, under the newest key."""
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; older keys of SECRET_KEY_FALLBACKS still open it."""
        return _vault().decrypt(encrypted_text.encode()).decode()


def _vault() -> MultiFernet:
    """Return the ciphers of the secret key and its predecessors."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(key))) for key in keys])


def _key(secret: str) -> bytes:
    """Derive 32 bytes for this one purpose, so that the key is not the signing key."""
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"tidemark-mfa").digest()
