"""Ann, who is asked a questionnaire with a safety question."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World


@pytest.fixture
def asked(north: World) -> World:
    """Ann is asked two questionnaires each week."""
    factories.make_plan(north.episode, instruments={"PHQ-9": 1, "GAD-7": 1})
    return north


@pytest.fixture
def form(world: World, client: Client) -> Client:
    """Ann's browser at the questionnaire, past the five ratings."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 1}, weekday=(now - timedelta(days=1)).isoweekday())
        plans.open_due_slots(at=now)
    client.force_login(world.ann)
    client.post(reverse("start_check_in"), {"form": "full"})
    for number in range(1, 6):
        client.post(reverse("check_in_step", args=[number]), {"value": "5"})
    return client
