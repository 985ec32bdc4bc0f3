"""The first page after signing in: the patient's start card, or where the day of staff begins."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def test_home_says_that_check_ins_are_off_and_names_no_next_one(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now + timedelta(days=3)).date())
    assert "Your next check-in is on" in ann.get("/").content.decode()

    ann.post(reverse("decide_consent"), {"check_ins": "no", "confirmed": "yes"})

    page = ann.get("/").content.decode()
    assert "Check-ins are off" in page
    assert "next check-in" not in page


def test_the_due_day_before_its_hour_does_not_say_that_nothing_is_to_be_answered(ann: Client, world: World) -> None:
    now = timezone.now()
    # Wherever the clock of this machine stands, in one of these places the day has an hour left.
    zones = ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata")
    zone = next(name for name in zones if now.astimezone(ZoneInfo(name)).hour < 22)
    with clinic_context(clinic_id=world.clinic.pk):
        plan = factories.make_plan(world.episode, starts_on=now.astimezone(ZoneInfo(zone)).date())
        weekday = now.astimezone(ZoneInfo(zone)).isoweekday()
        plans.change_rhythm(plan=plan, weekday=weekday, local_time=time(23, 30), time_zone=zone, by=world.chris, at=now)

    page = ann.get("/").content.decode()

    assert "Your check-in opens today at 23:30" in page
    assert "Nothing to answer" not in page


def test_a_week_that_is_due_is_there_before_the_sweep_comes(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - timedelta(days=6)).date())

    assert "Your check-in for the week of" in ann.get("/").content.decode()
