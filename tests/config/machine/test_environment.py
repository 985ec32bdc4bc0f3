"""Settings as they are read from the environment."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.machine import environment
from tests.config.clinics import CLINIC, load


def test_an_address_becomes_djangos_settings_with_time_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    default = load(monkeypatch, CLINIC)["DATABASES"]["default"]

    assert (default["HOST"], default["PORT"], default["NAME"]) == ("db.example.org", "5433", "tidemark")
    assert default["PASSWORD"] == "pa ss"
    assert default["OPTIONS"]["sslmode"] == "require"
    assert default["OPTIONS"]["connect_timeout"] == 3
    assert "statement_timeout=10s" in default["OPTIONS"]["options"]
    assert default["CONN_HEALTH_CHECKS"] is True


def test_a_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(CLINIC["SECRET_KEY"] + "\n")
    environment = {name: value for name, value in CLINIC.items() if name != "SECRET_KEY"}

    settings = load(monkeypatch, environment | {"SECRET_KEY_FILE": str(key)})

    assert settings["SECRET_KEY"] == CLINIC["SECRET_KEY"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("YES", True), ("on", True), ("0", False), ("False", False), ("", True), (" ", True)],
)
def test_yes_and_no_are_read_in_any_spelling_and_nothing_is_the_default(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("FLAG", value)

    assert environment.flag("FLAG", default=True) is expected


@pytest.mark.parametrize("value", ["maybe", "2", "-1"])
def test_what_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FLAG", value)

    with pytest.raises(ImproperlyConfigured, match="FLAG must be 1 or 0"):
        environment.flag("FLAG", default=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", 5), ("1", 1), ("9", 9), ("0", None), ("10", None), ("1.5", None), ("-3", None), ("²", None)],
)
def test_a_number_lies_within_its_limits_both_included(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: int | None
) -> None:
    monkeypatch.setenv("NUMBER", value)

    if expected is not None:
        assert environment.number("NUMBER", default=5, lowest=1, highest=9) == expected
        return
    with pytest.raises(ImproperlyConfigured, match="from 1 to 9"):
        environment.number("NUMBER", default=5, lowest=1, highest=9)


def test_a_secret_stands_in_one_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  from a file\n")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))
    assert environment.text("KEY") == "from a file"

    monkeypatch.setenv("KEY", "from the environment")
    with pytest.raises(ImproperlyConfigured, match="not both"):
        environment.text("KEY")


def test_a_list_has_no_empty_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " a.example , ,b.example,")

    assert environment.hosts("HOSTS", "") == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["*", "*.example.org", "https://care.example.org", ","])
def test_no_name_lets_any_host_in(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOSTS", value)

    with pytest.raises(ImproperlyConfigured, match="HOSTS must list host names"):
        environment.hosts("HOSTS", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example.org", {"EMAIL_PORT": 465, "EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False}),
        ("smtp://mail.example.org", {"EMAIL_PORT": 25, "EMAIL_USE_SSL": False, "EMAIL_USE_TLS": False}),
        (
            "smtp://user:secret@m.example:587?tls=starttls",
            {"EMAIL_PORT": 587, "EMAIL_USE_TLS": True, "EMAIL_HOST_PASSWORD": "secret"},
        ),
    ],
)
def test_an_address_of_a_mail_server_becomes_djangos_settings(url: str, expected: dict[str, Any]) -> None:
    found = environment.email("EMAIL_URL", url)

    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("url", ["smtp://mail.example.org?tls=maybe", "smtps://mail.example.org?tls=starttls"])
def test_a_mail_server_is_encrypted_in_one_known_way(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="starttls"):
        environment.email("EMAIL_URL", url)
