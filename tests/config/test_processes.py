"""The command lines of the product's processes."""

import subprocess
import sys

import pytest

from config.machine import users
from tests.config.conftest import ROOT, clean_environment

# One worker runs them all, in order: they share an installation.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("supervisor")]


@pytest.mark.skipif(not users.is_root(), reason="only root is refused")
@pytest.mark.parametrize("name", ["web", "worker", "beat", "sweep"])
def test_a_clinics_processes_refuse_to_run_as_root(name: str) -> None:
    command = [sys.executable, "-m", "config.processes", name]

    refused = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"tidemark: {name} does not run as root")
