"""Findings in words: the number of days, who is named, what would clear it; and no sentence claims a cause."""

import datetime as dt
from typing import Any

import pytest

from monitoring.engine.explain import WORDS, describe, describe_clearing, explain, hedge
from monitoring.engine.records import Finding, FindingKind, Sentence, Tier

CHANGE: dict[str, Any] = {
    "name": "sleep",
    "points": 3.8,
    "before_mean": 6.5,
    "before_n": 8,
    "after_mean": 2.7,
    "after_n": 3,
    "onset_on": "2026-03-04",
    "direction": "higher_is_better",
}
SERTRALINE = {"event": "Sertraline 50 mg", "event_change": "start", "event_on": "2026-03-01"}
WALKS = {"event": "walks", "event_change": "stop", "event_on": "2026-02-25"}


def english(finding: Finding) -> str:
    return explain(finding)


def changed(kind: FindingKind = FindingKind.DETERIORATION, *, chance: float | None = None, **parts: Any) -> Finding:
    return Finding(kind=kind, tier=Tier.REVIEW, chance=chance, parts=CHANGE | parts)


def test_every_kind_of_finding_has_words() -> None:
    assert set(WORDS) == set(FindingKind)


@pytest.mark.parametrize(
    ("chance", "word"), [(0.0, "possible"), (0.49, "possible"), (0.5, "likely"), (0.8, "likely"), (0.81, "very likely")]
)
def test_the_hedge_gets_surer_with_the_chance(chance: float, word: str) -> None:
    assert hedge(chance) == word


def test_a_change_is_told_with_the_numbers_of_both_stretches() -> None:
    assert english(changed()) == (
        "Sleep: getting worse. Sleep has been about 3.8 points worse since 4 March 2026 than in the 8 check-ins before: "
        "average 6.5 before, 2.7 in the 3 since (higher is better)."
    )
    assert "points better since" in english(changed(FindingKind.IMPROVEMENT))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "It began on the day of the start of Sertraline 50 mg on 1 March 2026."),
        (1, "It began 1 day after the start of Sertraline 50 mg on 1 March 2026."),
        (3, "It began 3 days after the start of Sertraline 50 mg on 1 March 2026."),
    ],
)
def test_days_after_an_event_are_counted_in_words_and_timing_is_no_cause(days: int, words: str) -> None:
    told = english(changed(**SERTRALINE, event_days=days))

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
    told = english(changed(**SERTRALINE, event_days=3, together=others))

    assert ("cannot be told apart" in told) is (words is not None)
    assert words is None or words in told


def test_a_chance_is_a_percentage_with_its_word() -> None:
    assert "Chance that this is a true change: 81% (very likely)." in english(changed(chance=0.81))
    assert "Chance" not in english(changed())


@pytest.mark.parametrize(
    ("missed", "words"),
    [(0, None), (1, "1 of the last 8 check-ins was missed."), (2, "2 of the last 8 check-ins were missed.")],
)
def test_missed_check_ins_are_told_only_where_there_are_some(missed: int, words: str | None) -> None:
    told = english(changed(missed=missed, planned=8))

    assert ("of the last" in told) is (words is not None)
    assert words is None or words in told


@pytest.mark.parametrize(("row", "is_told"), [(1, False), (2, True)])
def test_one_answer_outside_the_usual_range_is_not_told(row: int, is_told: bool) -> None:
    told = english(changed(outside_in_a_row=row, usual_low=5, usual_high=7))

    assert (f"{row} check-ins in a row outside the usual range (5 to 7)." in told) is is_told


@pytest.mark.parametrize(
    ("last_on", "words"),
    [("2026-03-04", "Overdue: no check-in since 4 March 2026."), (None, "Overdue: no check-in so far.")],
)
def test_silence_names_the_last_day_if_there_is_one(last_on: str | None, words: str) -> None:
    parts = {"last_on": last_on, "missed": 2, "was_worse": False, "risk_answer": True}

    told = english(Finding(kind=FindingKind.MISSED_CHECK_INS, tier=Tier.WATCH, parts=parts))

    assert told == f"{words} The last questionnaire had a safety answer."


@pytest.mark.parametrize(
    ("clears", "words"),
    [
        ({"by": "person"}, "Only a person can clear this."),
        ({"more_than": 4, "name": "sleep"}, "more than 4 usual check-ins"),
        ({"check_ins": 2, "name": "sleep", "at": 6.0}, "2 check-ins with Sleep at 6.0 or better"),
        ({"check_ins": 2, "name": "sleep", "at": 0.0}, "2 check-ins with Sleep at 0.0 or better"),
        ({"symptom": "nausea", "severity": 1}, "Feeling sick mild or less."),
        ({"symptoms_below": 4}, "fewer than 4 new symptoms, none severe."),
        ({"response": True}, "What would clear it: a response."),
        ({"check_ins": 1}, "What would clear it: the next check-in."),
        ({}, None),
    ],
)
def test_what_would_clear_it_is_said_in_words(clears: dict[str, Any], words: str | None) -> None:
    sentences = describe_clearing(Finding(kind=FindingKind.DETERIORATION, tier=Tier.REVIEW, clears=clears))

    assert len(sentences) == (words is not None)
    assert words is None or words in english_of(sentences[0])


def english_of(sentence: Sentence) -> str:
    return sentence.template.format(**sentence.values)


def test_a_sentence_carries_days_as_days_so_that_each_language_writes_its_own() -> None:
    [_heading, body] = describe(changed())

    assert body.values["onset_on"] == dt.date(2026, 3, 4)
    assert "{onset_on}" in body.template and "4 March" not in body.template


@pytest.mark.parametrize(
    ("before_n", "after_n", "words"),
    [
        (1, 1, "than in the check-in before: average 6.5 before, 2.0 in the one since"),
        (8, 2, "than in the 8 check-ins before: average 6.5 before, 2.0 in the 2 since"),
    ],
)
def test_one_check_in_is_never_counted_as_several(before_n: int, after_n: int, words: str) -> None:
    assert words in english(changed(before_n=before_n, after_n=after_n, before_mean=6.5, after_mean=2.0))
