"""The first page after signing in: the start card, where the day of staff begins, and what stays after care."""

import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.plans import plans
from patients.care import episodes, life_events
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW


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
    assert "Check-ins</span> are off" in page
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

    assert "check-in</span> opens today at 23:30" in page
    assert "Nothing to answer" not in page


def test_a_week_that_is_due_is_there_before_the_sweep_comes(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - timedelta(days=6)).date())

    assert "check-in</span> for the week of" in ann.get("/").content.decode()


@pytest.fixture
def discharged(world: World, client: Client) -> Client:
    """Ann, whose care ended after a few check-ins, signed in."""
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=NOW.date())
        factories.make_check_in(world.episode, by=world.ann, mood=4)
        episodes.end_episode(episode=world.episode, ended_on=NOW.date(), by=world.chris, at=NOW)
    client.force_login(world.ann)
    return client


def test_after_care_the_start_page_says_so_and_leads_to_the_own_record(discharged: Client) -> None:
    page = discharged.get(reverse("home"))

    assert page.status_code == 200
    words = page.content.decode()
    assert "Your care here ended on 16 November 2026" in words
    for route in ("my_chart", "safety_plan", "my_download", "access_log", "my_requests", "account_logout"):
        assert f'"{reverse(route)}"' in words
    assert reverse("start_check_in") not in words


@pytest.mark.parametrize("route", ["my_chart", "safety_plan", "access_log", "my_requests", "my_settings", "help_now"])
def test_after_care_every_page_of_the_own_record_answers(discharged: Client, route: str) -> None:
    page = discharged.get(reverse(route))

    assert page.status_code == 200
    assert "You will see here when your team has looked." not in page.content.decode()


def test_after_care_nothing_can_be_answered_and_the_plan_leads_home(discharged: Client) -> None:
    assert discharged.get(reverse("my_plan")).headers["Location"] == reverse("home")
    assert discharged.post(reverse("start_check_in"), {"form": "full"}).status_code == 404
    assert discharged.get(reverse("my_reminders")).status_code == 404


def test_after_care_every_link_of_every_page_leads_somewhere(world: World, discharged: Client) -> None:
    """Reminders, the plan and "Add an event" led to a page that was not there."""
    with clinic_context(clinic_id=world.clinic.pk):
        life_events.add_life_event(episode=world.episode, title="Moved", happened_on=NOW.date(), by=world.ann, at=NOW)
    seen, waiting, dead = set(), [reverse("home")], []
    while waiting:
        address = waiting.pop()
        page = discharged.get(address, follow=True)
        if page.status_code != 200:
            dead.append(address)
            continue
        links = re.findall(r'<a [^>]*href="(/[^"#?]*)', page.content.decode() if not page.streaming else "")
        fresh = {link for link in links if link not in seen and not link.startswith(("/static/", "/accounts/"))}
        seen |= fresh
        waiting += sorted(fresh)
        forms = set(re.findall(r'<form [^>]*action="(/[^"]+)"', page.content.decode() if not page.streaming else ""))
        dead += [action for action in forms if action.startswith("/me/events/")]

    assert len(seen) > 8
    assert dead == []


def test_after_care_help_and_requests_promise_nobody_who_reads(discharged: Client) -> None:
    help_page = discharged.get(reverse("help_now")).content.decode()

    assert "Your care here has ended" in help_page
    assert "Check-ins are read" not in help_page and "The clinic opens" not in help_page
    assert "999" in help_page
    assert "You can correct a wrong answer" not in discharged.get(reverse("my_requests")).content.decode()


def test_after_care_the_plan_says_where_it_went(discharged: Client) -> None:
    page = discharged.get(reverse("my_plan"), follow=True).content.decode()

    assert "After the end of care there is no plan." in page


def test_who_comes_back_into_care_sees_the_new_care(world: World, discharged: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        new = episodes.open_episode(patient=world.episode.patient, started_on=NOW.date(), by=world.chris, at=NOW)

    page = discharged.get(reverse("home")).content.decode()

    assert new.ended_on is None
    assert "Your care here ended" not in page
