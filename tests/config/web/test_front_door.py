"""The front door: what is taken in, what is refused unread, and who gets a thread."""

import asyncio
import io
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any, TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from django.test import Client

from config.web import front_door, limits
from config.web.front_door import BODIES_FROM_ONE_ADDRESS, REFUSED, RESERVED_THREADS, SENDS_FILES, THREADS, FrontDoor

LARGEST = limits.LARGEST_BODY_BYTES

Answered = TypeVar("Answered")
SECONDS = 10


class Seen:
    """A WSGI application that notes what reached it and says which way it came."""

    def __init__(self) -> None:
        self.requests: list[WSGIEnvironment] = []
        self.bodies: list[bytes] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.requests.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        status = environ.get(REFUSED, HTTPStatus.OK)
        start_response(f"{status} {status.phrase}", [("X-Word", "said")])
        return [b"one, ", b"two"]


class Held(Seen):
    """The same, but for pages that keep their thread until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/slow"):
            self.go.wait(SECONDS)
        return super().__call__(environ, start_response)


class Exchange:
    """One request, as a server hands it over: what has come of its body, and what was answered."""

    def __init__(self, *parts: bytes, path: bytes = b"/", hangs: bool = False, ends: bool = False, **headers: str):
        self.incoming = [
            {"type": "http.request", "body": part, "more_body": hangs or ends or part is not parts[-1]}
            for part in parts
        ]
        if ends:
            self.incoming.append({"type": "http.disconnect"})
        self.answered: list[Any] = []
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "raw_path": path,
            "query_string": b"a=%C3%A9",
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", "8000"),
            "client": ("192.0.2.1", "40000"),
            "headers": [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()],
        }

    async def receive(self) -> Any:
        if not self.incoming:
            await asyncio.sleep(SECONDS)
        return self.incoming.pop(0)

    async def send(self, message: Any) -> None:
        self.answered.append(message)

    @property
    def status(self) -> int:
        return int(self.answered[0]["status"])


def run(played: Coroutine[Any, Any, Answered]) -> Answered:
    """Play something to its end, in a thread: that of the tests may belong to a browser's own loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, played).result()


async def ask(door: FrontDoor, exchange: Exchange) -> Exchange:
    await door(exchange.scope, exchange.receive, exchange.send)
    return exchange


def asked(application: Callable[..., Iterable[bytes]], exchange: Exchange, **options: Any) -> Exchange:
    return run(ask(FrontDoor(application, **options), exchange))


def test_a_body_that_comes_in_parts_reaches_the_page_whole() -> None:
    seen = Seen()

    exchange = asked(seen, Exchange(b"mood=", b"5", content_length="6", content_type="text/x"))

    assert seen.bodies == [b"mood=5"]
    assert (seen.requests[0]["CONTENT_LENGTH"], seen.requests[0]["CONTENT_TYPE"]) == ("6", "text/x")
    assert exchange.answered[0]["headers"] == [(b"x-word", b"said")]
    assert exchange.answered[1]["body"] == b"one, two"


def test_an_address_and_headers_reach_the_page_as_they_were_sent() -> None:
    seen = Seen()
    exchange = Exchange(path=b"/caf%C3%A9/%FF")
    exchange.scope["headers"] = [
        (b"cookie", b"a=1"),
        (b"cookie", b"b=\xe9"),
        (b"accept", b"x"),
        (b"accept", b"y"),
        (b"x_forwarded_for", b"198.51.100.7"),
    ]

    asked(seen, exchange)

    [environ] = seen.requests
    assert environ["PATH_INFO"].encode("latin-1") == "/café/".encode() + b"\xff"
    assert environ["QUERY_STRING"] == "a=%C3%A9"
    assert environ["HTTP_COOKIE"].encode("latin-1") == b"a=1; b=\xe9"
    assert environ["HTTP_ACCEPT"] == "x,y"
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_what_is_refused_is_not_read_and_the_page_learns_why() -> None:
    seen = Seen()

    exchange = asked(seen, Exchange(b"a=1", transfer_encoding="chunked"))

    assert exchange.status == HTTPStatus.LENGTH_REQUIRED
    assert len(exchange.incoming) == 1
    assert seen.bodies == [b""]


def test_a_body_that_comes_too_slowly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.1)
    seen = Seen()
    door = FrontDoor(seen)

    exchange = run(ask(door, Exchange(b"mo", hangs=True, content_length="6")))

    assert exchange.status == HTTPStatus.REQUEST_TIMEOUT
    assert seen.bodies == [b""]
    assert (door.reading.bytes, door.reading.of_address.total()) == (0, 0)


def test_whoever_hangs_up_half_way_costs_no_thread() -> None:
    seen = Seen()

    exchange = asked(seen, Exchange(b"mo", ends=True, content_length="6"))

    assert (seen.requests, exchange.answered) == ([], [])


async def crowd(door: FrontDoor, exchanges: list[Exchange]) -> list[asyncio.Task[Exchange]]:
    tasks = [asyncio.create_task(ask(door, exchange)) for exchange in exchanges]
    await asyncio.sleep(0.05)
    return tasks


def slow_body(**headers: str) -> Exchange:
    return Exchange(b"mo", hangs=True, content_length="6", **headers)


