"""What an outcome means, in words with numbers and sources."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import translation

from monitoring.engine import DEFAULT, INSTRUMENTS
from monitoring.engine.records import Direction
from monitoring.outcomes import score_courses, thresholds
from monitoring.outcomes.outcome_words import meanings, response_note
from tests.conftest import World
from tests.monitoring.outcomes.scored import course, declare


def test_a_rule_that_the_instrument_does_not_bring_is_said_to_be_ours(north: World) -> None:
    declare("WHO-5", Direction.HIGHER_IS_BETTER, remission_below=28)

    words = {one.word: one for one in meanings(score_courses.load_spec(("WHO-5", "1")))}

    assert "Reliably better, reliably worse" not in words and "Recovered" not in words
    response = words["Response"].meaning
    assert "It is better by 7.56 or more points, which are 13.5 % of the range." in response
    assert "It may still be chance." in response and "a half is used" in response
    assert words["Remission"].meaning.startswith("The last score is above 28; 28 itself does not count.")
    assert words["Started above the line"].meaning.startswith("The first score was above 28. That is remission")
    assert [words[name].source for name in ("Response", "Remission")] == ["", "Own rule"]


def words_of(code: str) -> dict[str, str]:
    return {one.word: one.meaning for one in meanings(INSTRUMENTS[code])}


@pytest.mark.parametrize("code", ["PHQ-9", "GAD-7"])
def test_a_number_that_the_instrument_brings_has_its_source(code: str) -> None:
    spec = INSTRUMENTS[code]
    told = {one.word: one for one in meanings(spec)}

    reliable = told["Reliably better, reliably worse"]
    assert reliable.source == spec.sources["reliable_change"]
    assert f"by {spec.reliable_change:g} or more points." in reliable.meaning
    assert "chance" not in told["Response"].meaning and response_note(spec) == ""


def test_remission_is_on_the_good_side_of_its_line() -> None:
    assert words_of("PHQ-9")["Remission"].startswith("The last score is below 5; 5 itself does not count.")


def test_an_instrument_without_a_line_has_no_word_for_remission() -> None:
    spec = replace(INSTRUMENTS["PHQ-9"], remission_below=None)

    assert {"Remission", "Recovered"} & {one.word for one in meanings(spec)} == set()
    assert len(meanings(INSTRUMENTS["PHQ-9"])) == len(meanings(spec)) + 2


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    spec = replace(INSTRUMENTS["PHQ-9"], reliable_change=5.25)

    with translation.override("de"):
        [first, *_] = meanings(spec)
        assert "5,25" in first.meaning and "5.25" not in first.meaning


@pytest.mark.parametrize("top", [3, 21, 27, 52, 56, 60, 0.7])
def test_the_printed_line_is_the_number_of_the_rule(top: float) -> None:
    """13.5 % of 60 points are 8.1, of 3 points 0.405: neither is printed as 8.2 or 0.5, nor ruled by another."""
    spec = replace(
        INSTRUMENTS["PHQ-9"], minimum=0, maximum=top, reliable_change=None, remission_below=None, caseness=None
    )
    meaning = {one.word: one.meaning for one in meanings(spec)}
    told = re.search(r"by ([\d.]+) or more points", meaning["Relapse after discharge"]).group(1)

    assert Decimal(told) == Decimal("0.135") * Decimal(str(top))
    assert thresholds.is_clearly_worse(float(told), 0, spec)
    assert not thresholds.is_clearly_worse(float(told) - 1e-6, 0, spec)
    assert thresholds.is_response(course(float(told), 0), spec, 1) is (float(told) > 1)
    assert not thresholds.is_response(course(float(told) - 1e-6, 0), spec, 1)
    assert (f"better by {told} or more points" in meaning["Response"]) is (float(told) > 1)
    assert ("better by more than one point" in meaning["Response"]) is (float(told) <= 1)


def test_without_a_reliable_change_it_is_said_beside_the_responses(north: World) -> None:
    declare("HAM-A", response_drop=0.5)

    assert "whether a response is more than chance cannot be said" in response_note(
        score_courses.load_spec(("HAM-A", "1"))
    )


def test_who_stopped_reporting_is_said_with_the_numbers_of_the_rule() -> None:
    assert "at least 21 days" in words_of("PHQ-9")["Stopped reporting"] and DEFAULT.lost_days == 21
    assert (
        DEFAULT.lost_cadences == 2 and "Twice the person's own usual interval" in words_of("PHQ-9")["Stopped reporting"]
    )
