"""Everything killed at the same moment, under load, again and again: what was acknowledged is there, and alerts once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest

from tests.config.conftest import wait_until
from tests.faults.plant import IS_LONG, Patient, Plant

pytestmark = [pytest.mark.slow, pytest.mark.needs_redis, pytest.mark.xdist_group("faults")]

EVERYTHING = ("web", "worker", "sweep", "redis", "postgres")
CUTS = 20 if IS_LONG else 3
DEVICES = 3
# What one device gets through before the lights go out, at the most.
PEOPLE_EACH = 4
GREEN_SECONDS = 60


def submit_until(plant: Plant, patients: list[Patient], saved: list[Patient], dark: Event) -> None:
    """Submit for one patient after the other, and note those who were told "saved"."""
    for patient in patients:
        if dark.is_set():
            return
        if plant.submit(patient).is_saved:
            saved.append(patient)


def cut_under_load(plant: Plant, after: int) -> list[Patient]:
    """Let devices submit, kill everything after so many answers, and return the patients told "saved"."""
    dark, saved = Event(), list[Patient]()
    crowd = [[plant.next_patient() for _ in range(PEOPLE_EACH)] for _ in range(DEVICES)]
    with ThreadPoolExecutor(DEVICES) as pool:
        devices = [pool.submit(submit_until, plant, patients, saved, dark) for patients in crowd]
        wait_until(lambda: len(saved) >= after, seconds=20, message="nobody is told that it is saved")
        plant.kill(*EVERYTHING)
        dark.set()
        for device in devices:
            device.result(30)
    return saved


def test_a_power_cut_loses_nothing_and_doubles_nothing(plant: Plant, measured: Callable[[str], None]) -> None:
    moments = Random(70)
    acknowledged: list[Patient] = []
    green = []

    for _ in range(CUTS):
        plant.start(*reversed(EVERYTHING))
        acknowledged += cut_under_load(plant, moments.randint(1, DEVICES * PEOPLE_EACH // 2))
        began = time.monotonic()
        plant.start(*reversed(EVERYTHING))
        green.append(time.monotonic() - began)

    wait_until(lambda: all(plant.alerts_of(one) for one in acknowledged), seconds=GREEN_SECONDS, message="alerts lack")
    # Green means that a whole sweep has run since, and that beat shows life; the last cut may have ended both.
    plant.start("beat")
    wait_until(lambda: plant.health()[0] == 200, seconds=GREEN_SECONDS, message="health is not back")
    assert len(acknowledged) >= CUTS
    assert [plant.rows_of(patient) for patient in acknowledged] == [1] * len(acknowledged)
    assert [len(plant.alerts_of(patient)) for patient in acknowledged] == [1] * len(acknowledged)
    measured(
        f"{CUTS} power cuts under load: {len(acknowledged)} acknowledged, 0 lost, {len(acknowledged)} alerts, "
        f"0 doubled; page and database back after {max(green):.1f} s at the most"
    )
