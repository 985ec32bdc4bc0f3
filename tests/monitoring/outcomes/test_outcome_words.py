"""What an outcome means, in words with numbers and sources."""

from dataclasses import replace

import pytest
from django.utils import translation

from monitoring.engine import INSTRUMENTS
from monitoring.engine.records import Direction
from monitoring.outcomes import score_courses
from monitoring.outcomes.outcome_words import meanings
from tests.conftest import World
from tests.monitoring.outcomes.scored import declare


def test_a_rule_that_the_instrument_does_not_bring_is_said_to_be_ours(north: World) -> None:
    declare("WHO-5", Direction.HIGHER_IS_BETTER, remission_below=28)

    words = {one.word: one for one in meanings(score_courses.load_spec("WHO-5"))}

    reliable = words["Reliably better, reliably worse"]
    assert "by 7.56 points or more. No reliable change is set" in reliable.meaning
    assert "13.5 % of its 56 points are used." in reliable.meaning
    assert "a half is used" in words["Response"].meaning
    assert words["Remission"].meaning == "The last score is above 28; 28 itself does not count."
    assert [words[name].source for name in ("Response", "Remission")] == ["", "Own rule"]


def words_of(code: str) -> dict[str, str]:
    return {one.word: one.meaning for one in meanings(INSTRUMENTS[code])}


@pytest.mark.parametrize("code", ["PHQ-9", "GAD-7"])
def test_a_number_that_the_instrument_brings_has_its_source(code: str) -> None:
    spec = INSTRUMENTS[code]
    told = {one.word: one for one in meanings(spec)}

    reliable = told["Reliably better, reliably worse"]
    assert reliable.source == spec.sources["reliable_change"]
    assert f"by {spec.reliable_change:g} points or more." in reliable.meaning
    assert "No reliable change is set" not in reliable.meaning


def test_remission_is_on_the_good_side_of_its_line() -> None:
    assert words_of("PHQ-9")["Remission"] == "The last score is below 5; 5 itself does not count."


def test_an_instrument_without_a_line_has_no_word_for_remission() -> None:
    spec = replace(INSTRUMENTS["PHQ-9"], remission_below=None)

    assert {"Remission", "Recovered"} & {one.word for one in meanings(spec)} == set()
    assert len(meanings(INSTRUMENTS["PHQ-9"])) == len(meanings(spec)) + 2


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    spec = replace(INSTRUMENTS["PHQ-9"], reliable_change=5.25)

    with translation.override("de"):
        [first, *_] = meanings(spec)
        assert "5,25" in first.meaning and "5.25" not in first.meaning
