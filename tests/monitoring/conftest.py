"""Ann's weekly plan, and her browser in the present week."""

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK


@pytest.fixture
def planned(north: World) -> World:
    """Ann has a weekly plan since ten weeks, Mondays at nine; it is Monday at ten."""
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 10).date())
    return north


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    """Ann is signed in; her week is open, and the weeks before were missed."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - WEEK * 4).date())
        plans.open_due_slots(at=now)
        plans.mark_missed(at=now)
    client.force_login(world.ann)
    return client
