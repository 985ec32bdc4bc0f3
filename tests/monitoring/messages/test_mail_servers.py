"""Mail servers that really speak, and misbehave: the alert is on the page, the message waits, and nobody hangs."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.alerts import evidence
from monitoring.engine.records import Tier
from monitoring.models import Notification
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationState
from monitoring.operations import tasks
from patients.tenancy import clinic_context
from tests.conftest import World

PATIENCE_SECONDS = 0.5
# What the server says to each command; None: it says nothing any more; empty: it hangs up.
WELL = {"": "220 here", "ehlo": "250 here", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go", ".": "250 taken"}
FAULTS: dict[str, dict[str, str | None]] = {
    "refuses at the door": {"": "421 closed"},
    "hangs at the door": {"": None},
    "talks nonsense": {"": "hello there"},
    "hangs up at the door": {"": ""},
    "refuses the sender": {"mail": "451 try later"},
    "puts the address off": {"rcpt": "451 try later"},
    "does not know the address": {"rcpt": "550 no such mailbox"},
    "hangs after the text": {".": None},
    "refuses the text": {".": "554 no"},
    "drops the text": {".": ""},
}


class MailServer:
    """A mail server in a few lines, which says what it is told to say."""

    def __init__(self) -> None:
        self.says: dict[str, str | None] = dict(WELL)
        self.taken = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def end(self) -> None:
        self._over.set()
        self._server.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                connection, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            if not self._say(connection, ""):
                return
            is_text = False
            for line in lines:
                words = line.decode().strip().lower()
                if is_text and words != ".":
                    continue
                command = words if words == "." else words.partition(" ")[0]
                is_text = command == "data"
                if not self._say(connection, command):
                    return
                self.taken += command == "." and self.says["."] == WELL["."]

    def _say(self, connection: socket.socket, command: str) -> bool:
        """Say what is due; return whether the conversation goes on."""
        reply = self.says.get(command, "250 ok")
        if reply is None:
            self._over.wait(10)
        if reply:
            connection.sendall(f"{reply}\r\n".encode())
        return bool(reply)


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, PATIENCE_SECONDS
    yield server
    server.end()


@pytest.fixture
def deliver(world: World) -> Callable[[float], int]:
    """An alert was raised; return what sends what is due after some minutes."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        evidence.raise_alert(episode=world.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=now)
    return lambda minutes: tasks.deliver_due(clinic_id=world.clinic.pk, at=now + timedelta(minutes=minutes))


def state_of(world: World) -> tuple[str, int]:
    with clinic_context(clinic_id=world.clinic.pk):
        message = Notification.objects.get()
    return message.state, message.tries


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_makes_the_message_wait_and_its_end_lets_it_out(
    world: World, client: Client, server: MailServer, deliver: Callable[[float], int], fault: str
) -> None:
    server.says |= FAULTS[fault]
    began = time.monotonic()

    sent = deliver(0)

    assert sent == 0
    assert time.monotonic() - began < PATIENCE_SECONDS + 3
    assert state_of(world) == (NotificationState.QUEUED, 1)
    client.force_login(world.chris)
    assert "Ann Archer" in client.get("/alerts/").content.decode(), "the page has it whatever mail does"
    server.says = dict(WELL)
    assert deliver(30) == 1
    assert (state_of(world), server.taken) == ((NotificationState.SENT, 2), 1)


def test_within_ten_minutes_of_a_fault_the_teams_pages_and_healthz_say_so(
    world: World, client: Client, server: MailServer, deliver: Callable[[float], int]
) -> None:
    server.says |= FAULTS["puts the address off"]
    now = timezone.now()
    client.force_login(world.chris)
    told = []
    for minutes in range(11):
        tasks.run_sweep(at=now + timedelta(minutes=minutes))
        told.append("E-mails about alerts have been refused since" in client.get("/caseload/").content.decode())

    assert told[0] is False and told[-1] is True
    assert client.get("/healthz").json()["mail_refused"] == 1


def test_a_server_that_hangs_up_after_it_has_taken_the_text_is_believed(
    world: World, server: MailServer, deliver: Callable[[float], int]
) -> None:
    server.says["quit"] = ""

    assert deliver(0) == 1

    assert state_of(world) == (NotificationState.SENT, 1)
