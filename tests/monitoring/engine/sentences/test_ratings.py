"""Sentences about ratings."""

import pytest

from monitoring.engine.explain import explain
from monitoring.engine.records import Finding, FindingKind, Tier
from tests.monitoring.engine.sentences.changes import changed


def test_a_change_is_told_with_the_numbers_of_both_stretches() -> None:
    assert explain(changed()) == (
        "Sleep: getting worse. Sleep has been about 3.8 points worse since 4 March 2026 than in the 8 check-ins before: "
        "average 6.5 before, 2.7 in the 3 since (higher is better)."
    )
    assert "points better since" in explain(changed(FindingKind.IMPROVEMENT))


@pytest.mark.parametrize(
    ("missed", "words"),
    [(0, None), (1, "1 of the last 8 check-ins was missed."), (2, "2 of the last 8 check-ins were missed.")],
)
def test_missed_check_ins_are_told_only_where_there_are_some(missed: int, words: str | None) -> None:
    told = explain(changed(missed=missed, planned=8))

    assert ("of the last" in told) is (words is not None)
    assert words is None or words in told


@pytest.mark.parametrize(("row", "is_told"), [(1, False), (2, True)])
def test_one_answer_outside_the_usual_range_is_not_told(row: int, is_told: bool) -> None:
    told = explain(changed(outside_in_a_row=row, usual_low=5, usual_high=7))

    assert (f"{row} check-ins in a row outside the usual range (5 to 7)." in told) is is_told


@pytest.mark.parametrize(
    ("last_on", "words"),
    [("2026-03-04", "Overdue: no check-in since 4 March 2026."), (None, "Overdue: no check-in so far.")],
)
def test_silence_names_the_last_day_if_there_is_one(last_on: str | None, words: str) -> None:
    parts = {"last_on": last_on, "missed": 2, "was_worse": False, "risk_answer": True}

    told = explain(Finding(kind=FindingKind.MISSED_CHECK_INS, tier=Tier.WATCH, parts=parts))

    assert told == f"{words} The last questionnaire had a safety answer."


@pytest.mark.parametrize(
    ("before_n", "after_n", "words"),
    [
        (1, 1, "than in the check-in before: average 6.5 before, 2.0 in the one since"),
        (8, 2, "than in the 8 check-ins before: average 6.5 before, 2.0 in the 2 since"),
    ],
)
def test_one_check_in_is_never_counted_as_several(before_n: int, after_n: int, words: str) -> None:
    assert words in explain(changed(before_n=before_n, after_n=after_n, before_mean=6.5, after_mean=2.0))
