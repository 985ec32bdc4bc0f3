"""Ann, who is asked a questionnaire with a safety question."""

import pytest
from django.test import Client

from tests import factories
from tests.conftest import World
from tests.monitoring.alerts.answering import past_the_ratings


@pytest.fixture
def asked(north: World) -> World:
    """Ann is asked two questionnaires each week."""
    factories.make_plan(north.episode, instruments={"PHQ-9": 1, "GAD-7": 1})
    return north


@pytest.fixture
def form(world: World, client: Client) -> Client:
    """Ann's browser at the questionnaire, past the five ratings."""
    return past_the_ratings(world, client, instruments={"PHQ-9": 1})
