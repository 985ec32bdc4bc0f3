"""Pieces that the sentences of all findings share."""

import pytest

from monitoring.engine.explain import explain
from monitoring.engine.records import FindingKind
from monitoring.engine.sentences.phrases import hedge
from tests.monitoring.engine.sentences.changes import changed

SERTRALINE = {"event": "Sertraline 50 mg", "event_change": "start", "event_on": "2026-03-01"}
WALKS = {"event": "walks", "event_change": "stop", "event_on": "2026-02-25"}


@pytest.mark.parametrize(
    ("chance", "word"), [(0.0, "possible"), (0.49, "possible"), (0.5, "likely"), (0.8, "likely"), (0.81, "very likely")]
)
def test_the_hedge_gets_surer_with_the_chance(chance: float, word: str) -> None:
    assert hedge(chance) == word


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "It began on the day of the start of Sertraline 50 mg on 1 March 2026."),
        (1, "It began 1 day after the start of Sertraline 50 mg on 1 March 2026."),
        (3, "It began 3 days after the start of Sertraline 50 mg on 1 March 2026."),
    ],
)
def test_days_after_an_event_are_counted_in_words_and_timing_is_no_cause(days: int, words: str) -> None:
    told = explain(changed(**SERTRALINE, event_days=days))

    assert words in told
    assert "It does not prove cause." in told


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ([], None),
        ([WALKS], "the stop of walks on 25 February 2026. The two cannot be told apart."),
        ([WALKS, SERTRALINE], "the start of Sertraline 50 mg on 1 March 2026. These changes cannot be told apart."),
    ],
)
def test_what_cannot_be_told_apart_is_named(others: list[dict[str, str]], words: str | None) -> None:
    told = explain(changed(**SERTRALINE, event_days=3, together=others))

    assert ("cannot be told apart" in told) is (words is not None)
    assert words is None or words in told


def test_a_chance_is_a_percentage_of_the_rating_that_is_named_with_its_word() -> None:
    told = explain(changed(chance=0.81, chance_points=1.0))

    assert "Sleep is truly at least 1 point worse than before in 81% of simulated people with such answers" in told
    assert "(very likely)." in told
    assert "%" not in explain(changed())


def test_the_points_of_a_questionnaire_are_its_own() -> None:
    told = explain(changed(chance=0.4, chance_points=3.3, name="PHQ-9"))

    assert "PHQ-9 is truly at least 3.3 points worse than before in 40% of simulated people" in told


def test_the_chance_of_any_rating_that_older_engines_stored_is_not_printed_of_one() -> None:
    assert "%" not in explain(changed(chance=0.81))


def test_a_side_effect_is_told_without_a_percentage_whatever_was_stored() -> None:
    parts = dict(SERTRALINE) | {"event_days": 3, "together": [], "window_weeks": 4, "chance_points": 1.0}

    assert "%" not in explain(changed(FindingKind.SIDE_EFFECT, chance=0.97, **parts))
