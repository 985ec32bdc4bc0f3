"""The proxy of a clinic: what it takes in, what web hears of it, and what is shown when web is away."""

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from config.processes import web
from config.web.limits import LARGEST_BODY_BYTES
from tests.config.conftest import ROOT, free_port, wait_until
from tests.config.web.proxy import Proxy, proxy_before

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("proxy")]

CONFIGURATION = (ROOT / "docker" / "haproxy.cfg").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
HEADER_SECONDS, BODY_SECONDS, SLACK_SECONDS = 10, 30, 6


class Web(ThreadingHTTPServer):
    """Stands in web's place and tells what it was sent; like web it keeps a connection open if it is let."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Telling)
        self.connections = 0

    def process_request(self, request: object, client_address: object) -> None:
        self.connections += 1
        super().process_request(request, client_address)


class Telling(BaseHTTPRequestHandler):
    """Answers with the headers and the size of the body."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        told = json.dumps({"length": len(body), "headers": dict(self.headers.items())}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST  # noqa: N815  # the names are the library's

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Web]:
    with Web() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def proxy(upstream: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy_before(upstream.server_port, tmp_path_factory.mktemp("proxy")) as running:
        yield running


@contextmanager
def browser(proxy: Proxy) -> Iterator[http.client.HTTPSConnection]:
    with closing(http.client.HTTPSConnection("127.0.0.1", proxy.https_port, timeout=60, context=proxy.tls())) as opened:
        yield opened


def told_by_web(response: http.client.HTTPResponse) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(response.read())
    return told


def connect(proxy: Proxy, source: str = "127.0.0.1") -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", proxy.https_port), 60, source_address=(source, 0))
    return proxy.tls().wrap_socket(plain, server_hostname="127.0.0.1")


def turned_away(proxy: Proxy) -> bool:
    """Say whether the proxy ends a new connection before a word was said; it would wait for ours.

    The end may come while the connection is still being made.
    """
    try:
        with socket.create_connection(("127.0.0.1", proxy.https_port), 10) as connection:
            return connection.recv(1) == b""
    except ConnectionError:
        return True


def trickle(connection: ssl.SSLSocket, begin: bytes, drop: bytes) -> tuple[bytes, float]:
    """Send the beginning, then a little each second; return what is answered, and after how long."""
    began = time.monotonic()
    told = b""
    with connection:
        connection.sendall(begin)
        connection.settimeout(1)
        while time.monotonic() - began < BODY_SECONDS + 2 * SLACK_SECONDS:
            try:
                part = connection.recv(65536)
            except TimeoutError:
                connection.sendall(drop)
                continue
            except OSError:
                break
            if not part:
                break
            told += part
    return told, time.monotonic() - began


def test_without_tls_one_is_sent_to_tls(proxy: Proxy) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", proxy.http_port, timeout=10)) as connection:
        connection.request("GET", "/help/", headers={"Host": "care.example.org"})

        response = connection.getresponse()

    assert (response.status, response.headers["Location"]) == (308, "https://care.example.org/help/")


def test_old_tls_is_refused(proxy: Proxy) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", proxy.https_port), 10) as plain:
        old.wrap_socket(plain)


def test_web_is_told_who_asks_by_the_proxy_alone(proxy: Proxy) -> None:
    said = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "x",
        "Forwarded": "for=x",
    }
    with browser(proxy) as connection:
        connection.request("GET", "/", headers=said)

        heard = {name.lower(): value for name, value in told_by_web(connection.getresponse())["headers"].items()}

    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert heard["host"] == f"127.0.0.1:{proxy.https_port}"
    assert {"x-forwarded-host", "forwarded"}.isdisjoint(heard)


@pytest.mark.parametrize("length", [1, 20_000, LARGEST_BODY_BYTES])
def test_a_body_arrives_whole(proxy: Proxy, length: int) -> None:
    with browser(proxy) as connection:
        connection.request("POST", "/", b"x" * length)

        assert told_by_web(connection.getresponse())["length"] == length


