"""The first page after signing in: the patient's start card, or where the day of staff begins."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def test_home_says_that_check_ins_are_off_and_names_no_next_one(ann: Client, world: World) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now + timedelta(days=3)).date())
    assert "Your next check-in is on" in ann.get("/").content.decode()

    ann.post(reverse("decide_consent"), {"check_ins": "no", "confirmed": "yes"})

    page = ann.get("/").content.decode()
    assert "Check-ins are off" in page
    assert "next check-in" not in page
