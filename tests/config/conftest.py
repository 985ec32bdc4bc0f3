"""Runs the real programs in folders of their own, and knows which processes came of them."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from config.machine import cluster, embedded, users

ROOT = Path(__file__).resolve().parents[2]


def wait_until(holds: Callable[[], bool], *, seconds: float, message: str) -> None:
    """Wait until something holds; fail with the message when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


def free_port() -> int:
    """Return a port on the loopback address that no one uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment of a newcomer: nothing of ours but what is asked for."""
    ours = ("DATABASE_", "REDIS_", "SECRET_KEY", "EMAIL_", "TIDEMARK_", "DJANGO_", "ALLOWED_HOSTS", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


def run_alone(data_dir: Path, line: str, *, database: str = "template1") -> str:
    """Run one command as the superuser while the server is down; return what was printed."""
    folder = data_dir / "postgres"
    arguments = ("--single", "-D", str(folder), database)
    show = [folder, data_dir / "of_root"]
    return users.run(cluster.command(users.of_database(), "postgres", *arguments, show=show, reads=f"{line}\n"))[1]


@dataclass
class Product:
    """A `manage.py serve` of its own."""

    data_dir: Path
    port: int
    process: subprocess.Popen[bytes]
    output: Path
    family: list[psutil.Process] = field(default_factory=list)

    def printed(self) -> str:
        """Return what it has said so far."""
        return self.output.read_text(errors="replace")

    def remember_family(self) -> list[psutil.Process]:
        """Note every process that came of it, grandchildren included."""
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        return self.family

    @staticmethod
    def line_of(process: psutil.Process) -> str:
        """Return how a process was started; nothing once it has ended."""
        try:
            return " ".join(process.cmdline())
        except psutil.NoSuchProcess:  # a zombie counts as one
            return ""

    def survivors(self) -> list[psutil.Process]:
        """Return the noted processes that still live."""
        return [process for process in self.family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a data folder that the tests of one module share, so that only the first start is a first start."""
    folder = tmp_path_factory.mktemp("installation") / "var"
    yield folder
    shutil.rmtree(embedded.socket_dir(folder), ignore_errors=True)


@pytest.fixture
def serve(installation: Path, tmp_path: Path) -> Iterator[Callable[[], Product]]:
    """Return a function that starts the product; whatever is left of it is removed afterwards."""
    started: list[Product] = []

    def start() -> Product:
        port, output = free_port(), tmp_path / f"serve-{len(started)}.log"
        environment = clean_environment(TIDEMARK_DATA_DIR=str(installation), TIDEMARK_PORT=str(port))
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--no-demo"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(Product(installation, port, process, output))
        return started[-1]

    yield start
    for product in started:
        if product.process.poll() is None:
            product.process.kill()
        product.process.wait()
