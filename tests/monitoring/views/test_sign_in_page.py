"""The page on which one signs in, while the demo clinic of this machine is being filled."""

import pytest
from django.test import Client
from pytest_django import Settings

from monitoring.models import Heartbeat
from monitoring.operations import heartbeats

MADE, FILLED, FAILED = "is being made", "12 of 52 people", "could not be filled"


@pytest.fixture
def own_machine(db: None, settings: Settings) -> None:
    settings.EMBEDDED = True


def page(client: Client, query: str = "") -> str:
    return client.get(f"/accounts/login/{query}").content.decode()


def test_a_page_on_which_nobody_can_sign_in_yet_waits_and_looks_again(own_machine: None, client: Client) -> None:
    heartbeats.start(heartbeats.DEMO, total=1)

    shown = page(client)

    assert MADE in shown
    assert 'hx-get="/accounts/login/?waiting=1"' in shown
    assert ">Look again</a>" in shown
    assert 'name="password"' not in shown


@pytest.mark.parametrize("come", [12, 52])
def test_who_waited_is_told_when_it_opens_and_goes_on_by_a_link(own_machine: None, client: Client, come: int) -> None:
    heartbeats.start(heartbeats.DEMO, total=52)
    heartbeats.reach(heartbeats.DEMO, items=come)

    shown = page(client, "?waiting=1")

    assert ">Go on</a>" in shown
    assert (FILLED in " ".join(shown.split())) is (come < 52)
    assert ("The demo clinic is full." in shown) is (come == 52)


def test_what_is_typed_is_not_lost_while_people_come(own_machine: None, client: Client) -> None:
    heartbeats.start(heartbeats.DEMO, total=52)
    heartbeats.reach(heartbeats.DEMO, items=12)

    shown = page(client)

    assert FILLED in " ".join(shown.split())
    assert 'name="password"' in shown
    assert 'hx-get="/accounts/login/"' in shown


def test_a_demo_that_failed_says_so_and_lets_people_in(own_machine: None, client: Client) -> None:
    with pytest.raises(ZeroDivisionError), heartbeats.working(heartbeats.DEMO, total=52):
        raise ZeroDivisionError

    shown = page(client)

    assert FAILED in " ".join(shown.split())
    assert 'name="password"' in shown


@pytest.mark.parametrize("is_full", [True, False])
def test_a_full_demo_and_a_clinic_of_its_own_say_nothing(
    own_machine: None, client: Client, settings: Settings, is_full: bool
) -> None:
    heartbeats.start(heartbeats.DEMO, total=52)
    if is_full:
        heartbeats.reach(heartbeats.DEMO, items=52)
    else:
        settings.EMBEDDED = False

    shown = page(client)

    assert 'id="demo"' not in shown
    assert 'name="password"' in shown


def test_how_far_it_is_belongs_to_nobody(own_machine: None) -> None:
    heartbeats.start(heartbeats.DEMO, total=52)

    assert Heartbeat.objects.get(name=heartbeats.DEMO).last_ok_at is None
