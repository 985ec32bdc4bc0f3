"""Reads settings from the environment and refuses nonsense with one sentence.

Not for defaults that need thought: those stand in settings.py, beside the setting.
"""

import os
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# 32 bytes in base64 without padding, and how many keys the curve has (NIST SP 800-186, 3.2.1.3).
KEY_SIGNS = 43
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that NAME_FILE points to."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "").strip() or default
    if os.environ.get(name):
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {problem.strerror}.") from problem


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable."""
    value = text(name).lower()
    if not value:
        return default
    if value not in _YES | _NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value in _YES


def number(name: str, *, default: int, lowest: int, highest: int) -> int:
    """Return a whole number within its limits (both included)."""
    value = text(name, str(default))
    if not value.isdecimal() or not lowest <= int(value) <= highest:
        raise ImproperlyConfigured(f"{name} must be a whole number from {lowest} to {highest}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without empty entries."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choices(name: str, known: tuple[str, ...]) -> list[str]:
    """Return which of some known words are meant; all of them, if nothing is said."""
    chosen = words(name, ",".join(known))
    if not chosen or not set(chosen) <= set(known):
        raise ImproperlyConfigured(f"{name} must list some of {', '.join(known)}.")
    return chosen


def choice(name: str, known: tuple[str, ...]) -> str:
    """Return which one of some known words is meant; empty, if nothing is said."""
    value = text(name)
    if value and value not in known:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(known)}.")
    return value


def secret(name: str, *, shortest: int) -> str:
    """Return a secret that nobody guesses; empty where none is set."""
    value = text(name)
    if value and (len(value) < shortest or any(sign.isspace() for sign in value)):
        raise ImproperlyConfigured(f"{name} must be at least {shortest} characters without spaces.")
    return value


def curve_key(name: str) -> str:
    """Return a private key of the curve P-256 as `make_push_key` prints it; empty where none is set."""
    value = text(name)
    try:
        number = int.from_bytes(urlsafe_b64decode(value + "=" * (-len(value) % 4)), "big")
        is_key = not value or (len(value) == KEY_SIGNS and 0 < number < P256_ORDER)
    except ValueError:
        is_key = False
    if not is_key:
        raise ImproperlyConfigured(f"{name} must be a key as `manage.py make_push_key` prints it.")
    return value


def address(name: str) -> str:
    """Return the address of a page; empty where none is set."""
    value = text(name)
    return (
        _split(name, value, schemes={"https", "http"}, example="https://watch.example.org/ping").geturl()
        if value
        else ""
    )


def hosts(name: str, default: str) -> list[str]:
    """Return the host names that the server answers to; a wildcard would let any name in."""
    names = words(name, default)
    if not names or any("*" in host or "/" in host for host in names):
        raise ImproperlyConfigured(
            f"{name} must list host names such as care.example.org, without * and without https://."
        )
    return names


def origins(name: str) -> list[str]:
    """Return trusted origins, each with its scheme."""
    addresses = words(name)
    if any(not origin.startswith(("https://", "http://")) or "*" in origin for origin in addresses):
        raise ImproperlyConfigured(f"{name} must list origins such as https://care.example.org.")
    return addresses


def secret_key(name: str, default: str = "") -> str:
    """Return a key that is long and mixed enough to sign sessions with."""
    key = text(name, default)
    if not key:
        raise ImproperlyConfigured(f"{name} or {name}_FILE must be set when DATABASE_URL is set.")
    if len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure-"):
        raise ImproperlyConfigured(f"{name} must be at least 50 random characters.")
    return key


def database(name: str, url: str) -> dict[str, Any]:
    """Turn a PostgreSQL address into Django's settings; its query goes to libpq (sslmode, host of a socket ...)."""
    parts = _split(name, url, schemes={"postgresql", "postgres"}, example="postgresql://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    database_name = parts.path.lstrip("/")
    if not database_name or not parts.username:
        raise ImproperlyConfigured(f"{name} must name a user and a database.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(database_name),
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def email(name: str, url: str) -> dict[str, Any]:
    """Turn smtp://user:password@host:587?tls=starttls (or smtps://) into Django's mail settings."""
    parts = _split(name, url, schemes={"smtp", "smtps"}, example="smtp://user:password@host:587?tls=starttls")
    tls = dict(parse_qsl(parts.query)).get("tls", "")
    if tls not in {"", "starttls"} or (tls and parts.scheme == "smtps"):
        raise ImproperlyConfigured(
            f"{name} knows ?tls=starttls with smtp:// only; smtps:// is encrypted from the start."
        )
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": tls == "starttls",
    }


def redis(name: str, url: str) -> str:
    """Return a Redis address after a look at its shape."""
    _split(name, url, schemes={"redis", "rediss"}, example="redis://host:6379/0")
    return url


def _split(name: str, url: str, *, schemes: set[str], example: str) -> SplitResult:
    """Split an address, naming the variable and an example when it has another shape."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not (parts.hostname or parts.query):
        raise ImproperlyConfigured(f"{name} must look like {example}.")
    return parts