def test_each_request_has_a_connection_to_web_of_its_own_so_that_none_meets_an_end(proxy: Proxy, upstream: Web) -> None:
    before = upstream.connections

    with browser(proxy) as connection:
        for _ in range(3):
            connection.request("GET", "/")
            connection.getresponse().read()

    assert upstream.connections - before == 3


@pytest.mark.long
def test_who_is_too_slow_is_ended_and_web_never_hears_of_it(proxy: Proxy, upstream: Web) -> None:
    before = upstream.connections
    form = b"POST /checkin/send/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with ThreadPoolExecutor(2) as pool:
        header = pool.submit(trickle, connect(proxy), b"GET / HTTP/1.1\r\n", b"X-A: b\r\n")
        body = pool.submit(trickle, connect(proxy), form, b"a")

    told, seconds = header.result()
    assert b" 408 " in told.split(b"\r\n")[0]
    assert HEADER_SECONDS - 1 < seconds < HEADER_SECONDS + SLACK_SECONDS
    told, seconds = body.result()
    assert b" 408 " in told.split(b"\r\n")[0] and b"Not saved" in told
    assert BODY_SECONDS - 1 < seconds < BODY_SECONDS + SLACK_SECONDS
    assert upstream.connections == before


def test_one_address_cannot_take_every_connection(proxy: Proxy) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(socket.create_connection(("127.0.0.1", proxy.https_port), 10))
        time.sleep(0.2)

        assert turned_away(proxy)
        with connect(proxy, source="127.0.0.2") as other:
            other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert other.recv(12) == b"HTTP/1.1 200"


def test_when_web_is_away_a_page_says_that_nothing_is_saved_and_whom_to_call(tmp_path: Path) -> None:
    with proxy_before(free_port(), tmp_path) as proxy, browser(proxy) as connection:
        connection.request("POST", "/checkin/send/", "mood=5")
        response = connection.getresponse()
        page = response.read().decode()
        wait_until(lambda: '"status": 503' in proxy.log.read_text(), seconds=10, message="the proxy wrote no line")

    assert response.status == 503
    assert (response.headers["Cache-Control"], response.headers["Retry-After"]) == ("no-store", "30")
    assert "Not saved" in page and "Nicht gespeichert" in page
    assert "your answers are still on that screen" in page
    assert "tel:112" in page and "tel:999" in page
    # It must need nothing: what would bring it is away.
    assert not re.search(r"<(script|link|style|img)|src=|style=", page)
    # What was asked for may be a key, and who asked is no one's business.
    written = proxy.log.read_text()
    assert '"status": 503' in written
    assert "checkin" not in written and "127.0.0.1" not in written.replace(f"127.0.0.1:{proxy.https_port}", "")


def number_in_configuration(pattern: str) -> int:
    found = re.search(pattern, CONFIGURATION)
    assert found, pattern
    return int(found[1])


def test_the_numbers_of_proxy_web_and_compose_agree() -> None:
    command = web(host="127.0.0.1", port=8000)
    places = int(command[command.index("--workers") + 1]) * int(command[command.index("--backpressure") + 1])

    assert number_in_configuration(r"server web web:8000 maxconn (\d+)") < places
    assert number_in_configuration(r"content-length\) le (\d+)") == LARGEST_BODY_BYTES
    assert "./docker/haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro" in COMPOSE
    assert "./docker/away.html:/usr/local/etc/haproxy/away.html:ro" in COMPOSE


def test_nothing_but_the_proxy_is_reached_from_outside_of_the_host() -> None:
    services = re.split(r"\n  (?=\w+:\n)", COMPOSE.split("\nservices:\n")[1].split("\nnetworks:\n")[0])
    published = {part.strip().split(":")[0] for part in services if re.search(r"^    ports:", part, flags=re.MULTILINE)}

    assert published == {"proxy"}
