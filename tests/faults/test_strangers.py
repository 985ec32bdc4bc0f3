"""Slow, huge and strange requests of someone who has no account: everyone else is served as if they were not there."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import psycopg
import pytest

from config.machine import embedded
from config.web.front_door import THREADS
from config.web.limits import BODY_SECONDS, LARGEST_BODY_BYTES
from tests.config.conftest import wait_until
from tests.faults.plant import CSRF, Plant

pytestmark = [pytest.mark.slow, pytest.mark.needs_redis, pytest.mark.xdist_group("faults")]

# Generous: what is asserted is that someone is answered at all. `python -m bench.strangers` measures how soon.
ANSWERED_SECONDS = 5
HEADER_SECONDS = 10
SLACK_SECONDS = 6


def connect(plant: Plant, *, source: str = "127.0.0.1", receives: int = 0) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(HEADER_SECONDS + BODY_SECONDS + SLACK_SECONDS)
    if receives:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", plant.web_port))
    return connection


def head(plant: Plant, method: str, path: str, *more: str) -> bytes:
    # With its cookie the token of a form is looked for in the body, so that the page would read it.
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{plant.web_port}", f"Cookie: csrftoken={CSRF}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def form(length: int) -> tuple[str, str]:
    return "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {length}"


def answer(connection: socket.socket) -> bytes:
    """Return what comes until the connection ends or nothing comes any more."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


def status_of(plant: Plant, request: bytes) -> bytes:
    with connect(plant) as connection:
        connection.sendall(request)
        return connection.recv(12)


@contextmanager
def trickling(connections: list[socket.socket], drop: bytes) -> Iterator[None]:
    """Send a few bytes on each connection, each second, meanwhile."""
    over = Event()

    def run() -> None:
        while not over.wait(1):
            for connection in connections:
                try:
                    connection.sendall(drop)
                except OSError:
                    continue

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(autouse=True)
def recovered(plant: Plant) -> None:
    """What an earlier fault has broken is whole again: each process of web has a connection that works."""
    wait_until(
        lambda: all(plant.request("GET", "/help/").status == 200 for _ in range(6)),
        seconds=30,
        message="web has not come back",
    )


def assert_everybody_is_served(plant: Plant) -> None:
    answers = [plant.request("GET", path) for path in ("/livez", "/help/", "/accounts/login/")]
    answers.append(plant.submit(plant.next_patient()))
    assert [one.status for one in answers] == [200, 200, 200, 302]
    assert max(one.seconds for one in answers) < ANSWERED_SECONDS


@pytest.mark.parametrize(
    ("addresses", "each"),
    [pytest.param(1, 16, id="16"), pytest.param(1, 50, id="50"), pytest.param(40, 5, id="200 from 40 addresses")],
)
def test_bodies_that_trickle_hold_nobody_up(plant: Plant, addresses: int, each: int) -> None:
    with ExitStack() as stack:
        sources = [f"127.0.1.{number}" for number in range(1, addresses + 1)] * each
        slow = [stack.enter_context(connect(plant, source=source)) for source in sources]
        for connection in slow:
            connection.sendall(head(plant, "POST", "/accounts/login/", *form(1000)))
        with trickling(slow, b"a"):
            assert_everybody_is_served(plant)


def test_headers_that_trickle_hold_nobody_up(plant: Plant) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(plant)) for _ in range(200)]
        for connection in slow:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{plant.web_port}\r\n".encode())
        with trickling(slow, b"X-A: b\r\n"):
            assert_everybody_is_served(plant)


@pytest.mark.long
def test_a_body_that_trickles_is_ended_with_words(plant: Plant) -> None:
    with connect(plant) as connection:
        connection.sendall(head(plant, "POST", "/accounts/login/", *form(1000)))
        began = time.monotonic()
        with trickling([connection], b"a"):
            told = answer(connection)

    assert told.startswith(b"HTTP/1.1 408")
    assert b"too slowly" in told and b"The last step was not saved" in told
    assert BODY_SECONDS - 1 < time.monotonic() - began < BODY_SECONDS + SLACK_SECONDS


