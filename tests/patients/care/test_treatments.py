"""What is tried: begun once at a time, begun again, and changed in the order of days."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from patients.care import treatments
from patients.care.treatments import AlreadyRunning, Dose
from patients.models import Intervention
from tests.conftest import World
from tests.factories import NOW
from tests.patients.care.trying import TODAY, start


def test_the_same_thing_is_not_started_twice_at_once(north: World, client: Client) -> None:
    start(north, "Sertraline", kind="medication")
    client.force_login(north.chris)

    with pytest.raises(AlreadyRunning):
        start(north, " sertraline ", kind="medication")
    body = {"kind": "medication", "name": "SERTRALINE", "started_on": timezone.now().date().isoformat()}
    answer = client.post(reverse("start_intervention", args=[north.episode.pk]), body)

    assert answer.status_code == 422
    assert "Change its dose instead" in answer.content.decode()
    assert Intervention.objects.count() == 1


def test_it_can_be_started_again_after_its_stop_but_not_before(north: World) -> None:
    first = start(north, "Sertraline", on=TODAY - timedelta(days=100), kind="medication")
    treatments.stop_intervention(
        intervention=first, stopped_on=TODAY - timedelta(days=50), reason="Nausea", by=north.chris, at=NOW
    )

    with pytest.raises(AlreadyRunning):
        start(north, "Sertraline", on=TODAY - timedelta(days=60), kind="medication")
    assert start(north, "Sertraline", on=TODAY - timedelta(days=50), kind="medication").pk


def test_a_stop_before_a_change_of_dose_is_refused_with_the_day(north: World, client: Client) -> None:
    medicine = start(north, "Sertraline", kind="medication")
    changed_on = TODAY - timedelta(days=10)
    treatments.change_intervention(
        intervention=medicine, dose=Dose(label="100 mg"), from_on=changed_on, by=north.chris, at=NOW
    )
    client.force_login(north.chris)

    body = {"stopped_on": (changed_on - timedelta(days=1)).isoformat(), "reason": "Nausea"}
    answer = client.post(reverse("stop_intervention", args=[north.episode.pk, medicine.pk]), body)

    assert answer.status_code == 422
    assert date_format(changed_on, "j M Y") in answer.content.decode()


def test_something_from_before_the_start_of_care_is_drawn(north: World, client: Client) -> None:
    start(north, "Light therapy", on=north.episode.started_on - timedelta(days=900), kind="other")
    client.force_login(north.chris)

    page = client.get(reverse("trajectory", args=[north.episode.pk]) + "?window=all")

    assert page.status_code == 200
    assert "Light therapy" in page.content.decode()
