"""A command of ours, run in an environment of its own."""

import subprocess
import sys
from pathlib import Path

from tests.config.clinics import CLINIC
from tests.config.conftest import ROOT, clean_environment


def run(*command: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(**CLINIC | {"DATABASE_URL": url, "TIDEMARK_DATA_DIR": str(folder)})
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
