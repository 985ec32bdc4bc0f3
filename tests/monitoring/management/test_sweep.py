"""The process that makes sure: one sweep on demand, or one after the other until it is told to end."""

import signal
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from monitoring.models import CheckInSlot
from monitoring.operations import heartbeats
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command takes the signal that ends a container, and closes old connections: this one is the test's."""
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", connection.get_autocommit())
    monkeypatch.setattr(connection, "close_at", None)
    known = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, known)


def test_one_sweep_says_how_much_it_did(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
    first, second = StringIO(), StringIO()

    call_command("sweep", stdout=first)
    call_command("sweep", stdout=second)

    assert int(first.getvalue().split()[0]) > 0
    assert second.getvalue() == "0 done\n"
    with clinic_context(clinic_id=world.clinic.pk):
        assert CheckInSlot.objects.exists()


def test_it_goes_on_at_its_pace_until_the_container_is_stopped(
    world: World, container: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(time, "sleep", wait)

    with pytest.raises(SystemExit) as ended:
        call_command("sweep", every=60.0)

    assert ended.value.code == 0
    assert len(waits) == 2 and all(0 <= seconds < 60 for seconds in waits)
    assert heartbeats.find(heartbeats.SWEEP) is not None
