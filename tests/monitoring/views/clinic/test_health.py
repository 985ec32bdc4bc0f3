"""What monitors ask: does the process answer, and has checking stopped."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.models import Heartbeat
from monitoring.operations import heartbeats, tasks
from tests.conftest import World


def sweep_ended(ago: timedelta) -> None:
    Heartbeat.objects.update_or_create(
        name=heartbeats.SWEEP,
        defaults={"last_started_at": timezone.now() - ago, "last_ok_at": timezone.now() - ago},
    )


def test_healthz_is_unwell_before_the_first_sweep(client: Client, db: None) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["sweep_age_s"] is None


def test_a_sweep_makes_it_well(client: Client, world: World) -> None:
    tasks.run_sweep(at=timezone.now())
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["ok"], answer.json()["db"]) == (200, True, True)
    assert answer.json()["sweep_age_s"] < 60
    assert answer.json()["clock_skew_s"] < heartbeats.LARGEST_SKEW_SECONDS


@pytest.mark.parametrize(("seconds", "status"), [(170, 200), (190, 503), (86_400, 503)])
def test_three_missed_sweeps_are_too_many(client: Client, db: None, seconds: int, status: int) -> None:
    sweep_ended(timedelta(seconds=seconds))

    assert client.get("/healthz").status_code == status


def test_a_sweep_that_only_starts_is_none(client: Client, db: None) -> None:
    sweep_ended(timedelta(minutes=10))
    Heartbeat.objects.update(last_started_at=timezone.now(), error="OperationalError")

    assert client.get("/healthz").status_code == 503


def test_staff_are_told_when_checking_has_stopped(client: Client, world: World) -> None:
    client.force_login(world.chris)
    sweep_ended(timedelta(minutes=6))
    stopped = client.get("/caseload/").content.decode()
    sweep_ended(timedelta(seconds=30))
    running = client.get("/caseload/").content.decode()

    assert "Assessment has stopped" in stopped
    assert "Assessment has stopped" not in running


def test_staff_are_told_which_part_stands_still_and_patients_are_not(
    client: Client, world: World, settings: Settings
) -> None:
    settings.WATCHED_PROCESSES = ["worker", "beat"]
    sweep_ended(timedelta(seconds=30))
    heartbeats.show_life("beat")
    pages = []
    for user, url in ((world.chris, "/caseload/"), (world.sam, "/clinic/people/"), (world.ann, "/")):
        client.force_login(user)
        pages.append(client.get(url).content.decode())

    assert ["stands still (worker)" in page for page in pages] == [True, True, False]
    assert not any("Assessment has stopped" in page for page in pages)
    heartbeats.show_life("worker")
    client.force_login(world.chris)
    assert "stands still" not in client.get("/caseload/").content.decode()


def test_it_names_nobody_and_no_version(client: Client, world: World) -> None:
    tasks.run_sweep(at=timezone.now())
    text = client.get("/healthz").content.decode()

    assert not any(name in text for name in ("Ann", "North", "example", "version", settings.VERSION))
    assert all(isinstance(value, (bool, int, float, type(None))) for value in client.get("/healthz").json().values())


def test_livez_tells_the_version_and_nothing_else(client: Client, db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/livez")

    assert answer.json() == {"ok": True, "version": settings.VERSION}


def test_monitors_need_no_sign_in_and_leave_no_session(client: Client, db: None) -> None:
    for url in ("/livez", "/healthz"):
        answer = client.get(url)
        assert answer.headers["Content-Type"] == "application/json"
        assert not answer.cookies


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.usefixtures("away")
def test_the_process_answers_while_the_database_is_away() -> None:
    client = Client(raise_request_exception=False)

    assert client.get("/livez").status_code == 200
    healthz = client.get("/healthz")
    assert healthz.status_code == 503
    assert healthz.json() == {"ok": False, "db": False}
