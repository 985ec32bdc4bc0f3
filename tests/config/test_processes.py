"""The command lines of the product's processes."""

import subprocess
import sys
from itertools import pairwise

import pytest

from config import processes
from config.machine import users
from tests.config.conftest import ROOT, clean_environment


@pytest.mark.slow
@pytest.mark.skipif(not users.is_root(), reason="only root is refused")
@pytest.mark.parametrize("name", ["web", "worker", "beat", "sweep"])
def test_a_clinics_processes_refuse_to_run_as_root(name: str) -> None:
    command = [sys.executable, "-m", "config.processes", name]

    refused = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"tidemark: {name} does not run as root")


@pytest.mark.parametrize("arguments", [[], ["all"], ["web", "worker"]])
def test_what_is_no_process_is_answered_with_those_there_are(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match=r"usage: .* web \| worker \| beat \| sweep"):
        processes.main(arguments)


def test_the_web_server_listens_where_it_is_told_and_ends_connections_on_which_nobody_asks() -> None:
    line = processes.web(host="127.0.0.1", port=8123)
    options = dict(pairwise(line))

    assert (options["--host"], options["--port"]) == ("127.0.0.1", "8123")
    assert options["--http1-header-read-timeout"] == "10000"
    assert (options["--workers"], options["--http"]) == ("2", "1")
    assert line[-1] == "config.asgi:application"


def test_the_process_that_makes_sure_needs_no_broker() -> None:
    line = processes.sweep(every_seconds=7)

    assert "celery" not in line
    assert dict(pairwise(line))["--every"] == "7"


def test_a_lone_worker_talks_to_no_others() -> None:
    assert {"--without-gossip", "--without-mingle", "--without-heartbeat"} < set(processes.worker())
    assert "beat" not in processes.worker()
