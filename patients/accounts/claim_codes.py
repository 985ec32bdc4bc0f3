"""The claim code of a patient's invitation: told in person, typed once, stored only as a keyed and slow hash.

Who may make one, and what a wrong one does, is in patients.accounts.invitations.
"""

import hashlib
import secrets
import unicodedata

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

# Digits alone: read aloud alike in every language, typed on a number pad, no capitals, no look-alikes.
DIGITS = "0123456789"
# 26.6 bits. What guards it is the counter of wrong tries, not its length (docs/decisions/0140).
LENGTH = 8
# Read and printed in groups, as telephone numbers are.
GROUP = 4
_SALT_BYTES = 16
# 16 MiB and some 30 ms for each guess of someone who has both the database and the secret key.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def make() -> str:
    """Return a new code."""
    return "".join(secrets.choice(DIGITS) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """Return a code as it is read aloud and printed."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def typed(text: str) -> str:
    """Return the digits someone typed, in whatever script, without spaces and dashes; empty if it is no code."""
    kept = [character for character in text if not character.isspace() and character not in "-\u2013.\u00b7"]
    digits = [unicodedata.decimal(character, None) for character in kept]
    if len(digits) != LENGTH or None in digits:
        return ""
    return "".join(map(str, digits))


def hashed(code: str, *, of: object) -> str:
    """Return what is stored of a code.

    Args:
        code: as it was made.
        of: what the code belongs to; the same digits for another one have another hash.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"{salt.hex()}${_slow(code, of, salt, settings.SECRET_KEY)}"


def fits(code: str, *, of: object, stored: str) -> bool:
    """Say whether a code is the one that was stored; older keys of SECRET_KEY_FALLBACKS still open it."""
    salt, _, kept = stored.partition("$")
    if not kept:
        return False
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_slow(code, of, bytes.fromhex(salt), key), kept) for key in keys)


def _slow(code: str, of: object, salt: bytes, key: str) -> str:
    """Return a slow hash of a code under a key that is not in the database."""
    keyed = salted_hmac("tidemark.claim_code", f"{of}:{code}", secret=key, algorithm="sha256").digest()
    return hashlib.scrypt(keyed, salt=salt, **_SCRYPT).hex()
