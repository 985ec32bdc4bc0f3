"""Messages to a browser that somebody of the team has allowed to show them (web push, RFC 8030, 8291 and 8292).

They go through the push service of the browser's maker, which can read neither words nor urgency's reason: one sentence
that is the same for everybody, encrypted for that one browser. No other host is ever asked.
"""

import json
import logging
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from py_vapid import Vapid02

from monitoring.messages import outside
from monitoring.models import PushBrowser
from patients import audit
from patients.models import User
from patients.models.audit import AuditAction

logger = logging.getLogger(__name__)
# A browser that is away for longer shows the alerts when it is opened, not a message of this morning.
KEPT_SECONDS = 4 * 60 * 60
SIGNED_SECONDS = 12 * 60 * 60
# All bodies have one size: what a service sees of two is the same.
BODY_BYTES = 256
# The point of a browser's key, and its secret: RFC 8291, 3.1 and 3.2.
KEY_BYTES, SECRET_BYTES = 65, 16
# What an address is made of. Readers of addresses disagree about a backslash, and drop line breaks.
PRINTABLE = re.compile(r"[!-\[\]-~]{1,1000}")
# Somebody's browsers in one clinic; the oldest makes room.
MOST_BROWSERS = 5
GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


class NotABrowser(Exception):
    """What was sent is no address of a known push service with the keys of a browser."""


def is_offered() -> bool:
    """Say whether this installation has a key of its own."""
    return bool(settings.PUSH_KEY)


def public_key() -> str:
    """Return the public half of the installation's key, as a browser wants it."""
    return public_key_of(settings.PUSH_KEY)


def public_key_of(private_key: str) -> str:
    """Return the public half of a key: a point of the curve, as browsers write it."""
    point = Vapid02.from_raw(private_key.encode()).public_key
    return _written(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def make_key() -> str:
    """Return a new private key, as the setting PUSH_KEY takes it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _written(number.to_bytes(32, "big"))


def is_known_service(address: str) -> bool:
    """Say whether an address belongs to one of the push services of the settings: by https, at its usual port."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or not parts.hostname or not PRINTABLE.fullmatch(address):
        return False
    for service in settings.PUSH_SERVICES:
        if "://" in service:
            if f"{parts.scheme}://{parts.netloc}" == service:
                return True
        elif parts.scheme == "https" and port in {None, 443} and fnmatchcase(parts.hostname, service):
            return True
    return False


@transaction.atomic
def show_here(*, address: str, key: str, secret: str, by: User, at: datetime) -> PushBrowser:
    """Keep a browser that somebody wants to be told in.

    Raises:
        NotABrowser: the address is not one of a known push service, or the keys are none.
    """
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _read(key, KEY_BYTES))
        _read(secret, SECRET_BYTES)
    except ValueError as problem:
        raise NotABrowser from problem
    if not is_known_service(address):
        raise NotABrowser
    browser, _is_new = PushBrowser.objects.update_or_create(
        user=by, address=address, defaults={"key": key, "secret": secret, "added_at": at}
    )
    newest = PushBrowser.objects.filter(user=by).order_by("-added_at").values("pk")[:MOST_BROWSERS]
    PushBrowser.objects.filter(user=by).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
    audit.record(AuditAction.MESSAGES_CHOSEN, by=by, about=browser, at=at)
    return browser


@transaction.atomic
def show_nowhere(*, by: User, at: datetime) -> None:
    """Forget all browsers of a person in this clinic."""
    PushBrowser.objects.filter(user=by).delete()
    audit.record(AuditAction.MESSAGES_CHOSEN, by=by, about=by, at=at)


def forget(browsers: Sequence[PushBrowser]) -> None:
    """Forget browsers that their service knows no more."""
    PushBrowser.objects.filter(pk__in=[browser.pk for browser in browsers]).delete()


def browsers_of(user: User) -> list[PushBrowser]:
    """Return the browsers in which a person is told, the newest first."""
    return list(PushBrowser.objects.filter(user=user).order_by("-added_at"))


def having_browsers(people: Sequence[User]) -> list[User]:
    """Return those of some people who are told in a browser, too."""
    if not is_offered():
        return []
    told = set(PushBrowser.objects.filter(user__in=people).values_list("user_id", flat=True))
    return [person for person in people if person.pk in told]


def words(*, is_urgent: bool) -> str:
    """Return the one sentence, in the reader's language, and whether it presses."""
    if is_urgent:
        return _("Tidemark, urgent: something needs a look")
    return _("Tidemark: something needs a look")


def send(browser: PushBrowser, *, is_urgent: bool) -> int:
    """Hand the sentence to the browser's service; return the status of its answer, as `outside.ask` does."""
    if not is_known_service(browser.address):
        return HTTPStatus.GONE
    headers = {
        **_signature(browser.address),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high" if is_urgent else "normal",
        # Of several that wait for a browser that is away, the newest of each kind is kept.
        "Topic": "urgent" if is_urgent else "alert",
    }
    status = outside.ask(browser.address, body=_encrypted(browser, is_urgent=is_urgent), headers=headers)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        logger.warning("a push service did not take a message", extra={"status": status})
    return status


def _encrypted(browser: PushBrowser, *, is_urgent: bool) -> bytes:
    """Return the sentence as only that browser can read it."""
    body = json.dumps({"text": words(is_urgent=is_urgent), "urgent": is_urgent}).encode().ljust(BODY_BYTES)
    sealed: bytes = http_ece.encrypt(
        body,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_read(browser.key, KEY_BYTES),
        auth_secret=_read(browser.secret, SECRET_BYTES),
        version="aes128gcm",
    )
    return sealed


def _signature(address: str) -> dict[str, str]:
    """Return what proves to a service that it is this installation that sends. Made anew: the claims name the service."""
    parts = urlsplit(address)
    claims: dict[str, Any] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + SIGNED_SECONDS,
        "sub": settings.SITE_URL if settings.SITE_URL.startswith("https://") else "mailto:admin@localhost",
    }
    signed: dict[str, str] = Vapid02.from_raw(settings.PUSH_KEY.encode()).sign(claims)
    return signed


def _written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _read(text: str, length: int) -> bytes:
    """Return the bytes that a browser wrote.

    Raises:
        ValueError: it is nothing that a browser writes.
    """
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, UnicodeError) as problem:
        raise ValueError("not base64") from problem
    if len(raw) != length:
        raise ValueError("wrong length")
    return raw
