"""What each page of the team says about the machine, without a worker that could be gone itself."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from monitoring.alerts import evidence
from monitoring.engine.records import Tier
from monitoring.messages.notifications import REFUSED_TRIES
from monitoring.models import Heartbeat, Notification
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationState
from monitoring.operations import heartbeats, watch
from patients.models import ClinicRole
from patients.models.people import Role
from tests.conftest import World
from tests.factories import NOW


def sweep_ended(seconds_ago: int) -> None:
    moment = NOW - timedelta(seconds=seconds_ago)
    Heartbeat.objects.create(name=heartbeats.SWEEP, last_started_at=moment, last_ok_at=moment)


def raise_one(world: World) -> None:
    evidence.raise_alert(episode=world.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)


def test_before_the_first_sweep_people_go_through_the_list_by_hand(north: World) -> None:
    assert watch.trouble(is_admin=False, at=NOW).has_stopped


@pytest.mark.parametrize(("seconds", "has_stopped"), [(60, False), (180, False), (181, True)])
def test_after_three_missed_sweeps_checking_has_stopped(north: World, seconds: int, has_stopped: bool) -> None:
    sweep_ended(seconds)

    assert watch.trouble(is_admin=False, at=NOW).has_stopped is has_stopped


def test_processes_that_show_no_life_are_named_and_those_that_nobody_waits_for_are_not(
    north: World, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sweep_ended(30)
    settings.WATCHED_PROCESSES = ["worker", "beat"]
    for process, seconds_ago in (("worker", 181), ("beat", 180), ("sweep", 999)):
        moment = NOW - timedelta(seconds=seconds_ago)
        name = heartbeats.of_process(process)
        Heartbeat.objects.create(name=name, last_started_at=moment, last_ok_at=moment)

    with django_assert_num_queries(1):
        found = watch.trouble(is_admin=False, at=NOW)

    assert (found.still, found.has_stopped) == (("worker",), False)


@pytest.mark.parametrize(
    ("tries", "state", "is_told"),
    [
        (REFUSED_TRIES, NotificationState.QUEUED, True),
        (REFUSED_TRIES - 1, NotificationState.QUEUED, False),
        (REFUSED_TRIES, NotificationState.SENT, False),
    ],
)
def test_mail_that_is_refused_again_and_again_is_told_since_its_first_message(
    north: World, tries: int, state: NotificationState, is_told: bool
) -> None:
    sweep_ended(0)
    raise_one(north)
    Notification.objects.update(tries=tries, state=state)

    assert watch.trouble(is_admin=False, at=NOW).refused_since == (NOW if is_told else None)


def test_alerts_that_nobody_may_see_are_counted_for_admins_only(
    north: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sweep_ended(0)
    raise_one(north)
    assert watch.trouble(is_admin=True, at=NOW).unseen == 0
    ClinicRole.objects.filter(role__in=[Role.CLINICIAN, Role.COORDINATOR]).update(ended_at=NOW)

    with django_assert_num_queries(2):
        assert watch.trouble(is_admin=True, at=NOW).unseen == 1
    with django_assert_num_queries(1):
        assert watch.trouble(is_admin=False, at=NOW).unseen == 0
