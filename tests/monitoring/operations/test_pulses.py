"""A process shows life when it does its work, and only then."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery.beat import SchedulingError
from celery.worker import state
from django.db import connection
from pytest_django.fixtures import Settings

from config.celery import app
from monitoring.models import Heartbeat
from monitoring.operations import heartbeats, pulses
from tests.config.conftest import ROOT, free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection that is let go of is the test's."""
    monkeypatch.setattr(connection, "close", lambda: None)


def shown(process: str) -> bool:
    """Say whether life was shown, and forget it."""
    return bool(Heartbeat.objects.filter(name=heartbeats.of_process(process)).delete()[0])


class Timer:
    """Celery's timer, whose time the test makes pass."""

    def __init__(self) -> None:
        self.work: list[Any] = []

    def call_repeatedly(self, _seconds: float, work: Any) -> "SimpleNamespace":
        self.work.append(work)
        return SimpleNamespace(cancel=lambda: self.work.remove(work))


@pytest.fixture
def worker(kept_connection: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Timer]:
    for name in ("reserved_requests", "active_requests"):
        monkeypatch.setattr(state, name, set())
    monkeypatch.setattr(state, "total_count", dict[str, int]())
    timer = Timer()
    pulse = pulses.WorkersPulse(SimpleNamespace(timer=timer))
    pulse.start(SimpleNamespace(timer=timer))
    assert shown("worker")
    yield timer
    pulse.stop(None)
    assert timer.work == []


def look(worker: Timer) -> bool:
    worker.work[0]()
    return shown("worker")


def test_a_worker_without_work_is_alive(worker: Timer) -> None:
    assert look(worker) and look(worker)


def test_a_worker_that_works_on_one_thing_after_the_other_is_alive(worker: Timer) -> None:
    for done in range(1, 5):
        state.total_count["task"] = done + 1
        state.active_requests = state.reserved_requests = {object()}
        assert look(worker)


def test_a_worker_whose_work_does_not_end_shows_no_life_until_it_ends(worker: Timer) -> None:
    state.total_count["task"] = 1
    state.active_requests = state.reserved_requests = {object()}
    assert not look(worker) and not look(worker)

    state.active_requests, state.reserved_requests = set(), set()
    assert look(worker)


def test_a_worker_whose_child_takes_no_work_shows_no_life(worker: Timer) -> None:
    state.reserved_requests = {object()}

    assert not look(worker) and not look(worker)


def test_the_scheduler_shows_life_at_its_start_and_with_what_it_published(
    kept_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = pulses.ShowingScheduler(app=app)
    assert shown("beat")
    entry = scheduler.schedule["sweep"]

    scheduler.apply_async(entry)
    assert shown("beat")

    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(type(app.tasks[entry.task]), "apply_async", refuse)
    with pytest.raises(SchedulingError):
        scheduler.apply_async(entry)
    assert not shown("beat")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.usefixtures("away")
def test_a_database_that_is_away_ends_no_process_and_leaves_the_containers_own_sign(
    settings: Settings, tmp_path: Path
) -> None:
    settings.PULSE_DIR = str(tmp_path / "pulses")

    pulses.show("worker")

    assert [path.name for path in (tmp_path / "pulses").iterdir()] == ["worker"]


def check(asked: str) -> subprocess.CompletedProcess[str]:
    """Run the check of a container as it is."""
    command = [sys.executable, str(ROOT / "docker" / "healthcheck.py"), asked]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("seconds", "status"), [(0, 0), (170, 0), (190, 1)])
def test_a_container_is_well_while_its_own_process_shows_life(tmp_path: Path, seconds: int, status: int) -> None:
    sign = tmp_path / "worker"
    sign.touch()
    moment = time.time() - seconds
    os.utime(sign, (moment, moment))

    assert check(str(sign)).returncode == status


def test_a_container_whose_process_never_showed_life_is_not_well(tmp_path: Path) -> None:
    assert check(str(tmp_path / "beat")).returncode == 1
    assert check(f"http://127.0.0.1:{free_port()}/livez").returncode == 1


def test_each_container_in_the_background_asks_its_own_process() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()

    for process in heartbeats.PROCESSES:
        [service] = re.findall(rf"\n  {process}:\n(.*?)\n\n", compose, flags=re.DOTALL)
        assert f"healthcheck.py, /tmp/pulses/{process}]" in service
    assert "\n  PULSE_DIR: /tmp/pulses\n" in compose
