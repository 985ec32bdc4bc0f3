"""When background duties last ran, how far they have come, and when people must be told that checking has stopped."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from monitoring.models import Heartbeat
from monitoring.operations import heartbeats
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def kept(name: str = "duty") -> Heartbeat:
    return Heartbeat.objects.get(name=name)


def test_a_duty_that_ends_leaves_when_and_how_much() -> None:
    before = timezone.now()
    with heartbeats.beat("duty") as report:
        report.items = 3
        assert kept().last_ok_at is None

    assert kept().last_started_at >= before
    assert kept().last_ok_at >= kept().last_started_at
    assert (kept().items, kept().error) == (3, "")


def test_a_duty_that_breaks_is_named_by_its_kind_of_error_and_its_last_success_stays() -> None:
    with heartbeats.beat("duty"):
        pass
    well = kept().last_ok_at

    with pytest.raises(LookupError, match="zqx-canary"), heartbeats.beat("duty"):
        raise LookupError("zqx-canary")

    assert (kept().error, kept().last_ok_at) == ("LookupError", well)
    with heartbeats.beat("duty"):
        pass
    assert kept().error == ""


def test_work_done_piece_by_piece_ends_well_with_its_last_piece_and_never_beyond() -> None:
    heartbeats.start("duty", total=5)
    assert heartbeats.remaining("duty") == 5

    heartbeats.advance("duty", items=3)
    assert (heartbeats.remaining("duty"), kept().last_ok_at) == (2, None)

    heartbeats.advance("duty", items=4)
    assert heartbeats.remaining("duty") == 0
    assert kept().last_ok_at is not None


def test_progress_of_a_known_duty_keeps_when_it_began() -> None:
    heartbeats.start("duty", total=5)
    began = kept().last_started_at

    heartbeats.show_progress("duty", items=2, total=9)

    assert (kept().last_started_at, kept().items, kept().total) == (began, 2, 9)


def test_trouble_is_counted_from_when_it_began_and_is_well_when_there_is_none() -> None:
    heartbeats.show_trouble(heartbeats.MAIL, items=2, since=NOW)
    assert heartbeats.trouble(heartbeats.MAIL) == 2
    assert (kept(heartbeats.MAIL).last_started_at, kept(heartbeats.MAIL).last_ok_at) == (NOW, None)

    heartbeats.show_trouble(heartbeats.MAIL, items=0)
    assert heartbeats.trouble(heartbeats.MAIL) == 0
    assert kept(heartbeats.MAIL).last_ok_at is not None


def test_of_a_duty_that_never_ran_nothing_is_known_and_the_night_is_late() -> None:
    assert heartbeats.find("duty") is None
    assert (heartbeats.remaining("duty"), heartbeats.trouble("duty")) == (0, 0)
    assert heartbeats.is_late("duty", at=NOW)
    assert heartbeats.has_checking_stopped(at=NOW)


@pytest.mark.parametrize(("hours", "is_late"), [(25.9, False), (26, False), (26.1, True)])
def test_a_night_is_late_after_a_day_and_two_hours(hours: float, is_late: bool) -> None:
    Heartbeat.objects.create(name="duty", last_started_at=NOW - timedelta(hours=hours))

    assert heartbeats.is_late("duty", at=NOW) is is_late


@pytest.mark.parametrize(
    ("ended", "is_too_old"),
    [(None, True), (NOW - timedelta(seconds=180), False), (NOW - timedelta(seconds=181), True), (NOW, False)],
)
def test_three_missed_sweeps_are_too_many(ended: datetime | None, is_too_old: bool) -> None:
    assert heartbeats.is_too_old(ended, at=NOW) is is_too_old


def test_a_process_keeps_its_pulse_apart_from_the_duty_of_the_same_name() -> None:
    heartbeats.show_life("sweep")
    first = kept("sweep process")
    heartbeats.show_life("sweep")

    assert heartbeats.find(heartbeats.SWEEP) is None
    assert kept("sweep process").last_started_at == first.last_started_at
    assert kept("sweep process").last_ok_at > first.last_ok_at
