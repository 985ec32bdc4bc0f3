"""The command that runs the product on one machine."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.machine import users
from config.management.commands.serve import lowest_open_port
from tests.config.conftest import ROOT, clean_environment

# One worker runs them all, in order: they share an installation.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("supervisor")]


def test_a_taken_port_is_refused_in_one_sentence(installation: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=clean_environment(TIDEMARK_DATA_DIR=str(installation), TIDEMARK_PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode != 0
    assert refused.stderr == f"CommandError: Port {port} is in use: stop the other program or set TIDEMARK_PORT.\n"


@pytest.mark.skipif(not users.is_root(), reason="an ordinary user's web server has that user's rights anyway")
def test_a_port_that_only_root_may_open_is_refused_in_one_sentence(installation: Path) -> None:
    if lowest_open_port() == 0:
        pytest.skip("this machine opens every port to everybody")

    refused = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=clean_environment(TIDEMARK_DATA_DIR=str(installation), TIDEMARK_PORT="1"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode != 0
    assert refused.stderr.startswith("CommandError: Port 1 is for root, and nothing here runs as root")
    assert refused.stderr.count("\n") == 1
