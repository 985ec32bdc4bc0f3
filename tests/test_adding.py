"""docs/adding.md is true: its examples load, its tables exist, and each of its parts is short."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from monitoring import engine
from monitoring.alerts import evidence
from monitoring.engine.explain import WORDS
from monitoring.engine.instruments import UnsourcedParameter, spec_from_data
from monitoring.engine.records import FindingKind
from monitoring.exchange import files
from monitoring.exchange.mappings import read_mapping
from monitoring.messages.reminders import CHANNELS
from monitoring.models.plans import ReminderChannel
from patients.access.permissions import RULES
from tests.config.conftest import ROOT
from tests.monitoring.engine.test_instruments import WORDING

TEXT = (ROOT / "docs" / "adding.md").read_text()
PARTS: Mapping[str, str] = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL))


def example(kind: str) -> str:
    return re.findall(rf"^```{kind}\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)[0]


def test_it_says_how_to_add_each_of_six_things() -> None:
    assert [name.split()[1] for name in PARTS] == ["questionnaire", "finding", "channel", "format", "page", "language"]


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_under_ten_lines_beside_its_example(name: str) -> None:
    words = re.sub(r"^```.*?^```\n", "", PARTS[name], flags=re.MULTILINE | re.DOTALL)

    assert 3 <= len([line for line in words.splitlines() if line.strip()]) < 10


def test_its_questionnaire_loads_and_is_scored(tmp_path: Path) -> None:
    (tmp_path / "tiny_2.json").write_text(example("json"))
    spec = spec_from_data(json.loads((tmp_path / "tiny_2.json").read_text()))

    assert engine.score(spec, {"1": 3, "2": 2}).value == 5
    assert engine.score(spec, {"1": 3}).value is None
    assert engine.screen_answers(spec, {"1": 3, "2": 3}) == ()


def test_a_number_without_its_source_would_not_load() -> None:
    raw = json.loads(example("json")) | {"reliable_change": 2}

    with pytest.raises(UnsourcedParameter):
        spec_from_data(raw)


def test_nothing_but_the_file_and_its_digest_names_a_questionnaire() -> None:
    assert set(WORDING) == set(engine.INSTRUMENTS)
    assert {json.loads(path.read_text())["code"] for path in (ROOT / "monitoring/engine/data").glob("*.json")} == set(
        WORDING
    )


def test_its_mapping_is_read_and_a_file_with_that_column_taken() -> None:
    declared = read_mapping(example("toml")).instruments
    content = b"dataset,subject,day,week,instrument,value\nwatch,1,0,0,STEPS,4200\n"

    series = files.read_series(content, declared)

    assert tomllib.loads(example("toml"))["instrument"][0]["code"] in declared
    assert series.rows == 1


def test_the_tables_that_it_names_hold_every_kind() -> None:
    assert set(WORDS) == set(FindingKind)
    assert set(CHANNELS) <= set(ReminderChannel.values)
    assert CHANNELS
    assert set(evidence.ALERT_OF) <= set(FindingKind)
    assert "own.read" in RULES


@pytest.mark.parametrize("folder", re.findall(r"`((?:monitoring|patients|locale|config|templates)/[\w/]*/)`", TEXT))
def test_every_folder_that_it_names_is_there(folder: str) -> None:
    assert (ROOT / folder).is_dir()
