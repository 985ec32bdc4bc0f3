"""A nudge never holds up a request: not when the broker is gone, not when it hangs."""

import socket
import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from config.celery import app
from monitoring.operations import tasks
from tests.conftest import World

# The promise is "saved" within a second (a hang would be for ever); the benchmark has the exact figure.
BUDGET_SECONDS = 1.0


@pytest.fixture
def hung_broker() -> Iterator[str]:
    """A server that accepts and never answers, like a stopped Redis."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def real_publishing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Celery publish for once, instead of running tasks in place; what still waits at the end is dropped."""
    publisher = tasks._Publisher()
    monkeypatch.setattr(tasks, "_publisher", publisher)
    app.conf.task_always_eager = False
    yield
    with publisher._waiting.mutex:
        publisher._waiting.queue.clear()
    app.conf.task_always_eager = True
    app.conf.broker_url = settings.CELERY_BROKER_URL


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.usefixtures("real_publishing")
@pytest.mark.parametrize("state", ["hung", "gone"])
@override_settings(NUDGE_ENABLED=True)
def test_a_commit_does_not_wait_for_the_broker(hung_broker: str, free_port: int, state: str) -> None:
    url = hung_broker if state == "hung" else f"redis://127.0.0.1:{free_port}/0"
    app.conf.broker_url = url
    started = time.monotonic()

    with transaction.atomic():
        for _ in range(20):
            tasks.nudge_assessment(clinic_id=UUID(int=1), episode_id=UUID(int=2))

    assert time.monotonic() - started < BUDGET_SECONDS


def test_a_rolled_back_transaction_nudges_nobody(north: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(tasks._publisher, "put", lambda *args: sent.append(args))

    with override_settings(NUDGE_ENABLED=True), transaction.atomic():
        tasks.nudge_assessment(clinic_id=north.clinic.pk, episode_id=north.episode.pk)
        transaction.set_rollback(True)

    assert sent == []
