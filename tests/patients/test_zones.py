"""Days are counted in one place, with the pinned rules of clocks and names that everyone reads alike."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.db import connection

from patients import zones
from patients.forms import ZoneField
from tests.factories import NOW

OFFERED = [zones.NO_ZONE, *zones.places()]


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("America/Vancouver", -7),
        ("America/Edmonton", -6),
        ("America/Winnipeg", -5),
        ("America/Havana", -4),
        ("Africa/Casablanca", 0),
        ("Europe/Berlin", 1),
    ],
)
def test_places_that_changed_their_clocks_in_autumn_2026_have_their_new_day(zone: str, hours: int) -> None:
    midnight = datetime(2026, 12, 15, tzinfo=UTC) - timedelta(hours=hours)

    assert zones.local_day(midnight, zone) == date(2026, 12, 15)
    assert zones.local_day(midnight - timedelta(minutes=1), zone) == date(2026, 12, 14)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Europe/Stockholm", "Europe/Stockholm"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Asia/Katmandu", "Asia/Kathmandu"),
        ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Pacific", "America/Los_Angeles"),
        ("America/Coral_Harbour", "America/Atikokan"),
        ("Pacific/Truk", "Pacific/Chuuk"),
        ("Etc/UTC", "UTC"),
        ("GMT", "UTC"),
    ],
)
def test_an_alias_of_a_place_becomes_its_one_name(sent: str, kept: str) -> None:
    assert zones.canonical(sent) == kept
    assert ZoneField().clean(sent) == kept


@pytest.mark.parametrize(
    "name",
    ["posixrules", "localtime", "Factory", "EST5EDT", "EST", "CET", "MET", "Etc/GMT+5", "posix/Europe/Berlin",
     "right/Europe/Berlin", "Europe/Nowhere", "", "../Europe/Berlin"],
)  # fmt: skip
def test_a_name_that_programs_read_differently_is_refused(name: str) -> None:
    assert zones.canonical(name) is None
    with pytest.raises(forms.ValidationError):
        ZoneField().clean(name)


def test_every_later_spelling_is_of_a_place_that_is_offered() -> None:
    assert set(zones.LATER_SPELLING.values()) <= set(zones.places())
    assert not set(zones.LATER_SPELLING) & set(zones.places())


def test_what_was_kept_under_an_old_name_is_chosen_on_its_form() -> None:
    class Form(forms.Form):
        zone = ZoneField()

    assert '<option value="Asia/Kolkata" selected>' in str(Form(initial={"zone": "Asia/Calcutta"})["zone"])


def test_each_name_that_is_offered_is_read_by_python_and_known_to_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        known = {name for (name,) in cursor.fetchall()}

    assert len(OFFERED) > 400
    assert [name for name in OFFERED if ZoneInfo(name).key != name or zones.canonical(name) != name] == []
    assert set(OFFERED) - known == set()


def test_a_zone_that_the_database_reads_otherwise_is_named(db: None) -> None:
    """PostgreSQL takes CET for a fixed distance, Python for a place in summer and winter."""
    assert zones.differing({"Europe/Berlin", "CET"}, at=NOW) == ("CET",)
    assert zones.differing({"Europe/Berlin", "Mars/Phobos", "/etc/passwd"}, at=NOW) == ("/etc/passwd", "Mars/Phobos")


def test_a_place_is_named_as_people_call_it() -> None:
    assert [zones.place(name) for name in ("Europe/London", "America/Argentina/Buenos_Aires", "UTC")] == [
        "London",
        "Buenos Aires",
        "UTC",
    ]
