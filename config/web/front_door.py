"""The front door: takes each request in whole, within limits, and only then spends a thread on it.

An ASGI application around the WSGI one (docs/decisions/0135). Not a framework: it knows nothing of pages. What it
refuses is told by a page of ours all the same (config.web.middleware.RefusalMiddleware).
"""

import asyncio
import io
import logging
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from config.web import limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# A process answers so many requests at once; its pool of connections to the database is as large (config.settings).
THREADS = 6
# Of these so many are never spent on ordinary pages: they are for what must answer when everything else stands still.
RESERVED_THREADS = 2
RESERVED_PATHS = ("/livez", "/healthz", "/help/", "/checkin/send/", "/static/")
# How long an ordinary page waits for a thread before the person is told that we are busy.
WAIT_SECONDS = 10
# Bodies that may be on their way at once: together 64 MB at the very most. A waiting room behind one address fits in.
BODIES, BODIES_FROM_ONE_ADDRESS = 256, 64
BODY_BYTES = 64 * limits.LARGEST_BODY_BYTES
# What a server is able to do, and is then told, to send a file by itself.
SENDS_FILES = "http.response.pathsend"
# Where the WSGI application finds why a request was refused.
REFUSED = "tidemark.refused"

log = logging.getLogger(__name__)


class Refused(Exception):
    """The request is not taken in."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class Gone(Exception):
    """Whoever asked has hung up."""


@dataclass(frozen=True)
class WholeResponse:
    """What the WSGI application answered, in whole: a slow reader keeps a buffer waiting and no thread.

    Of a static file it is only the place: a hundred who read one slowly must not keep a hundred copies of it.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    path: str = ""

    @property
    def messages(self) -> list[Message]:
        """Return what the server is to be told."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        if self.path:
            return [start, {"type": SENDS_FILES, "path": self.path}]
        return [start, {"type": "http.response.body", "body": self.body}]


class SentFile:
    """What WSGI calls a file wrapper: Django hands a file over in it as a whole, instead of reading it."""

    def __init__(self, file: IO[bytes], block_size: int = 65536) -> None:
        self.file = file
        self.block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        """Return the blocks, for a file that has no place of its own."""
        return iter(lambda: self.file.read(self.block_size), b"")

    def close(self) -> None:
        """Let go of the file and, with it, of the request."""
        self.file.close()

    @property
    def path(self) -> str:
        """Return where the file is, if it is one of the disk's and none of it was read."""
        is_whole = isinstance(self.file, io.BufferedReader) and isinstance(self.file.name, str) and not self.file.tell()
        return str(Path(self.file.name).absolute()) if is_whole else ""


class BodiesInFlight:
    """Counts the bodies that are on their way."""

    def __init__(self) -> None:
        self.bytes = 0
        self.of_address: Counter[str] = Counter()

    @contextmanager
    def room(self, *, address: str, length: int) -> Iterator[None]:
        """Keep room for one body.

        Raises:
            Refused: this address, or everyone together, sends too much at once.
        """
        if self.of_address[address] >= BODIES_FROM_ONE_ADDRESS:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS)
        if self.of_address.total() >= BODIES or self.bytes + length > BODY_BYTES:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE)
        self.of_address[address] += 1
        self.bytes += length
        try:
            yield
        finally:
            self.bytes -= length
            self.of_address[address] -= 1
            if not self.of_address[address]:
                del self.of_address[address]


