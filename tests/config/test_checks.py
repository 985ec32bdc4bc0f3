"""What `manage.py check` finds in the surroundings."""

import os
from pathlib import Path

from tests.config.clinics import CLINIC
from tests.config.commands import run


def test_the_check_for_deployment_warns_of_root(tmp_path: Path) -> None:
    checked = run("manage.py", "check", "--deploy", url=CLINIC["DATABASE_URL"], folder=tmp_path)

    assert ("(tidemark.W001)" in checked.stderr) is (os.geteuid() == 0)
