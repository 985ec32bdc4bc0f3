"""Days on which nobody is there: checked holidays, planned closures, and what the clocks make of them."""

import os
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import translation

from patients.clinics import days_off, hours
from patients.clinics.days_off import Closure, ClosureNotPossible
from patients.models.audit import AuditAction, AuditEvent
from tests.conftest import World
from tests.patients.clinics.staffed import clinic, local

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
CHRISTMAS = Closure(first=date(2026, 12, 24), last=date(2027, 1, 1), label="Christmas")


def names_of(country: str, region: str = "") -> dict[date, str]:
    return {one.day: one.name for one in days_off.public_holidays(country, region, years=[2026])}


@pytest.mark.parametrize("server", ["de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"])
@pytest.mark.parametrize(("reader", "name"), [("de", "Neujahr"), ("en", "New Year's Day")])
def test_holidays_have_their_names_in_the_readers_language_whatever_the_servers(
    monkeypatch: pytest.MonkeyPatch, server: str, reader: str, name: str
) -> None:
    monkeypatch.setenv("LANG", server)
    monkeypatch.setenv("LANGUAGE", server)
    days_off._public_holidays.cache_clear()

    with translation.override(reader):
        assert names_of("DE", "BY")[date(2026, 1, 1)] == name
    assert os.environ["LANG"] == server


def test_a_region_has_its_own_holidays() -> None:
    assert date(2026, 6, 4) in names_of("DE", "BY")
    assert date(2026, 6, 4) not in names_of("DE", "BE")
    assert date(2026, 4, 6) in names_of("GB", "ENG")


@pytest.mark.parametrize(("country", "region"), [("XX", ""), ("DE", "nowhere"), ("", "")])
def test_an_unknown_place_has_no_holidays(country: str, region: str) -> None:
    assert days_off.public_holidays(country, region, years=[2026]) == []
    assert days_off.regions("XX") == []


def test_countries_are_listed_in_the_readers_language() -> None:
    with translation.override("de"):
        assert ("DE", "Deutschland") in days_off.countries()
    with translation.override("en"):
        assert ("DE", "Germany") in days_off.countries()


def test_a_day_with_other_hours_has_its_own_clock() -> None:
    there = clinic(BERLIN)
    there.other_hours = {"5": ["08:00", "12:30"]}
    friday = local(BERLIN, 2026, 12, 4, 12)

    assert hours.is_staffed(there, local(BERLIN, 2026, 12, 4, 8).astimezone(UTC))
    assert not hours.is_staffed(there, local(BERLIN, 2026, 12, 4, 13).astimezone(UTC))
    assert hours.after_staffed_minutes(there, friday.astimezone(UTC), 60) == local(BERLIN, 2026, 12, 7, 9, 30)
    assert hours.in_words(there, NOW, reader_zone=BERLIN) == "Mon, Tue, Wed, Thu, 09:00 to 17:00; Fri, 08:00 to 12:30"


def test_clocks_stand_still_on_a_checked_holiday_and_in_a_closure() -> None:
    there = clinic(BERLIN)
    there.closed_days = [date(2026, 4, 3), date(2026, 4, 6)]
    there.closures = [{"first": "2026-04-07", "last": "2026-04-08", "label": ""}]
    thursday = local(BERLIN, 2026, 4, 2, 16, 30).astimezone(UTC)

    assert hours.after_staffed_minutes(there, thursday, 60) == local(BERLIN, 2026, 4, 9, 9, 30)
    assert hours.end_of_working_day(there, thursday, days=1) == local(BERLIN, 2026, 4, 9, 17)
    assert hours.opening_in_words(there, local(BERLIN, 2026, 4, 2, 18), reader_zone=BERLIN) == (
        "The clinic opens on Thursday 9 April at 09:00."
    )


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [(time(9), time(17), (12, 0)), (time(8), time(11), (9, 30)), (time(14), time(18), (16, 0))],
)
def test_midday_is_noon_or_the_middle_of_a_day_without_noon(
    opens: time, closes: time, expected: tuple[int, int]
) -> None:
    there = clinic(BERLIN, opens=opens, closes=closes)

    due = hours.midday_of_working_day(there, local(BERLIN, 2026, 11, 27, 16).astimezone(UTC), days=1)

    assert due == local(BERLIN, 2026, 11, 30, *expected)


def test_no_staffed_day_has_no_midday() -> None:
    assert hours.midday_of_working_day(clinic(BERLIN, days=()), NOW, days=1) is None


def test_the_clinic_is_asked_to_check_its_holidays_before_the_checked_days_run_out(north: World) -> None:
    assert days_off.need_checking(north.clinic, at=NOW)

    days_off.keep_holidays(
        clinic=north.clinic, country="DE", region="BE", closed=[date(2026, 12, 25)], until=date(2027, 12, 31),
        by=north.sam, at=NOW,
    )  # fmt: skip
    north.clinic.refresh_from_db()

    assert north.clinic.closed_days == [date(2026, 12, 25)]
    assert not days_off.need_checking(north.clinic, at=NOW)
    assert days_off.need_checking(north.clinic, at=datetime(2027, 11, 20, tzinfo=UTC))
    assert AuditEvent.objects.filter(action=AuditAction.CLINIC_CHANGED).count() == 1


def test_a_closure_ends_by_itself_and_can_be_taken_out(north: World) -> None:
    days_off.plan_closure(clinic=north.clinic, closure=CHRISTMAS, by=north.sam, at=NOW)
    north.clinic.refresh_from_db()

    assert days_off.closures(north.clinic, at=NOW) == [CHRISTMAS]
    assert not hours.is_working_day(north.clinic, date(2026, 12, 28))
    assert hours.is_working_day(north.clinic, date(2027, 1, 4))
    assert days_off.closures(north.clinic, at=NOW + timedelta(days=40)) == []

    days_off.remove_closure(clinic=north.clinic, first=CHRISTMAS.first, by=north.sam, at=NOW)
    north.clinic.refresh_from_db()
    assert hours.is_working_day(north.clinic, date(2026, 12, 28))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 12, 24), date(2026, 12, 23)),
        (date(2026, 11, 1), date(2026, 11, 2)),
        (date(2026, 12, 24), date(2027, 12, 24)),
    ],
    ids=["wrong order", "over", "a year"],
)
def test_a_closure_that_is_none_is_refused(north: World, first: date, last: date) -> None:
    with pytest.raises(ClosureNotPossible):
        days_off.plan_closure(
            clinic=north.clinic, closure=Closure(first=first, last=last, label=""), by=north.sam, at=NOW
        )


def test_there_is_an_end_to_closures(north: World) -> None:
    for day in range(days_off.MOST_CLOSURES):
        one = Closure(
            first=date(2027, 1, 1) + timedelta(days=day), last=date(2027, 1, 1) + timedelta(days=day), label=""
        )
        days_off.plan_closure(clinic=north.clinic, closure=one, by=north.sam, at=NOW)

    with pytest.raises(ClosureNotPossible):
        days_off.plan_closure(clinic=north.clinic, closure=CHRISTMAS, by=north.sam, at=NOW)
