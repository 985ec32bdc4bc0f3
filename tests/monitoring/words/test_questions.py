"""The words in which the five ratings are asked."""

import hashlib
import json

import pytest
from django.utils import translation

from monitoring.engine.records import Domain
from monitoring.words.questions import QUESTIONS


def test_the_german_words_of_the_five_ratings_are_the_ones_that_were_agreed() -> None:
    """They are our own words and stand in the catalogue; another wording asks another question here too."""
    with translation.override("de"):
        words = [
            [domain, *map(str, (asked.title, asked.hint, asked.low, asked.high)), *map(str, asked.words.values())]
            for domain, asked in QUESTIONS.items()
        ]
    digest = hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()

    assert digest[:16] == "c9aea98d91e626c1"


def test_the_wording_of_the_five_ratings_is_the_one_that_was_agreed() -> None:
    """Another wording asks another question: old and new answers would no longer be one course."""
    with translation.override("en"):
        wording = [
            [domain, *map(str, (asked.title, asked.hint, asked.low, asked.high)), *map(str, asked.words.values())]
            for domain, asked in QUESTIONS.items()
        ]
    digest = hashlib.sha256(json.dumps(wording, ensure_ascii=False).encode()).hexdigest()

    assert digest[:16] == "623dcc4369e7ffbf"


@pytest.mark.parametrize("domain", Domain)
def test_every_number_of_a_rating_has_words(domain: Domain) -> None:
    asked = QUESTIONS[domain]

    assert all(str(asked.words_for(value)) for value in range(11))
    assert str(asked.words_for(0)) and str(asked.words_for(10))
