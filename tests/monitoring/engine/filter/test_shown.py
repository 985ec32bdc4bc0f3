"""The percentage that is printed of the rating that is named."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine import ENGINE_VERSION
from monitoring.engine.filter.shown import FILE, LINES, shown_chance

#: The lines of each version of the engine. A new line needs a new version: stored findings say which printed them.
PUBLISHED = {"1.5.0": "a9c1bfc3f746"}


def test_lines_belong_to_one_version_of_the_engine() -> None:
    raw = json.loads(FILE.read_text())

    assert raw["version"] in PUBLISHED
    assert (
        hashlib.sha256(json.dumps(raw["lines"], sort_keys=True).encode()).hexdigest()[:12] == PUBLISHED[raw["version"]]
    )
    assert [int(part) for part in raw["version"].split(".")] <= [int(part) for part in ENGINE_VERSION.split(".")]


def test_the_file_says_that_it_is_simulated_of_whom_and_by_which_command() -> None:
    raw = json.loads(FILE.read_text())

    assert raw["source"] == "simulated"
    assert raw["command"] == "manage.py evaluate_engine --calibrate"
    assert raw["people"] and raw["truth"]


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_higher_chance_is_never_printed_as_a_lower_one(chance: float, other: float, is_single: bool) -> None:
    low, high = sorted((chance, other))

    assert 0 < shown_chance(low, is_single=is_single) <= shown_chance(high, is_single=is_single) < 1


@pytest.mark.parametrize("name", LINES)
def test_a_printed_chance_is_nearer_to_the_middle_than_that_of_all_check_ins(name: str) -> None:
    assert 0.5 < LINES[name].slope < 1
