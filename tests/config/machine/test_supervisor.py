"""`manage.py serve`: one command brings everything up, and nothing of it stays when it goes."""

import http.client
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from config.machine import users
from config.machine.supervisor import printable
from tests.config.conftest import Product, wait_until

# One worker runs them all, in order: they share an installation.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("supervisor")]

FIRST_START_SECONDS = 90  # 60 with its set-up on an idle machine
NEXT_START_SECONDS = 60  # 5 on an idle machine; the suite shares its cores
RETURN_SECONDS = 60
STOP_SECONDS = 5


def status_of(product: Product, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def wait_for_welcome(product: Product, *, seconds: float) -> None:
    def is_up() -> bool:
        assert product.process.poll() is None, product.printed()
        return "Tidemark is running" in product.printed()

    wait_until(is_up, seconds=seconds, message="no welcome in time")


def programs(product: Product) -> set[str]:
    """Name the kinds of processes below the supervisor."""
    kinds = {"guard.py": "guard", "granian": "web", "postgres": "postgres"}
    kinds |= {word: word for word in ("worker", "beat", "sweep")}
    lines = [product.line_of(process) for process in product.remember_family()]
    return {kind for word, kind in kinds.items() for line in lines if word in line}


def powers(process: psutil.Process) -> set[str]:
    """Return what a process has of root's: its number, capabilities, groups, a way back."""
    with process.oneshot():
        uids, gids = set(process.uids()), set(process.gids())
    status = Path(f"/proc/{process.pid}/status").read_text()
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    held = {f"{name} {facts[name]}" for name in facts if name.startswith("Cap") and facts[name].strip("0")}
    held |= {"root"} if 0 in uids or 0 in gids or "0" in facts["Groups"].split() else set()
    return held | ({"a way back"} if facts["NoNewPrivs"] != "1" else set())


def wait_for_all(product: Product) -> None:
    everything = {"guard", "web", "worker", "beat", "sweep", "postgres"}
    wait_until(lambda: programs(product) == everything, seconds=RETURN_SECONDS, message="not all processes came up")


def test_it_serves_restarts_what_dies_and_leaves_nothing_after_ctrl_c(serve: Callable[[], Product]) -> None:
    product = serve()
    wait_for_welcome(product, seconds=FIRST_START_SECONDS)
    wait_for_all(product)
    assert status_of(product, "/livez") == 200
    assert status_of(product, "/accounts/login/") == 200

    for process in product.family:
        line = product.line_of(process)
        if "guard.py" not in line and any(word in line for word in ("postgres -D", "celery", "granian", "sweep")):
            process.kill()
    wait_until(lambda: "starting again" in product.printed(), seconds=RETURN_SECONDS, message="nobody noticed")
    wait_until(lambda: status_of(product, "/livez") == 200, seconds=RETURN_SECONDS, message="web did not come back")
    wait_for_all(product)

    began = time.monotonic()
    product.process.send_signal(signal.SIGINT)
    status = product.process.wait(STOP_SECONDS + 5)
    seconds = time.monotonic() - began

    assert status == 0
    assert product.survivors() == []
    assert seconds < STOP_SECONDS


@pytest.mark.skipif(not users.is_root() or sys.platform != "linux", reason="only root has powers to keep from others")
def test_started_by_root_nothing_below_the_supervisor_has_anything_of_roots(serve: Callable[[], Product]) -> None:
    product = serve()
    wait_for_welcome(product, seconds=NEXT_START_SECONDS)
    wait_for_all(product)
    time.sleep(0.5)  # a guard that has just started is root for a moment

    for process in product.remember_family():
        assert powers(process) == set(), product.line_of(process)
    web = {process.uids().real for process in product.family if "granian" in product.line_of(process)}
    database = {process.uids().real for process in product.family if "postgres -D" in product.line_of(process)}
    assert web == {users.of_application().uid}
    assert database == {users.of_database().uid}


def test_a_supervisor_killed_outright_leaves_no_orphan_and_can_start_again(serve: Callable[[], Product]) -> None:
    first = serve()
    wait_for_welcome(first, seconds=NEXT_START_SECONDS)
    wait_for_all(first)

    first.process.kill()
    first.process.wait()
    wait_until(lambda: first.survivors() == [], seconds=STOP_SECONDS, message="an orphan is left")

    second = serve()
    wait_for_welcome(second, seconds=NEXT_START_SECONDS)
    assert status_of(second, "/livez") == 200


def test_what_a_process_prints_gives_a_terminal_no_orders() -> None:
    assert printable("plain \u00fc\ttext") == "plain \u00fc\ttext"
    assert printable("\x1b]0;title\x07 \x9b2J") == "\ufffd]0;title\ufffd \ufffd2J"