@pytest.mark.parametrize(
    ("proxies", "headers", "status"),
    [
        (0, {}, HTTPStatus.TOO_MANY_REQUESTS),
        # No one may say that the address is another one, unless a proxy of ours says it.
        (0, {"x_forwarded_for": "198.51.100.8"}, HTTPStatus.TOO_MANY_REQUESTS),
        (1, {"x_forwarded_for": "198.51.100.7"}, HTTPStatus.TOO_MANY_REQUESTS),
        (1, {"x_forwarded_for": "198.51.100.7, 198.51.100.8"}, HTTPStatus.OK),
    ],
)
def test_one_address_cannot_take_all_the_room_for_bodies(
    proxies: int, headers: dict[str, str], status: HTTPStatus
) -> None:
    door = FrontDoor(Seen(), trusted_proxies=proxies)
    of_attacker = {"x_forwarded_for": "198.51.100.7"} if proxies else {}

    async def play() -> int:
        slow = await crowd(door, [slow_body(**of_attacker) for _ in range(BODIES_FROM_ONE_ADDRESS)])
        one_more = await ask(door, Exchange(b"mood=5", content_length="6", **headers))
        for task in slow:
            task.cancel()
        return one_more.status

    assert run(play()) == status


def test_bodies_together_have_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "BODY_BYTES", 10)
    door = FrontDoor(Seen())

    async def play() -> tuple[int, int]:
        [slow] = await crowd(door, [slow_body()])
        large, small = Exchange(b"mood=5", content_length="6"), Exchange(b"m=5", content_length="3")
        statuses = (await ask(door, large)).status, (await ask(door, small)).status
        slow.cancel()
        return statuses

    assert run(play()) == (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.OK)


@pytest.mark.parametrize(
    "path", [b"/livez", b"/healthz", b"/help/", b"/help/abc/", b"/checkin/send/", b"/static/a.css"]
)
def test_ordinary_pages_leave_threads_for_what_must_answer(path: bytes) -> None:
    held = Held()
    door = FrontDoor(held)

    async def play() -> tuple[int, int]:
        slow = await crowd(door, [Exchange(path=b"/slow") for _ in range(2 * THREADS)])
        must = await asyncio.wait_for(ask(door, Exchange(path=path)), SECONDS / 2)
        answered_before = len(held.requests)
        held.go.set()
        await asyncio.gather(*slow)
        return must.status, answered_before

    assert run(play()) == (HTTPStatus.OK, 1)
    assert len(held.requests) == 2 * THREADS + 1
    assert RESERVED_THREADS >= 1


@pytest.mark.long
def test_an_ordinary_page_that_finds_no_thread_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_door, "WAIT_SECONDS", 0.1)
    held = Held()
    door = FrontDoor(held)

    async def play() -> int:
        slow = await crowd(door, [Exchange(path=b"/slow") for _ in range(THREADS)])
        one_more = await ask(door, Exchange(path=b"/caseload/"))
        held.go.set()
        await asyncio.gather(*slow)
        return one_more.status

    assert run(play()) == HTTPStatus.SERVICE_UNAVAILABLE


def test_an_answer_that_breaks_off_is_told_without_its_content(caplog: pytest.LogCaptureFixture) -> None:
    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("zqx-canary")

    exchange = asked(broken, Exchange())

    assert exchange.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert b"canary" not in exchange.answered[1]["body"]
    assert "an answer broke off" in caplog.text


# ---------- the page that tells it ----------


def test_a_refusal_is_a_page_with_what_to_do_and_whom_to_call(client: Client, db: None) -> None:
    response = client.post("/checkin/send/", {"mood": 5}, headers={"transfer-encoding": "chunked"})

    assert response.status_code == HTTPStatus.LENGTH_REQUIRED
    assert "The last step was not saved" in response.text
    assert 'href="/help/"' in response.text
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]


def test_a_script_gets_the_words_of_a_refusal(client: Client, db: None) -> None:
    response = client.post("/", {"a": "b" * LARGEST}, headers={"hx-request": "true"})

    assert response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert response["Content-Type"].startswith("text/plain")


def test_who_is_to_come_back_is_told_when(client: Client, db: None) -> None:
    response = client.get("/help/", **{REFUSED: HTTPStatus.SERVICE_UNAVAILABLE})

    assert (response.status_code, response["Retry-After"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "60")


# ---------- what is answered with a file ----------


def answering_with(make: Callable[[], Any]) -> Callable[..., Iterable[bytes]]:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        file = make()
        wrapper = environ.get("wsgi.file_wrapper")
        return wrapper(file, 2) if wrapper else iter(lambda: file.read(2), b"")

    return application


@pytest.mark.parametrize("is_able", [True, False])
def test_a_file_is_sent_from_its_place_by_a_server_that_can(tmp_path: Path, is_able: bool) -> None:
    (tmp_path / "app.css").write_bytes(b"a {}\n")
    exchange = Exchange()
    exchange.scope["extensions"] = {SENDS_FILES: {}} if is_able else {}

    with (tmp_path / "app.css").open("rb") as file:
        asked(answering_with(lambda: file), exchange)

    sent = exchange.answered[1]
    if is_able:
        assert (sent["type"], sent["path"]) == (SENDS_FILES, str(tmp_path / "app.css"))
    else:
        assert sent["body"] == b"a {}\n"


def test_what_is_not_the_whole_of_a_file_is_sent_as_it_was_read(tmp_path: Path) -> None:
    exchange = Exchange()
    exchange.scope["extensions"] = {SENDS_FILES: {}}

    asked(answering_with(lambda: io.BytesIO(b"a pdf")), exchange)

    assert exchange.answered[1]["body"] == b"a pdf"
