"""One process of the background killed or frozen while the others go on: a monitor and the team's pages say so in time."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from monitoring.operations.heartbeats import STOPPED_AFTER_SECONDS, of_process
from monitoring.operations.pulses import LOOK_SECONDS
from tests.config.conftest import ROOT, wait_until
from tests.faults.plant import IS_LONG, Plant

pytestmark = [pytest.mark.slow, pytest.mark.needs_redis, pytest.mark.xdist_group("faults")]

START_SECONDS = 60
# Short: all pulses are made so much older that a living process has time to show itself again, and a dead one does not.
LEFT_SECONDS = 75
SLACK_SECONDS = 15
PROMISED_SECONDS = STOPPED_AFTER_SECONDS


@pytest.fixture
def whole(plant: Plant) -> Plant:
    """Everything runs, and everything is well."""
    plant.sql("DELETE FROM monitoring_heartbeat WHERE name LIKE '%% process'")
    plant.start("redis", "worker", "beat", "sweep")
    wait_until(lambda: plant.health()[0] == 200, seconds=START_SECONDS, message=f"not well: {plant.health()}")
    return plant


@contextmanager
def killed(plant: Plant, name: str) -> Iterator[None]:
    plant.kill(name)
    yield
    plant.start(name)


def caseload(plant: Plant) -> str:
    return plant.request("GET", "/caseload/", session=plant.coordinator).body


@pytest.mark.long
@pytest.mark.parametrize("name", ["beat", "worker", "sweep"])
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_a_process_that_stands_still_is_told_within_three_minutes_and_its_return_too(
    whole: Plant, name: str, how: str, measured: Callable[[str], None]
) -> None:
    assert "stands still" not in caseload(whole)

    with killed(whole, name) if how == "killed" else whole.frozen(name):
        began = time.monotonic()
        skipped = 0
        if not IS_LONG:
            skipped = STOPPED_AFTER_SECONDS - LEFT_SECONDS
            whole.sql("UPDATE monitoring_heartbeat SET last_ok_at = last_ok_at - make_interval(secs => %s)", skipped)
        left = PROMISED_SECONDS - skipped + SLACK_SECONDS
        wait_until(lambda: whole.health()[0] == 503, seconds=left, message=f"still well: {whole.health()}")
        took = time.monotonic() - began + skipped
        status, facts = whole.health()
        page = caseload(whole)

    assert facts[f"{name}_process_age_s"] > STOPPED_AFTER_SECONDS
    assert status == 503
    assert f"stands still ({name})" in page, "it alone, and the page found out without any worker"
    assert took <= PROMISED_SECONDS + SLACK_SECONDS
    wait_until(lambda: whole.health()[0] == 200, seconds=START_SECONDS, message=f"not well again: {whole.health()}")
    assert "stands still" not in caseload(whole)
    measured(f"{name} {how}: banner and 503 after {took:.0f} s")


@pytest.mark.long
def test_a_broker_that_is_gone_is_told_as_a_worker_and_a_scheduler_that_do_nothing(whole: Plant) -> None:
    whole.kill("redis")
    skipped = STOPPED_AFTER_SECONDS - LEFT_SECONDS
    whole.sql("UPDATE monitoring_heartbeat SET last_ok_at = last_ok_at - make_interval(secs => %s)", skipped)

    def both_are_told() -> bool:
        facts = whole.health()[1]
        return all(facts[f"{name}_process_age_s"] > STOPPED_AFTER_SECONDS for name in ("worker", "beat"))

    wait_until(both_are_told, seconds=LEFT_SECONDS + LOOK_SECONDS + SLACK_SECONDS, message=str(whole.health()))
    assert whole.health()[1]["sweep_age_s"] < STOPPED_AFTER_SECONDS, "the sweep needs no broker"


def test_a_sweep_on_demand_needs_no_celery_and_is_enough_where_only_it_is_watched(plant: Plant) -> None:
    plant.sql("DELETE FROM monitoring_heartbeat")
    environment = plant.environment | {"WATCHED_PROCESSES": "sweep", "REDIS_URL": "redis://127.0.0.1:1/0"}
    command = [sys.executable, "-m", "django", "sweep"]

    subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, check=True)

    assert plant.count("SELECT count(*) FROM monitoring_heartbeat WHERE name = %s", of_process("sweep")) == 1
    assert plant.count("SELECT count(*) FROM monitoring_heartbeat WHERE name = 'sweep' AND last_ok_at IS NOT NULL") == 1
