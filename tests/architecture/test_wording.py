"""Every number has a source, every rating the words that were agreed."""

import hashlib
import json
from dataclasses import fields

import pytest
from django.utils import translation

from monitoring import engine
from monitoring.engine.records import Domain
from monitoring.engine.rules import RuleSet
from monitoring.words.questions import QUESTIONS


def test_every_threshold_has_a_unit_and_a_source() -> None:
    bare = [rule.name for rule in fields(RuleSet) if not rule.metadata.get("unit") or not rule.metadata.get("source")]

    assert bare == []


@pytest.mark.parametrize("code", engine.INSTRUMENTS)
def test_every_number_of_an_instrument_has_its_source(code: str) -> None:
    instrument = engine.INSTRUMENTS[code]
    numbers = {name for name in ("sem", "reliable_change", "mcid", "response_drop", "remission_below", "relapse_at")
               if getattr(instrument, name) is not None}  # fmt: skip

    assert instrument.licence
    assert instrument.sources
    assert all(source.strip() for source in instrument.sources.values())
    assert numbers <= set(instrument.sources), numbers - set(instrument.sources)


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