class FrontDoor:
    """An ASGI application that hands whole requests to a WSGI application."""

    def __init__(self, application: WSGIApplication, *, trusted_proxies: int = 0) -> None:
        self.application = application
        self.trusted_proxies = trusted_proxies
        self.reading = BodiesInFlight()
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self.ordinary = asyncio.Semaphore(THREADS - RESERVED_THREADS)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        environ = environ_of(scope)
        try:
            environ["wsgi.input"] = io.BytesIO(await self._take_in(environ, receive))
            answer = await self._answer_in_turn(environ)
        except Refused as refused:
            answer = await self._in_a_thread(environ | {REFUSED: refused.status, "CONTENT_LENGTH": "0"})
        except Gone:
            return
        for message in answer.messages:
            await send(message)

    async def _take_in(self, environ: dict[str, Any], receive: Receive) -> bytes:
        """Return the whole body.

        Raises:
            Refused: it is not to be read, or does not come in time.
        """
        headers = headers_of(environ)
        why = limits.refusal(headers)
        if why:
            raise Refused(why)
        length = limits.body_length(headers) or 0
        if not length:
            return b""
        with self.reading.room(address=self._address(environ), length=length):
            try:
                async with asyncio.timeout(limits.body_seconds(length)):
                    return await whole_body(receive)
            except TimeoutError as late:
                raise Refused(HTTPStatus.REQUEST_TIMEOUT) from late

    async def _answer_in_turn(self, environ: dict[str, Any]) -> WholeResponse:
        """Let the request have a thread; an ordinary one waits until one of theirs is free.

        Raises:
            Refused: none was free for too long.
        """
        if environ["PATH_INFO"].startswith(RESERVED_PATHS):
            return await self._in_a_thread(environ)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self.ordinary.acquire()
        except TimeoutError as busy:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE) from busy
        try:
            return await self._in_a_thread(environ)
        finally:
            self.ordinary.release()

    async def _in_a_thread(self, environ: dict[str, Any]) -> WholeResponse:
        """Let the WSGI application answer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, answer_of, self.application, environ)

    def _address(self, environ: dict[str, Any]) -> str:
        """Return whose body it is: what the outermost proxy of ours saw, where there is one."""
        seen = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if self.trusted_proxies and len(seen) >= self.trusted_proxies:
            return str(seen[-self.trusted_proxies]).strip()
        return str(environ["REMOTE_ADDR"])


async def whole_body(receive: Receive) -> bytes:
    """Return the body once all of it is there.

    Raises:
        Gone: the connection ended before it.
    """
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def environ_of(scope: Message) -> dict[str, Any]:
    """Return the request as WSGI has it, without its body."""
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if SENDS_FILES in scope.get("extensions", {}):
        environ["wsgi.file_wrapper"] = SentFile
    for name, value in scope["headers"]:
        # X_Forwarded_For would pass for X-Forwarded-For, which only a proxy of ours may set.
        if b"_" not in name:
            _add_header(environ, name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    """Add a header line; several of one name become one, as HTTP joins them."""
    key = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
    joint = "; " if name == "COOKIE" else ","
    environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value


def headers_of(environ: dict[str, Any]) -> dict[str, str]:
    """Return the headers that say what a body is."""
    names = ("CONTENT_LENGTH", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING")
    return {name.removeprefix("HTTP_").replace("_", "-").lower(): environ[name] for name in names if name in environ}


def answer_of(application: WSGIApplication, environ: dict[str, Any]) -> WholeResponse:
    """Return what a WSGI application answers; runs in a thread."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_exc_info: object) -> Callable[[bytes], None]:
        heads.append((status, headers))
        return lambda _: None

    try:
        parts = application(environ, start_response)
        path = parts.path if isinstance(parts, SentFile) else ""
        body = _whole([] if path else parts, parts)
        status, headers = heads[-1]
    except Exception:
        log.exception("an answer broke off")
        return WholeResponse(
            HTTPStatus.INTERNAL_SERVER_ERROR, [(b"content-type", b"text/plain")], b"Something went wrong.\n"
        )
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return WholeResponse(int(status[:3]), pairs, body, path)


def _whole(parts: Iterable[bytes], source: object) -> bytes:
    """Return all parts as one, and let go of what they came from: a file, a connection to the database."""
    try:
        return b"".join(parts)
    finally:
        close = getattr(source, "close", None)
        if close:
            close()
