"""Pieces that the sentences of all findings share."""

import pytest

from monitoring.engine.explain import explain
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


def test_a_chance_is_a_percentage_with_its_word() -> None:
    assert "Chance that this is a true change: 81% (very likely)." in explain(changed(chance=0.81))
    assert "Chance" not in explain(changed())
