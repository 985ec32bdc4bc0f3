"""Settings from the environment: what a clinic needs is accepted, nonsense stops the start with one sentence."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.machine import users
from tests.config.clinics import CLINIC, SETTINGS, load
from tests.config.conftest import ROOT, clean_environment


def test_a_clinics_settings_are_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, CLINIC)

    assert settings["EMBEDDED"] is False
    assert settings["DEBUG"] is False
    assert settings["STAFF_MFA_REQUIRED"] is True
    assert settings["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert settings["SESSION_COOKIE_SECURE"] is settings["CSRF_COOKIE_SECURE"] is True
    assert "owner" not in settings["DATABASES"]


def test_a_pool_and_kept_connections_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    default = load(monkeypatch, CLINIC | {"DATABASE_POOL": "1"})["DATABASES"]["default"]

    assert default["OPTIONS"]["pool"]["timeout"] == 5
    assert "CONN_MAX_AGE" not in default


def test_one_machine_needs_no_setting_and_keeps_its_key_to_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = load(monkeypatch, {"TIDEMARK_DATA_DIR": str(tmp_path)})
    again = load(monkeypatch, {"TIDEMARK_DATA_DIR": str(tmp_path)})

    assert first["EMBEDDED"] is True
    assert first["SECRET_KEY"] == again["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
    assert first["CELERY_BROKER_URL"] == "filesystem://"
    assert first["EMAIL_FILE_PATH"] == tmp_path / "mail"


def test_roots_own_commands_leave_no_messages_in_another_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load(monkeypatch, {"TIDEMARK_DATA_DIR": str(tmp_path)})["NUDGE_ENABLED"] is (os.geteuid() != 0)
    assert load(monkeypatch, CLINIC)["NUDGE_ENABLED"] is True


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "DEFAULT_FROM_EMAIL"])
def test_a_missing_setting_of_a_clinic_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    environment = {key: value for key, value in CLINIC.items() if key != name}

    with pytest.raises(ImproperlyConfigured, match=name):
        load(monkeypatch, environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "postgresql://user@host:port/name"),
        ("DATABASE_URL", "postgresql://user@host:99999/name"),
        ("DATABASE_URL", "postgresql://host/name"),
        ("DATABASE_URL", "postgresql://user@host"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_OWNER_URL", "sqlite:///db"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 80),
        ("SECRET_KEY", "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz0123456789"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ".example.org,*.example.com"),
        ("ALLOWED_HOSTS", "https://care.example.org"),
        ("ALLOWED_HOSTS", ","),
        ("CSRF_TRUSTED_ORIGINS", "clinic.example"),
        ("CSRF_TRUSTED_ORIGINS", "https://*.example.org"),
        ("REDIS_URL", "amqp://host"),
        ("REDIS_URL", "localhost"),
        ("EMAIL_URL", "mailto:somebody"),
        ("EMAIL_URL", "smtp://host?tls=maybe"),
        ("EMAIL_URL", "smtps://host?tls=starttls"),
        ("DATABASE_POOL", "many"),
        ("STAFF_MFA_REQUIRED", "perhaps"),
        ("SECURE_COOKIES", "2"),
        ("TIDEMARK_PORT", "0"),
        ("TIDEMARK_PORT", "65536"),
        ("TIDEMARK_PORT", "http"),
        ("TIDEMARK_PORT", "-1"),
        ("TRUSTED_PROXY_COUNT", "all"),
        ("SECRET_KEY_FILE", "/nowhere/key"),
        ("WATCHED_PROCESSES", "worker,web"),
        ("DEAD_MAN_URL", "dead-man.example/abc"),
        ("DEAD_MAN_URL", "ftp://watch.example.org/ping"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", "a token with spaces in it"),
        ("MAIL_REPORTS", "pigeon"),
        ("MAIL_REPORTS", "postmark"),
        ("MAIL_REPORTS_SECRET", "user:a-password-of-some-length"),
        ("PUSH_KEY", "a" * 42),
        ("PUSH_KEY", "_" * 43),
        ("PUSH_KEY", "A" * 43),
        ("PUSH_KEY", "ü" * 43),
    ],
)
def test_nonsense_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name) as stopped:
        load(monkeypatch, CLINIC | {name: value})

    sentence = str(stopped.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert value not in sentence or len(value) < 3, "a message must not print what may be a secret"


def test_what_watches_and_tells_is_off_until_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, CLINIC)

    off = ("DEAD_MAN_URL", "METRICS_TOKEN", "MAIL_REPORTS", "MAIL_REPORTS_SECRET", "PUSH_KEY", "PULSE_DIR")
    assert [name for name in off if settings[name]] == []
    assert settings["WATCHED_PROCESSES"] == ["worker", "beat", "sweep"]
    assert settings["WATCHED_FOLDERS"] == ["/"]


def test_reports_of_mail_need_a_provider_and_a_password_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"MAIL_REPORTS": "postmark", "MAIL_REPORTS_SECRET": "user:a-password-of-some-length"}

    assert load(monkeypatch, CLINIC | both)["MAIL_REPORTS"] == "postmark"
    with pytest.raises(ImproperlyConfigured, match="MAIL_REPORTS_SECRET"):
        load(monkeypatch, CLINIC | both | {"MAIL_REPORTS_SECRET": "a-password-without-a-name"})


def test_the_console_shows_one_sentence_and_no_traceback() -> None:
    environment = clean_environment(**CLINIC | {"ALLOWED_HOSTS": "*"})

    refused = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert refused.returncode != 0
    assert re.fullmatch(r"tidemark: ALLOWED_HOSTS must list host names [^\n]*\n", refused.stderr)


def test_the_deployment_check_is_clean_for_a_process_that_is_not_roots() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    line = users.guarded(users.of_application(), command, stop="SIGTERM", grace=1, show=users.needs_of_python())

    status, printed = users.run(line, environment=clean_environment(**CLINIC))

    assert status == 0, printed
    assert "no issues" in printed


def test_every_variable_is_explained_in_the_example() -> None:
    read = set(re.findall(r'environment\.\w+\(\s*"([A-Z_]+)"', SETTINGS.read_text()))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))

    assert read
    assert read == explained
