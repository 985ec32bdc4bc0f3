"""Every kind of finding in words, and the medicine that it follows."""

from typing import Any

import pytest

from monitoring.engine import FindingKind
from monitoring.engine.records import Sentence
from monitoring.models import Signal
from monitoring.words import wording


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_kind_of_finding_has_a_title_and_a_line_even_without_its_values(kind: FindingKind) -> None:
    signal = Signal(kind=kind, tier="watch", domain="mood", parts={"event": "sertraline 50 mg"})

    assert wording.title(signal)
    assert wording.in_short(signal)
    assert isinstance(wording.reason(signal), str)


@pytest.mark.parametrize(
    ("kind", "parts", "words"),
    [
        (
            FindingKind.DISCONTINUATION,
            {"event": "Venlafaxine", "event_change": "stop", "event_days": 3},
            "New or worse, 3 days after stopping Venlafaxine",
        ),
        (
            FindingKind.DETERIORATION,
            {"event": "Sertraline 50 mg to 100 mg", "event_change": "change", "event_days": 1},
            "Mood: getting worse, 1 day after the change of Sertraline 50 mg to 100 mg",
        ),
        (
            FindingKind.DETERIORATION,
            {"event": "Sertraline 50 mg", "event_change": "start", "event_days": 0},
            "Mood: getting worse, from the day of starting Sertraline 50 mg",
        ),
        (FindingKind.DETERIORATION, {}, "Mood: getting worse"),
    ],
)
def test_a_reason_names_the_medicine_and_what_was_done_with_it(
    kind: FindingKind, parts: dict[str, Any], words: str
) -> None:
    domain, item = ("", "Venlafaxine") if kind is FindingKind.DISCONTINUATION else ("mood", "")
    signal = Signal(kind=kind, tier="review", domain=domain, item=item, parts=parts)

    assert wording.in_short(signal) == words


def test_ratings_and_symptoms_are_written_small_inside_a_sentence() -> None:
    """Readers stumbled over capitals in mid-sentence: "New or worse ...: Nervous, Sleep, Energy"."""
    parts = {
        "symptoms": ["anxiety", "balance"],
        "domains": ["sleep", "energy"],
        "event": "Venlafaxine",
        "event_change": "stop",
        "event_on": "2026-11-02",
        "event_days": 3,
        "together": [],
        "typical": ["balance"],
        "begins": "days",
    }
    signal = Signal(kind=FindingKind.DISCONTINUATION, tier="review", item="Venlafaxine", parts=parts)

    first, typical, *_ = wording.reasons(signal)

    assert first == (
        "New or worse from 3 days after the stop of Venlafaxine on 2 November 2026: "
        "nervous or on edge, unsteady on your feet, sleep, energy."
    )
    assert typical == "Typical of stopping: unsteady on your feet."


def test_a_rating_that_opens_a_sentence_keeps_its_capital_and_a_medicine_its_own() -> None:
    sentence = Sentence(
        template="{names}: worse, {also}", values={"names": ["Sleep", "Mood"], "also": ["Mood", "DHEA"]}
    )

    assert wording._filled(sentence) == "Sleep, mood: worse, mood, DHEA"


def test_what_is_quoted_keeps_its_capital() -> None:
    """The question of a form is also the name of a symptom."""
    sentence = Sentence(
        template="Asked: “{question}”, with {name}", values={"question": "Feeling sick", "name": "Sleep"}
    )

    assert wording._filled(sentence) == "Asked: “Feeling sick”, with sleep"
