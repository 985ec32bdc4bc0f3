"""Redis well, gone and hung: the patient is told "saved" within a second, and the alert comes all the same."""

import time
from collections.abc import Callable

import pytest

from tests.config.conftest import wait_until
from tests.faults.plant import PACE_SECONDS, SAVED_SECONDS, SLACK_SECONDS, Answer, Patient, Plant, alert_waits, spread

pytestmark = [pytest.mark.slow, pytest.mark.needs_redis, pytest.mark.xdist_group("faults")]

FAST_SECONDS = 5
WARM_UP_SECONDS = 30


def submit_all(plant: Plant, count: int) -> list[tuple[Patient, Answer]]:
    """Let patients submit one after the other; all must be told "saved"."""
    patients = [plant.next_patient() for _ in range(count)]
    sent = [(patient, plant.submit(patient)) for patient in patients]
    assert [answer.is_saved for _, answer in sent] == [True] * count
    return sent


def warm_up(plant: Plant) -> None:
    """Wait until worker and queue do their part."""
    alert_waits(plant, submit_all(plant, 1), seconds=WARM_UP_SECONDS)


def seconds_until_quick(plant: Plant) -> float:
    """Return how long after the broker's return the worker does its part again, without any sweep."""
    began = time.monotonic()
    while time.monotonic() - began < WARM_UP_SECONDS:
        [(patient, answer)] = submit_all(plant, 1)
        while time.monotonic() - answer.came < 3:
            if plant.alerts_of(patient):
                return time.monotonic() - began
            time.sleep(0.05)
    raise AssertionError(f"the worker did not come back: {plant.log('worker')}")


def test_with_worker_and_broker_the_alert_is_there_within_seconds(
    plant: Plant, measured: Callable[[str], None]
) -> None:
    plant.start("redis", "worker")
    warm_up(plant)

    waits, saved = [], []
    for _ in range(10):
        sent = submit_all(plant, 1)
        waits += alert_waits(plant, sent, seconds=FAST_SECONDS)
        saved.append(sent[0][1].seconds)
        assert len(plant.alerts_of(sent[0][0])) == 1

    measured(f"worker and broker up: saved {spread(saved)}; alert {spread(waits)}")


def test_a_killed_broker_delays_the_alert_to_the_next_sweep(plant: Plant, measured: Callable[[str], None]) -> None:
    plant.start("redis", "worker", "beat")
    warm_up(plant)
    plant.start_sweeping()
    plant.kill("redis")

    sent = submit_all(plant, 3)
    saved = [answer.seconds for _, answer in sent]
    assert max(saved) < SAVED_SECONDS
    waits = alert_waits(plant, sent, seconds=PACE_SECONDS + SLACK_SECONDS)
    assert [len(plant.alerts_of(patient)) for patient, _ in sent] == [1, 1, 1]
    wait_until(lambda: plant.health()[0] == 200, seconds=SLACK_SECONDS, message="no sweep ended well")

    plant.stop("sweep")
    plant.start("redis")
    back = seconds_until_quick(plant)
    measured(
        f"broker killed, sweep each {PACE_SECONDS} s: saved {spread(saved)}; alert {spread(waits)}; "
        f"quick again {back:.1f} s after its return"
    )


@pytest.mark.long
def test_a_hung_broker_holds_nobody_up_and_doubles_nothing(plant: Plant, measured: Callable[[str], None]) -> None:
    plant.start("redis", "worker", "beat")
    warm_up(plant)
    plant.start_sweeping()

    with plant.frozen("redis"):
        sent = submit_all(plant, 3)
        saved = [answer.seconds for _, answer in sent]
        assert max(saved) < SAVED_SECONDS
        waits = alert_waits(plant, sent, seconds=PACE_SECONDS + SLACK_SECONDS)

    plant.stop("sweep")
    back = seconds_until_quick(plant)
    assert [len(plant.alerts_of(patient)) for patient, _ in sent] == [1, 1, 1]
    assert [plant.assessments_of(patient) for patient, _ in sent] == [1, 1, 1]
    measured(
        f"broker hung, sweep each {PACE_SECONDS} s: saved {spread(saved)}; alert {spread(waits)}; "
        f"quick again {back:.1f} s after its return"
    )
