"""`python -m bench.strangers`: how long help and a check-in take while a stranger keeps slow connections open.

In turns with the same requests in quiet, over HTTP, on an installation of its own; what counts is the ratio. With
`--proxy` the same through docker/haproxy.cfg, which needs haproxy and the packages of the tests.
"""

import argparse
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode
from uuid import uuid4

import django

from bench.slow import CSRF
from config import processes
from config.machine import embedded, users

# Source: the issue "Trust", Mend 1.
MOST_TIMES = 2.0
ROUNDS, TIMES, WARM_UPS = 6, 40, 5
# Slow connections, and from how many addresses.
CROWDS = ((50, 1), (200, 40))
ANSWERS = {"sleep": 5, "mood": 5, "energy": 5, "pain": 3, "function": 5}


@dataclass(frozen=True)
class Door:
    """Where to ask: web itself, or the proxy in front of it."""

    port: int
    certificate: str = ""

    def ask(self, method: str, path: str, *, session: str = "", form: dict[str, object] | None = None) -> int:
        """Ask on a new connection, read all of the answer, and return its status."""
        headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "Referer": f"https://127.0.0.1:{self.port}/"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connection()
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        if not self.certificate:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        context = ssl.create_default_context(cafile=self.certificate)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)


@dataclass
class Times:
    """Milliseconds of one page, by the size of the crowd; 0 is quiet."""

    by_crowd: dict[int, list[float]] = field(default_factory=dict)

    def add(self, crowd: int, took: list[float]) -> None:
        """Add what one round took."""
        self.by_crowd.setdefault(crowd, []).extend(took)

    def p95(self, crowd: int) -> float:
        """Return the 95th percentile."""
        return quantiles(self.by_crowd[crowd], n=20)[-1]


def main() -> None:
    """Start an installation, measure, print, remove everything."""
    parser = argparse.ArgumentParser(prog="bench.strangers", description=__doc__)
    parser.add_argument("--proxy", action="store_true", help="Ask through docker/haproxy.cfg.")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tidemark-bench-"))
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE"):
        os.environ.pop(name, None)
    os.environ |= {
        "TIDEMARK_DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "OPENBLAS_NUM_THREADS": "1",
    }
    try:
        with embedded.ensure_running(folder):
            _measure(folder, through_proxy=options.proxy)
    finally:
        shutil.rmtree(embedded.socket_dir(folder), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, *, through_proxy: bool) -> None:
    """Fill a clinic, start web and perhaps the proxy, and compare."""
    django.setup()
    # These import models, which only now can be imported.
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from bench import clinic  # noqa: PLC0415
    from config.management.commands.serve import bring_up_to_date  # noqa: PLC0415

    bring_up_to_date()
    bench = clinic.make("bench", at=timezone.now())
    browser = Client()
    browser.force_login(bench.patient)
    session = str(browser.session.session_key)
    with _web() as port, _door(port, folder, through_proxy=through_proxy) as door:

        def submit() -> int:
            form = {**ANSWERS, "client_key": uuid4(), "slot": bench.slot.pk, "csrfmiddlewaretoken": CSRF}
            return door.ask("POST", "/checkin/send/", session=session, form=form)

        pages: dict[str, tuple[Callable[[], int], int, Callable[[], None]]] = {
            "/help/": (lambda: door.ask("GET", "/help/"), 200, lambda: None),
            "check-in, submit": (submit, 302, bench.take_back),
        }
        _compare(door, pages)


def _compare(door: Door, pages: dict[str, tuple[Callable[[], int], int, Callable[[], None]]]) -> None:
    """Ask in turns, in quiet and beside each crowd, and print what came of it."""
    found = {page: Times() for page in pages}
    for turn in range(ROUNDS):
        for count, addresses in ((0, 1), *CROWDS):
            with _crowd(door, count, addresses) if count else nullcontext():
                for page, (ask, status, after) in pages.items():
                    took = [_milliseconds(ask, status, after) for _ in range(WARM_UPS + TIMES)]
                    if turn:  # the first round warms up
                        found[page].add(count, took[WARM_UPS:])
    sys.stdout.write(f"{'page':<20}{'slow connections':>18}{'p50 ms':>9}{'p95 ms':>9}{'p95 ratio':>11}\n")
    for page, times in found.items():
        for count, took in times.by_crowd.items():
            ratio = times.p95(count) / times.p95(0)
            word = "" if not count else " kept" if ratio <= MOST_TIMES else " MISSED"
            line = f"{page:<20}{count:>18}{median(took):>9.1f}{times.p95(count):>9.1f}{ratio:>11.2f}{word}\n"
            sys.stdout.write(line)


def _milliseconds(ask: Callable[[], int], status: int, after: Callable[[], None]) -> float:
    """Return how long one request takes; `after` undoes it and is not counted."""
    began = time.perf_counter()
    found = ask()
    took = (time.perf_counter() - began) * 1000
    if found != status:
        raise RuntimeError(f"status {found}")
    after()
    return took


@contextmanager
def _web() -> Iterator[int]:
    """Run the web server on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = os.environ | {"DATABASE_POOL": "1", "TIDEMARK_PORT": str(port)}
    with _guarded(processes.web(host="127.0.0.1", port=port), environment, quiet=True):
        deadline = time.monotonic() + 60
        while not _is_up(Door(port)):
            if time.monotonic() > deadline:
                raise RuntimeError("web does not answer")
            time.sleep(0.2)
        yield port


def _is_up(door: Door) -> bool:
    """Say whether web answers."""
    try:
        return door.ask("GET", "/livez") == http.HTTPStatus.OK
    except OSError:
        return False


@contextmanager
def _door(port: int, folder: Path, *, through_proxy: bool) -> Iterator[Door]:
    """Return web itself, or the proxy in front of it."""
    if not through_proxy:
        yield Door(port)
        return
    from tests.config.web.proxy import proxy_before  # noqa: PLC0415

    with proxy_before(port, folder) as proxy:
        yield Door(proxy.https_port, str(proxy.certificate))


@contextmanager
def _crowd(door: Door, count: int, addresses: int) -> Iterator[None]:
    """Keep slow connections open meanwhile; wait until they all are."""
    command = [sys.executable, "-m", "bench.slow", str(door.port), str(count), str(addresses), door.certificate]
    with _guarded(command, dict(os.environ)) as crowd:
        assert crowd.stdout  # noqa: S101  # it is a pipe
        for line in crowd.stdout:
            if int(line) == count:
                break
        yield


@contextmanager
def _guarded(
    command: list[str], environment: dict[str, str], *, quiet: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that ends with this one."""
    guard = [sys.executable, "-I", "-S", str(users.GUARD), "--signal", "SIGTERM", "--grace", "2", "--"]
    out = subprocess.DEVNULL if quiet else subprocess.PIPE
    process = subprocess.Popen(  # noqa: S603  # programs that we name ourselves
        [*guard, *command], stdin=subprocess.PIPE, stdout=out, stderr=out, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        assert process.stdin  # noqa: S101  # it is a pipe
        process.stdin.close()
        process.wait(10)


if __name__ == "__main__":
    main()
