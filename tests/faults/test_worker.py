"""The worker killed or frozen in the middle of its work, and no one sweeping: one assessment, one alert, and an alarm."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from config.machine import embedded
from monitoring.operations.heartbeats import STOPPED_AFTER_SECONDS as STOPPED_SECONDS
from monitoring.operations.tasks import SWEEP_LOCK
from tests.config.conftest import wait_until
from tests.faults.plant import PACE_SECONDS, SLACK_SECONDS, Answer, Patient, Plant, alert_waits, send
from tests.faults.test_broker import submit_all, warm_up

pytestmark = [pytest.mark.slow, pytest.mark.needs_redis, pytest.mark.xdist_group("faults")]

# Celery runs a lost task again as soon as it has a new child.
AGAIN_SECONDS = 15
# A process's first sweep: half of it is Python starting on a busy machine.
START_SECONDS = 30


@contextmanager
def no_assessment_is_stored(plant: Plant) -> Iterator[None]:
    """Let everyone who stores an assessment wait meanwhile, so that the test meets a worker in mid-task."""
    with psycopg.connect(embedded.urls(plant.data_dir)[1]) as connection:
        connection.execute("LOCK TABLE monitoring_assessment IN SHARE MODE")
        yield
        connection.rollback()


def wait_for_mid_task(plant: Plant) -> None:
    """Wait until a process of the product waits for the lock."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    wait_until(lambda: plant.count(waiting) > 0, seconds=10, message="nobody is in mid-task")


def submit_and_meet_in_mid_task(plant: Plant) -> list[tuple[Patient, Answer]]:
    """Let one patient submit, and return when a worker is at it."""
    sent = submit_all(plant, 1)
    wait_for_mid_task(plant)
    return sent


def assert_done_once(plant: Plant, patient: Patient) -> None:
    assert (plant.rows_of(patient), plant.assessments_of(patient), len(plant.alerts_of(patient))) == (1, 1, 1)


def age_the_heartbeat(plant: Plant) -> None:
    """Let the last good sweep be three minutes ago, without waiting for it."""
    plant.sql("UPDATE monitoring_heartbeat SET last_ok_at = now() - make_interval(secs => %s)", STOPPED_SECONDS + 1)


def test_a_child_killed_in_mid_task_does_its_work_once(plant: Plant, measured: Callable[[str], None]) -> None:
    plant.start("redis", "worker")
    warm_up(plant)

    with no_assessment_is_stored(plant):
        sent = submit_and_meet_in_mid_task(plant)
        child = plant.family("worker")[-1]
        send(child, signal.SIGKILL)
        child.wait(5)

    waits = alert_waits(plant, sent, seconds=AGAIN_SECONDS)
    time.sleep(2)
    assert_done_once(plant, sent[0][0])
    measured(f"Celery child killed in mid-task: alert {waits[0]:.1f} s after the answer")


def test_a_whole_worker_killed_in_mid_task_and_started_again_does_its_work_once(
    plant: Plant, measured: Callable[[str], None]
) -> None:
    plant.start("redis", "worker")
    warm_up(plant)

    with no_assessment_is_stored(plant):
        sent = submit_and_meet_in_mid_task(plant)
        plant.kill("worker")
    plant.start("worker", "sweep")

    waits = alert_waits(plant, sent, seconds=START_SECONDS + PACE_SECONDS + SLACK_SECONDS)
    warm_up(plant)
    assert_done_once(plant, sent[0][0])
    measured(f"whole worker killed in mid-task, sweep each {PACE_SECONDS} s: alert {waits[0]:.1f} s after the answer")


@pytest.mark.long
def test_a_worker_frozen_in_mid_task_holds_nobody_up_and_doubles_nothing(
    plant: Plant, measured: Callable[[str], None]
) -> None:
    plant.start("redis", "worker")
    plant.start_sweeping()
    warm_up(plant)

    with ExitStack() as until_thawed:
        with no_assessment_is_stored(plant):
            first = submit_and_meet_in_mid_task(plant)
            until_thawed.enter_context(plant.frozen("worker"))
        second = submit_all(plant, 1)
        waits = alert_waits(plant, second, seconds=PACE_SECONDS + SLACK_SECONDS)
        # Its own row stays taken until PostgreSQL ends the frozen transaction after 15 seconds.
        own = alert_waits(plant, first, seconds=PACE_SECONDS + SLACK_SECONDS + 15)

    plant.stop("sweep")
    warm_up(plant)
    assert_done_once(plant, first[0][0])
    assert_done_once(plant, second[0][0])
    measured(
        f"worker frozen in mid-task, sweep each {PACE_SECONDS} s: another patient's alert {waits[0]:.1f} s, "
        f"the patient's own {own[0]:.1f} s after the answer"
    )


def test_a_lock_that_lasts_puts_an_assessment_off_for_a_minute_only(plant: Plant) -> None:
    plant.start("redis", "worker")
    warm_up(plant)
    left = "SELECT extract(epoch FROM assessment_due_at - now()) FROM monitoring_monitoringplan WHERE episode_id = %s"
    put_off = "SELECT failed_assessments FROM monitoring_monitoringplan WHERE episode_id = %s"

    with no_assessment_is_stored(plant):
        patient, _ = submit_and_meet_in_mid_task(plant)[0]
        wait_until(lambda: plant.count(put_off, patient.episode) == 1, seconds=10, message="it did not give up")

    assert 30 < plant.count(left, patient.episode) <= 60


def sweep_age(plant: Plant) -> float:
    """Return how old the last good sweep is, as a monitor is told; worker and beat are not there and told as well."""
    age = plant.health()[1]["sweep_age_s"]
    return float("inf") if age is None else age


def test_nobody_sweeping_is_an_alarm_after_three_minutes(plant: Plant) -> None:
    plant.start("sweep")
    wait_until(lambda: sweep_age(plant) < STOPPED_SECONDS, seconds=START_SECONDS, message="no sweep ended well")
    plant.kill("sweep")

    assert sweep_age(plant) < STOPPED_SECONDS
    age_the_heartbeat(plant)
    status, facts = plant.health()

    assert status == 503
    assert not facts["ok"] and facts["db"] and facts["sweep_age_s"] > STOPPED_SECONDS
    plant.start("sweep")
    wait_until(lambda: sweep_age(plant) < STOPPED_SECONDS, seconds=START_SECONDS, message="it is not well again")


def test_a_sweep_that_stands_still_does_not_keep_the_others_away_for_ever(plant: Plant) -> None:
    [(patient, _)] = submit_all(plant, 1)
    assert plant.sweep_once() > 0
    with psycopg.connect(embedded.urls(plant.data_dir)[1], autocommit=True) as frozen:
        frozen.execute("SELECT pg_advisory_lock(%s)", [SWEEP_LOCK])
        [(other, _)] = submit_all(plant, 1)

        assert plant.sweep_once() == 0
        assert plant.alerts_of(other) == []
        age_the_heartbeat(plant)
        assert plant.sweep_once() > 0

    assert_done_once(plant, patient)
    assert_done_once(plant, other)
