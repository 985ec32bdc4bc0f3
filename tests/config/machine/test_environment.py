"""Settings as they are read from the environment."""

from pathlib import Path

import pytest

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
