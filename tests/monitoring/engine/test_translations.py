"""Wordings in other languages: complete with a source, or not there; and nothing but words."""

import hashlib
import json
from typing import Any

import pytest

from monitoring.engine import (
    INSTRUMENTS,
    IncompleteTranslation,
    instrument_in,
    options_of,
    score,
    screen_answers,
)
from monitoring.engine.instruments import spec_from_data
from tests.monitoring.engine.wordings import ASKED

# The same for every other language, checklists included: each word was compared with the source that the file names.
TRANSLATED = {
    ("BASELINE", "de"): "c5ed69846cd19402",
    ("GAD-7", "de"): "fd1ae3d3c136b950",
    ("PHQ-15", "de"): "51d5fb406afc3c09",
    ("PHQ-4", "de"): "279b22ddd9655202",
    ("PHQ-9", "de"): "9f9c3bba03f05b35",
    ("discontinuation", "de"): "784d815a4ab9b89b",
    ("side-effects", "de"): "4563c66523e8db79",
}


def translation_digests() -> dict[tuple[str, str], str]:
    """Return (code, language) -> digest of everything that is worded, with the version it belongs to."""
    return {
        (asked.code, language): hashlib.sha256(
            json.dumps(
                [
                    asked.version,
                    words.name,
                    words.stem,
                    dict(words.items),
                    {k: dict(v) for k, v in words.options.items()},
                ],
                ensure_ascii=False,
            ).encode()
        ).hexdigest()[:16]
        for asked in ASKED
        for language, words in asked.translations.items()
    }


def test_every_translation_has_its_wording_locked() -> None:
    assert translation_digests() == TRANSLATED


@pytest.mark.parametrize("code", [code for code, spec in INSTRUMENTS.items() if spec.translations])
def test_another_wording_changes_no_score_no_flag_and_no_version(code: str) -> None:
    spec = INSTRUMENTS[code]
    german = instrument_in(spec, "de")
    answers = {item.code: options_of(spec, item)[-1].value for item in spec.items}

    assert german.language == "de"
    assert german.items[0].text != spec.items[0].text
    assert score(german, answers) == score(spec, answers)
    assert [(one.tier, one.item) for one in screen_answers(german, answers)] == [
        (one.tier, one.item) for one in screen_answers(spec, answers)
    ]


def test_a_country_in_the_language_is_not_looked_at_and_an_unknown_language_is_english() -> None:
    spec = INSTRUMENTS["PHQ-9"]

    assert instrument_in(spec, "de-at").stem == instrument_in(spec, "de").stem
    assert instrument_in(spec, "fr") is spec
    assert instrument_in(spec, None) is spec


@pytest.mark.parametrize(
    "broken",
    [
        {"items": {"1": "A"}},
        {"items": {"1": "A", "2": "B", "3": "C"}},
        {"items": {"1": "A", "2": ""}},
        {"options": {"all": {"0": "Nein"}}},
        {"options": {}},
        {"stem": ""},
        {"source": ""},
        {"licence": ""},
    ],
    ids=str,
)
def test_half_a_translation_does_not_load(broken: dict[str, Any]) -> None:
    words = {
        "name": "N", "stem": "S", "items": {"1": "A", "2": "B"}, "options": {"all": {"0": "Nein", "1": "Ja"}},
        "is_validated": True, "source": "S", "licence": "L",
    }  # fmt: skip
    raw = {
        "code": "X", "version": "1", "name": "X", "direction": "higher_is_worse", "minimum": 0, "maximum": 2,
        "stem": "S", "items": [{"code": "1", "text": "A"}, {"code": "2", "text": "B"}],
        "options": [{"value": 0, "text": "No"}, {"value": 1, "text": "Yes"}],
        "sources": {"maximum": "Judgement, 30 November 2026: own scale of two items"},
    }  # fmt: skip
    assert spec_from_data(raw | {"translations": {"de": words}}).translations["de"].items["2"] == "B"

    with pytest.raises(IncompleteTranslation, match="X: de"):
        spec_from_data(raw | {"translations": {"de": words | broken}})