@pytest.mark.long
def test_a_header_that_trickles_and_a_connection_without_a_question_end_after_ten_seconds(plant: Plant) -> None:
    with connect(plant) as asked, connect(plant) as silent, connect(plant) as trickle:
        asked.sendall(head(plant, "GET", "/livez"))
        trickle.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        with trickling([trickle], b"X-A: b\r\n"), ThreadPoolExecutor(3) as pool:
            told = list(pool.map(answer, [asked, silent, trickle]))
        seconds = time.monotonic() - began

    # A proxy that keeps connections to us must let go of them sooner: docker/haproxy.cfg keeps none.
    assert [one[:12] for one in told] == [b"HTTP/1.1 200", b"", b""]
    assert HEADER_SECONDS - 1 < seconds < HEADER_SECONDS + SLACK_SECONDS


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (form(LARGEST_BODY_BYTES + 1), b"413"),
        (("Content-Type: multipart/form-data; boundary=B", "Content-Length: 300000000"), b"413"),
        (("Transfer-Encoding: chunked",), b"411"),
        ((*form(5), "Content-Encoding: gzip"), b"415"),
        # A client that asks first is spared the sending.
        ((*form(LARGEST_BODY_BYTES + 1), "Expect: 100-continue"), b"413"),
    ],
)
def test_what_is_not_taken_in_is_refused_before_it_is_sent(
    plant: Plant, method: str, headers: tuple[str, ...], status: bytes
) -> None:
    assert status_of(plant, head(plant, method, "/checkin/send/", *headers)) == b"HTTP/1.1 " + status


def test_who_asks_first_may_send(plant: Plant) -> None:
    with connect(plant) as connection:
        connection.sendall(head(plant, "POST", "/csp", *form(4), "Expect: 100-continue", "Connection: close"))
        first = connection.recv(25)
        connection.sendall(b"a=bc")
        then = answer(connection)

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert then.startswith(b"HTTP/1.1 204")


def test_requests_sent_at_once_are_answered_one_after_the_other(plant: Plant) -> None:
    with connect(plant) as connection:
        connection.sendall(head(plant, "GET", "/livez") * 20 + head(plant, "GET", "/livez", "Connection: close"))

        assert answer(connection).count(b"HTTP/1.1 200 OK") == 21


def test_readers_that_take_nothing_hold_nobody_up(plant: Plant) -> None:
    script = plant.request("GET", "/accounts/login/").body.split('src="', 1)[1].split('"', 1)[0]
    assert script.startswith("/static/")
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(plant, receives=1024)) for _ in range(100)]
        for connection in slow:
            connection.sendall(head(plant, "GET", script, "Accept-Encoding: identity") * 30)

        assert_everybody_is_served(plant)


def test_pages_that_stand_still_leave_room_for_help_and_for_a_check_in(
    plant: Plant, measured: Callable[[str], None]
) -> None:
    trajectory, patient = f"/p/{plant.next_patient().episode}/", plant.next_patient()
    # As the tables' owner: a table that this page reads and a check-in does not.
    with psycopg.connect(embedded.urls(plant.data_dir)[1]) as connection, ThreadPoolExecutor(4 * THREADS) as pool:
        connection.execute("LOCK TABLE patients_lifeevent IN ACCESS EXCLUSIVE MODE")
        stuck = [pool.submit(plant.request, "GET", trajectory, session=plant.coordinator) for _ in range(4 * THREADS)]
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        wait_until(lambda: plant.count(waiting) >= 4, seconds=ANSWERED_SECONDS, message="no page stands still")

        answers = [plant.request("GET", "/livez"), plant.request("GET", "/help/"), plant.submit(patient)]
        still_stuck = sum(not one.done() for one in stuck)
        connection.rollback()

    assert [one.status for one in answers] == [200, 200, 302]
    assert max(one.seconds for one in answers) < 2
    assert still_stuck > 0
    measured(f"with {still_stuck} pages waiting for a lock: {', '.join(f'{one.seconds:.2f} s' for one in answers)}")
