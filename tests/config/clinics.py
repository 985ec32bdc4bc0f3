"""The environment of a clinic, and settings read with it."""

import os
import runpy
from typing import Any

import pytest

from tests.config.conftest import ROOT, clean_environment

SETTINGS = ROOT / "config" / "settings.py"
CLINIC = {
    "DATABASE_URL": "postgresql://tidemark_app:pa%20ss@db.example.org:5433/tidemark?sslmode=require",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "care.example.org",
    "EMAIL_URL": "smtp://user:secret@mail.example.org:587?tls=starttls",
    "DEFAULT_FROM_EMAIL": "no-reply@care.example.org",
    "REDIS_URL": "redis://redis.example.org:6379/0",
}


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> dict[str, Any]:
    """Read settings.py as a fresh process with this environment would."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(SETTINGS))
