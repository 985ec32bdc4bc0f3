"""How django-allauth behaves here: nobody signs up unasked, and second-factor secrets are encrypted."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts come from invitations only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: an account without a clinic could see nothing."""
        return False


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
