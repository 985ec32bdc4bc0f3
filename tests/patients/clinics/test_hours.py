"""Staffed hours: when somebody reads, in real minutes, and in words."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from patients.clinics import hours
from tests.conftest import World
from tests.patients.clinics.staffed import EVENING, ZONES, clinic, local

BERLIN = "Europe/Berlin"


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
    assert hours.opening_in_words(north.clinic, at, reader_zone=BERLIN) == words


@pytest.mark.parametrize(
    ("clinic_zone", "reader_zone", "at", "words"),
    [
        ("Europe/Berlin", "Europe/London", (2026, 11, 26, 7), "The clinic opens today at 09:00 in Berlin (08:00 for you)."),
        ("Europe/Berlin", "Asia/Kolkata", (2026, 11, 25, 18), "The clinic opens tomorrow at 09:00 in Berlin (13:30 for you)."),
        # In the clinic it is a quarter past six of the day it opens, for the reader the evening before.
        ("Europe/Berlin", "America/Los_Angeles", (2026, 11, 26, 5, 15),
         "The clinic opens tomorrow at 09:00 in Berlin (00:00 for you)."),
        ("Pacific/Kiritimati", "America/Los_Angeles", (2026, 11, 25, 12),
         "The clinic opens on Thursday 26 November at 09:00 in Kiritimati (Wednesday 11:00 for you)."),
        ("Europe/Berlin", None, (2026, 11, 26, 7), "The clinic opens today at 09:00 in Berlin."),
    ],
)  # fmt: skip
def test_an_opening_is_told_on_the_clinics_clock_with_its_place_and_on_the_readers(
    clinic_zone: str, reader_zone: str | None, at: tuple[int, ...], words: str
) -> None:
    told = hours.opening_in_words(clinic(clinic_zone), datetime(*at, tzinfo=UTC), reader_zone=reader_zone)  # type: ignore[arg-type, misc]

    assert told == words


@pytest.mark.parametrize(
    ("reader_zone", "words"),
    [
        (BERLIN, "weekdays, 09:00 to 17:00"),
        ("Europe/Madrid", "weekdays, 09:00 to 17:00"),
        ("Europe/London", "weekdays, 09:00 to 17:00 in Berlin (08:00 to 16:00 for you)"),
        ("Pacific/Kiritimati", "weekdays, 09:00 to 17:00 in Berlin (22:00 to 06:00 the next day for you)"),
        ("Pacific/Midway", "weekdays, 09:00 to 17:00 in Berlin (from 21:00 the day before to 05:00 for you)"),
        (None, "weekdays, 09:00 to 17:00 in Berlin"),
    ],
)
def test_staffed_hours_name_their_place_where_the_readers_clock_shows_another_time(
    reader_zone: str | None, words: str
) -> None:
    assert hours.in_words(clinic(BERLIN), datetime(2026, 11, 26, 12, tzinfo=UTC), reader_zone=reader_zone) == words


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_by_which_a_check_in_is_read_is_the_readers_own(zone: str) -> None:
    """The second working day after a Thursday evening ends on Monday at five in the clinic, wherever one reads it."""
    there = clinic("Europe/Berlin")
    end = local("Europe/Berlin", 2026, 11, 30, 17)

    day = hours.read_by(there, local("Europe/Berlin", 2026, 11, 26, 20).astimezone(UTC), reader_zone=zone)

    assert day == end.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_clinic_that_opens_in_the_hour_the_clock_changes_opens_at_a_time_that_the_clock_shows(day: date) -> None:
    ward = clinic(BERLIN, opens=time(2, 30), closes=time(12), days=(7,))

    opening = hours.next_opening(ward, datetime.combine(day, time(), tzinfo=UTC))

    assert (
        opening == datetime(2026, 3, 29, 1, tzinfo=UTC) if day.month == 3 else datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    )
    assert opening is not None
    assert hours.is_staffed(ward, opening)
    assert not hours.is_staffed(ward, opening - timedelta(minutes=1))


def test_a_clinic_without_hours_says_no_opening(north: World) -> None:
    north.clinic.staffed_weekdays = []

    assert hours.opening_in_words(north.clinic, EVENING, reader_zone=BERLIN) == ""


@pytest.mark.parametrize(
    ("days", "words"),
    [([1, 2, 3, 4, 5], "weekdays, 09:00 to 17:00"), ([3, 1], "Mon, Wed, 09:00 to 17:00"), ([], "")],
    ids=["weekdays", "some days", "no day"],
)
def test_hours_are_said_as_people_say_them(north: World, days: list[int], words: str) -> None:
    north.clinic.staffed_weekdays = days

    assert hours.in_words(north.clinic, EVENING, reader_zone=BERLIN) == words


@pytest.mark.parametrize(
    ("clinic_zone", "reader_zone", "words"),
    [
        ("Pacific/Honolulu", "Asia/Tokyo", "the next day, 04:00 to 12:00"),
        ("Pacific/Auckland", "Pacific/Honolulu", "the day before, 10:00 to 18:00"),
    ],
)
def test_hours_that_lie_on_another_day_for_the_reader_say_so_without_a_weekday(
    clinic_zone: str, reader_zone: str, words: str
) -> None:
    """ "Weekdays, 09:00 to 17:00 (23:00 to Tuesday 07:00 for you)" named the one day on which it was read."""
    told = hours.in_words(clinic(clinic_zone), datetime(2026, 11, 26, 12, tzinfo=UTC), reader_zone=reader_zone)

    assert f"({words} for you)" in told
