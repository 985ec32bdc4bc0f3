"""Findings in words: the number of days, who is named, what would clear it; and no sentence claims a cause."""

import datetime as dt
from typing import Any

import pytest

from monitoring.engine.explain import WORDS, describe, describe_clearing
from monitoring.engine.records import Finding, FindingKind, Sentence, Tier
from tests.monitoring.engine.sentences.changes import changed


def test_every_kind_of_finding_has_words() -> None:
    assert set(WORDS) == set(FindingKind)


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
