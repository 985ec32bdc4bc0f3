"""PostgreSQL killed under submits: what was acknowledged is there, and meanwhile a plain page says "not saved"."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.faults.plant import Answer, Patient, Plant, spread

pytestmark = [pytest.mark.slow, pytest.mark.needs_redis, pytest.mark.xdist_group("faults")]

DEVICES = 5
PEOPLE_EACH = 6
OUTAGE_SECONDS = 3
# The pool waits this long for a connection before the page says "not saved".
LONGEST_SECONDS = 8


def insist(plant: Plant, patients: list[Patient], broken: Event) -> list[tuple[Patient, list[Answer]]]:
    """Let one device submit for its patients one after the other, trying again until each is told "saved"."""
    told = []
    for patient in patients:
        answers = [plant.submit(patient)]
        while not answers[-1].is_saved and len(answers) < 100:
            broken.set()
            time.sleep(0.2)
            answers.append(plant.submit(patient))
        told.append((patient, answers))
        time.sleep(0.05)
    return told


def test_what_was_acknowledged_survives_a_killed_server(plant: Plant, measured: Callable[[str], None]) -> None:
    broken = Event()
    crowd = [[plant.next_patient() for _ in range(PEOPLE_EACH)] for _ in range(DEVICES)]

    with ThreadPoolExecutor(DEVICES) as pool:
        devices = [pool.submit(insist, plant, patients, broken) for patients in crowd]
        time.sleep(0.3)
        plant.kill_postmaster()
        assert broken.wait(LONGEST_SECONDS)
        time.sleep(OUTAGE_SECONDS)
        plant.start("postgres")
        told = [one for device in devices for one in device.result(60)]

    assert [answers[-1].is_saved for _, answers in told] == [True] * len(told)
    assert [plant.rows_of(patient) for patient, _ in told] == [1] * len(told)
    refused = [answer for _, answers in told for answer in answers if not answer.is_saved]
    assert {answer.status for answer in refused} == {503}
    assert all("Not saved" in answer.body and "Traceback" not in answer.body for answer in refused)
    measured(
        f"PostgreSQL killed under submits: {len(told)} of {len(told)} acknowledged check-ins stored once, "
        f"{len(refused)} answers 'not saved' ({spread([answer.seconds for answer in refused])})"
    )


@pytest.mark.long
def test_while_the_server_is_away_the_page_has_the_numbers_to_call(plant: Plant) -> None:
    patient = plant.next_patient()
    home = plant.request("GET", "/", session=patient.session)
    assert home.status == 200
    crisis = "; crisis=" + home.body.split("crisis=", 1)[1].split(";", 1)[0]
    plant.kill_postmaster()

    shown = plant.request("GET", "/", session=patient.session, more=crisis)
    refused = plant.submit(patient, more=crisis)
    stranger = plant.request("GET", "/healthz")
    plant.start("postgres")
    # Right after its return a page may still find no connection within its five seconds; then one presses once more.
    unsaved = [answer for _press in range(3) if not (answer := plant.submit(patient)).is_saved]

    assert (shown.status, refused.status, stranger.status) == (503, 503, 503)
    assert "tel:999" in shown.body and "tel:999" in refused.body
    # What was typed goes with "Try again".
    assert patient.key in refused.body and "Try again" in refused.body
    assert len(unsaved) < 3 and all("Try again" in answer.body for answer in unsaved)
    assert plant.rows_of(patient) == 1


def test_the_first_requests_after_the_return_succeed(plant: Plant, measured: Callable[[str], None]) -> None:
    everybody = [plant.next_patient() for _ in range(8)]
    homes = [plant.request("GET", "/", session=patient.session) for patient in everybody]
    assert [home.status for home in homes] == [200] * len(everybody)

    plant.kill_postmaster()
    plant.start("postgres")
    # More at once than there are connections to have gone stale, so that none of them is missed.
    with ThreadPoolExecutor(len(everybody)) as pool:
        answers = list(pool.map(plant.submit, everybody))

    assert [answer.status for answer in answers] == [302] * len(everybody), plant.log("web")
    measured(f"first requests after PostgreSQL's return: {spread([answer.seconds for answer in answers])}, none failed")
