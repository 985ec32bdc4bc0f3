"""What `manage.py check` finds in the surroundings."""

import os
from pathlib import Path

import pytest
from django.utils import timezone

from config import checks
from patients import zones
from tests.config.clinics import CLINIC
from tests.config.commands import run


def test_the_check_for_deployment_warns_of_root(tmp_path: Path) -> None:
    checked = run("manage.py", "check", "--deploy", url=CLINIC["DATABASE_URL"], folder=tmp_path)

    assert ("(tidemark.W001)" in checked.stderr) is (os.geteuid() == 0)


@pytest.mark.parametrize(("uid", "ids"), [(0, ["tidemark.W001"]), (1000, [])])
def test_only_root_is_warned_of(monkeypatch: pytest.MonkeyPatch, uid: int, ids: list[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)

    assert [found.id for found in checks.runs_without_root()] == ids


@pytest.mark.parametrize("databases", [None, [], ["owner"]])
def test_the_role_is_looked_at_only_where_the_database_is_asked_for(databases: list[str] | None) -> None:
    """No test may reach a database here: a look at it would fail this one."""
    assert checks.role_stays_behind_the_wall(databases) == []
    assert checks.zone_data_agrees(databases) == []


def test_zones_that_the_database_reads_otherwise_are_named(db: None) -> None:
    differing = zones.differing(zones.places(), at=timezone.now())

    found = checks.zone_data_agrees(["default"])

    assert [problem.id for problem in found] == (["tidemark.W002"] if differing else [])
    assert all(name in problem.msg for problem in found for name in differing)


def test_the_applications_role_stays_behind_the_wall(db: None) -> None:
    assert checks.role_stays_behind_the_wall(["default"]) == []
