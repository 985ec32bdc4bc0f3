"""`manage.py serve`: one command brings everything up, and nothing of it stays when it goes."""

import http.client
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.platform.conftest import Product, wait_until

# One worker runs them all, in order: they share an installation.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("supervisor")]

FIRST_START_SECONDS = 90  # 60 with its set-up on an idle machine
NEXT_START_SECONDS = 30  # 5 on an idle machine; the suite shares its cores
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
    lines = [" ".join(process.cmdline()) for process in product.remember_family()]
    return {kind for word, kind in kinds.items() for line in lines if word in line}


def wait_for_all(product: Product) -> None:
    everything = {"guard", "web", "worker", "beat", "sweep", "postgres"}
    wait_until(lambda: programs(product) == everything, seconds=20, message="not all processes came up")


def test_it_serves_and_ctrl_c_leaves_no_process(serve: Callable[[], Product]) -> None:
    product = serve()
    wait_for_welcome(product, seconds=FIRST_START_SECONDS)
    wait_for_all(product)
    assert status_of(product, "/livez") == 200
    assert status_of(product, "/accounts/login/") == 200

    began = time.monotonic()
    product.process.send_signal(signal.SIGINT)
    status = product.process.wait(STOP_SECONDS + 5)

    assert status == 0
    assert time.monotonic() - began < STOP_SECONDS
    assert product.survivors() == []
    assert "Traceback" not in product.printed()


def test_a_supervisor_killed_outright_leaves_no_orphan_and_can_start_again(serve: Callable[[], Product]) -> None:
    first = serve()
    wait_for_welcome(first, seconds=FIRST_START_SECONDS)
    wait_for_all(first)

    first.process.kill()
    first.process.wait()
    wait_until(lambda: first.survivors() == [], seconds=STOP_SECONDS, message="an orphan is left")

    began = time.monotonic()
    second = serve()
    wait_for_welcome(second, seconds=NEXT_START_SECONDS)
    assert time.monotonic() - began < NEXT_START_SECONDS
    assert status_of(second, "/livez") == 200


def test_what_dies_is_started_again(serve: Callable[[], Product]) -> None:
    product = serve()
    wait_for_welcome(product, seconds=FIRST_START_SECONDS)
    wait_for_all(product)

    for process in product.family:
        line = " ".join(process.cmdline()) if process.is_running() else ""
        if "guard.py" not in line and ("postgres -D" in line or "celery" in line or "granian" in line):
            process.send_signal(signal.SIGKILL)

    wait_until(lambda: "starting again" in product.printed(), seconds=10, message="nobody noticed")
    wait_until(lambda: status_of(product, "/livez") == 200, seconds=20, message="web did not come back")
    wait_for_all(product)


def test_a_taken_port_is_refused_in_one_sentence(serve: Callable[[], Product]) -> None:
    first = serve()
    wait_for_welcome(first, seconds=FIRST_START_SECONDS)
    environment = psutil.Process(first.process.pid).environ()
    refused = psutil.Popen(
        psutil.Process(first.process.pid).cmdline(),
        env=environment,
        stderr=-1,
        cwd=psutil.Process(first.process.pid).cwd(),
    )

    _, error = refused.communicate(timeout=20)

    assert refused.returncode != 0
    assert error.decode().strip() == (
        f"CommandError: Port {first.port} is in use: stop the other program or set TIDEMARK_PORT."
    )
