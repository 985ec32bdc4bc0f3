"""The first page after signing in: for a patient in care, and for one whose care has ended."""

import pytest
from django.test import Client
from django.urls import reverse

from patients.care import episodes
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW


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


def test_who_comes_back_into_care_sees_the_new_care(world: World, discharged: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        new = episodes.open_episode(patient=world.episode.patient, started_on=NOW.date(), by=world.chris, at=NOW)

    page = discharged.get(reverse("home")).content.decode()

    assert new.ended_on is None
    assert "Your care here ended" not in page
