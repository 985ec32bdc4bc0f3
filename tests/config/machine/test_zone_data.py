"""Python reads the rules of clocks that are pinned, whatever copy the machine has."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Rules that a machine may have of its own: in this one Vancouver is London.
STALE = "Europe/London"


@pytest.fixture
def stale_machine(tmp_path: Path) -> Path:
    """A machine whose own copy of the rules is wrong."""
    folder = tmp_path / "zoneinfo" / "America"
    folder.mkdir(parents=True)
    rules = resources.files("tzdata").joinpath("zoneinfo", *STALE.split("/")).read_bytes()
    (folder / "Vancouver").write_bytes(rules)
    return tmp_path / "zoneinfo"


@pytest.mark.parametrize(
    ("first", "hours"), [("pass", "0.0"), ("import config.settings", "-7.0")], ids=["by itself", "with our settings"]
)
def test_the_settings_let_python_read_the_pinned_rules(stale_machine: Path, first: str, hours: str) -> None:
    """Vancouver keeps its summer clock in the winter of 2026; a copy of the rules from before says an hour less."""
    program = (
        f"{first}\nfrom datetime import datetime, timedelta\nfrom zoneinfo import ZoneInfo\n"
        "offset = datetime(2026, 12, 15, 12, tzinfo=ZoneInfo('America/Vancouver')).utcoffset()\n"
        "print(offset / timedelta(hours=1))"
    )
    path = ":".join(filter(None, sys.path))
    environment = {
        "PYTHONTZPATH": str(stale_machine),
        "PYTHONPATH": path,
        "TIDEMARK_DATA_DIR": str(stale_machine / "v"),
    }

    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == hours
