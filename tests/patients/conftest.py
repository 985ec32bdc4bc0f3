"""Pia, who is in care under Chris and has no account, and the link that the clinic admin has sent her."""

import pytest

from patients.accounts.invitations import InvitationLink
from patients.models import Episode
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.patients.accounts.claiming import invite


@pytest.fixture
def episode(world: World) -> Episode:
    """Pia's care under Chris; she has no account."""
    with clinic_context(clinic_id=world.clinic.pk):
        return factories.make_episode(factories.make_patient("Pia Poole"), team=(world.chris,))


@pytest.fixture
def link(world: World, episode: Episode) -> InvitationLink:
    """What the clinic admin has sent to Pia's address."""
    return invite(world, episode)
