"""The command that compares rules on a clinic's past."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.conftest import World
from tests.monitoring.assessments.acted import RULES


def test_the_command_prints_a_table_and_json(past: World, tmp_path: Path) -> None:
    rules, out = tmp_path / "rules.toml", StringIO()
    rules.write_text("kernel_review = -12\n")

    call_command("backtest", str(rules), "--clinic", "Northgate Clinic", stdout=out)

    table, _, numbers = out.getvalue().partition("{")
    result = json.loads("{" + numbers)
    assert result["present"]["alerts"] == 2
    assert result["proposed"]["people"] == 2
    assert result["present"]["rules_digest"] == RULES.digest != result["proposed"]["rules_digest"]
    assert table.split()[:2] == ["present", "proposed"]


@pytest.mark.parametrize(
    ("text", "clinic", "problem"),
    [
        ("nonsense = -2", "Northgate Clinic", "not the name of a rule"),
        ("kernel_review = ", "Northgate Clinic", "Invalid value"),
        ("kernel_review = -2", "Elsewhere", "no clinic called Elsewhere"),
    ],
)
def test_the_command_refuses_with_one_sentence(
    past: World, tmp_path: Path, text: str, clinic: str, problem: str
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(text)

    with pytest.raises(CommandError, match=problem):
        call_command("backtest", str(rules), "--clinic", clinic)


def test_a_missing_file_is_said(north: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("backtest", str(tmp_path / "none.toml"), "--clinic", "Northgate Clinic")
