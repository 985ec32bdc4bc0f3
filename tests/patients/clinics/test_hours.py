"""Staffed hours: when somebody reads, in real minutes, and in words."""

from datetime import UTC, datetime, time, timedelta

import pytest

from patients.clinics import hours
from tests.conftest import World
from tests.patients.clinics.staffed import EVENING, ZONES, clinic, local


@pytest.mark.parametrize("zone", ZONES)
def test_staffed_hours_are_read_on_the_clinics_own_clock(zone: str) -> None:
    there = clinic(zone)

    assert not hours.is_staffed(there, local(zone, 2026, 11, 17, 8, 59).astimezone(UTC))
    assert hours.is_staffed(there, local(zone, 2026, 11, 17, 9).astimezone(UTC))
    assert hours.is_staffed(there, local(zone, 2026, 11, 17, 16, 59).astimezone(UTC))
    assert not hours.is_staffed(there, local(zone, 2026, 11, 17, 17).astimezone(UTC))


@pytest.mark.parametrize(
    ("zone", "evening"),
    [
        ("Europe/Berlin", (2026, 10, 24, 22)),
        ("Europe/Berlin", (2026, 3, 28, 22)),
        ("America/New_York", (2026, 10, 31, 22)),
        ("America/New_York", (2026, 3, 7, 22)),
        ("Australia/Lord_Howe", (2026, 10, 3, 22)),
    ],
)
def test_staffed_minutes_are_real_minutes_in_the_night_the_clocks_change(zone: str, evening: tuple[int, ...]) -> None:
    """A ward that is always staffed: 240 minutes were due after three or five hours."""
    always = clinic(zone, opens=time(0), closes=time(23, 59, 59), days=(1, 2, 3, 4, 5, 6, 7))
    at = local(zone, *evening).astimezone(UTC)

    due = hours.after_staffed_minutes(always, at, 360)

    assert due is not None
    assert timedelta(0) <= due - at - timedelta(minutes=360) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 26, 7, 59, tzinfo=UTC), "The clinic opens today at 09:00."),
        (datetime(2026, 11, 26, 8, 0, tzinfo=UTC), ""),
        (EVENING, "The clinic opens tomorrow at 09:00."),
        (datetime(2026, 11, 27, 18, 0, tzinfo=UTC), "The clinic opens on Monday 30 November at 09:00."),
    ],
    ids=["early", "open", "evening", "Friday evening"],
)
def test_a_closed_clinic_says_when_it_opens(north: World, at: datetime, words: str) -> None:
    assert hours.opening_in_words(north.clinic, at) == words


def test_a_clinic_without_hours_says_no_opening(north: World) -> None:
    north.clinic.staffed_weekdays = []

    assert hours.opening_in_words(north.clinic, EVENING) == ""


@pytest.mark.parametrize(
    ("days", "words"),
    [([1, 2, 3, 4, 5], "weekdays, 09:00 to 17:00"), ([3, 1], "Mon, Wed, 09:00 to 17:00"), ([], "")],
    ids=["weekdays", "some days", "no day"],
)
def test_hours_are_said_as_people_say_them(north: World, days: list[int], words: str) -> None:
    north.clinic.staffed_weekdays = days

    assert hours.in_words(north.clinic) == words
