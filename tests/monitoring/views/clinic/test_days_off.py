"""The admin's page about days on which nobody is there."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from patients import zones
from patients.models import Clinic
from tests.conftest import World
from tests.patients.views.inviting import signed_in

URL = "/clinic/days-off/"


def admin(world: World) -> Client:
    return signed_in(world.sam)


def stored(world: World) -> Clinic:
    return Clinic.objects.get(pk=world.clinic.pk)


def test_the_holidays_of_a_place_are_shown_before_they_are_kept(world: World) -> None:
    year = zones.local_day(timezone.now(), world.clinic.time_zone).year + 1

    page = admin(world).get(URL, {"country": "DE", "region": "BY"}).content.decode()

    assert "Nobody has checked the public holidays yet" in page
    assert f'value="{year}-01-06"' in page
    assert "Epiphany" in page
    assert stored(world).holidays_until is None


def test_only_the_checked_days_are_kept(world: World) -> None:
    year = zones.local_day(timezone.now(), world.clinic.time_zone).year + 1
    sent = {"country": "DE", "region": "BY", "closed": [f"{year}-01-01"]}

    answer = admin(world).post(f"{URL}holidays/", sent, follow=True)

    clinic = stored(world)
    assert [day.isoformat() for day in clinic.closed_days] == [f"{year}-01-01"]
    assert (clinic.holiday_country, clinic.holiday_region) == ("DE", "BY")
    page = answer.content.decode()
    assert "Nobody has checked" not in page
    ticked = re.findall(r'<input type="checkbox" name="closed"[^>]* checked', page)
    assert [tag for tag in ticked if f"{year}-01-01" in tag] == ticked
    assert len(ticked) == 1


def test_a_day_that_is_no_holiday_of_the_place_is_refused(world: World) -> None:
    sent = {"country": "DE", "region": "BE", "closed": ["2027-02-02"]}

    assert admin(world).post(f"{URL}holidays/", sent).status_code == 422
    assert stored(world).closed_days == []


def test_a_clinic_may_keep_no_holidays_and_is_not_asked_again(world: World) -> None:
    page = admin(world).post(f"{URL}holidays/", {"country": ""}, follow=True).content.decode()

    assert "Nobody has checked" not in page


def test_a_closure_is_planned_shown_and_removed(world: World) -> None:
    first = timezone.now().date() + timedelta(days=20)
    sent = {"first": first, "last": first + timedelta(days=3), "label": "Moving house"}

    page = admin(world).post(f"{URL}closures/", sent, follow=True).content.decode()
    assert "Moving house" in page
    assert len(stored(world).closures) == 1

    admin(world).post(f"{URL}closures/remove/", {"first": first.isoformat()})
    assert stored(world).closures == []


def test_a_closure_in_the_past_is_refused_and_stays_typed(world: World) -> None:
    sent = {"first": "2020-01-01", "last": "2020-01-02", "label": "Long ago"}

    answer = admin(world).post(f"{URL}closures/", sent)

    assert answer.status_code == 422
    assert "Long ago" in answer.content.decode()


def test_a_request_without_a_day_removes_nothing(world: World) -> None:
    assert admin(world).post(f"{URL}closures/remove/", {"first": "never"}).status_code == 422


def test_other_hours_of_a_weekday_are_kept_with_the_clinics_hours(world: World) -> None:
    sent = {
        "public_name": "North", "time_zone": "Europe/Berlin", "staffed_weekdays": [1, 5], "staffed_from": "09:00",
        "staffed_until": "17:00", "other-from_5": "08:00", "other-until_5": "12:30",
        "contacts-TOTAL_FORMS": "0", "contacts-INITIAL_FORMS": "0",
    }  # fmt: skip

    admin(world).post("/clinic/safety/", sent)
    assert stored(world).other_hours == {"5": ["08:00", "12:30"]}

    half = admin(world).post("/clinic/safety/", sent | {"other-until_5": ""})
    assert half.status_code == 422
    wrong = admin(world).post("/clinic/safety/", sent | {"other-until_5": "07:00"})
    assert wrong.status_code == 422
