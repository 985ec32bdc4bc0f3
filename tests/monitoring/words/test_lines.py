"""A finding in one line: short enough for a list, with the numbers that its sentence prints."""

import re
from typing import Any

import pytest

from monitoring.course.paper.paper import WIDTH, Piece, Sheet
from monitoring.engine import FindingKind
from monitoring.models import Signal
from monitoring.reviews.summary_sheet import SIZES
from monitoring.words import lines, wording
from monitoring.words.states import State

FALL = {
    "name": "sleep",
    "points": 2.3,
    "before_mean": 6.1,
    "before_n": 12,
    "after_mean": 3.8,
    "after_n": 5,
    "from_on": "2026-08-08",
    "onset_on": "2026-10-31",
    "last_on": "2026-11-28",
    "direction": "higher_is_better",
    "also": ["mood", "energy"],
    "also_means": [[6.0, 4.0], [5.0, 3.0]],
    "usual_low": 5.0,
    "usual_high": 7.2,
    "outside_in_a_row": 4,
    "event": "Sertraline 50 mg → 100 mg",
    "event_change": "change",
    "event_on": "2026-10-26",
    "event_days": 5,
    "missed": 1,
    "planned": 8,
}
SCORES = {
    "name": "PHQ-9",
    "start": 18,
    "baseline_on": "2026-03-03",
    "start_on": "2026-03-01",
    "now": 8,
    "now_on": "2026-05-12",
    "direction": "higher_is_worse",
    "drop_percent": 56,
    "below": 5,
    "previous": 9,
    "previous_on": "2026-05-05",
}
STOP = {
    "event": "Venlafaxine",
    "event_change": "stop",
    "event_on": "2026-11-12",
    "event_days": 3,
    "symptoms": ["dizziness"],
    "domains": [],
    "label": "unclear",
}
SILENCE = {"last_on": "2026-11-03", "missed": 2, "was_worse": False, "risk_answer": False}
LINES: list[tuple[FindingKind, dict[str, Any], dict[str, Any], str]] = [
    (FindingKind.DETERIORATION, {"domain": "sleep"}, FALL, "Sleep 6.1 → 3.8 and 2 more since 31 Oct"),
    (FindingKind.IMPROVEMENT, {"domain": "sleep"}, FALL | {"also": []}, "Sleep 6.1 → 3.8 since 31 Oct"),
    (FindingKind.RESPONSE, {"instrument": "PHQ-9"}, SCORES, "PHQ-9: response, 18 → 8"),
    (FindingKind.REMISSION, {"instrument": "PHQ-9"}, SCORES, "PHQ-9: in the remission range"),
    (FindingKind.DISCONTINUATION, {"item": "Venlafaxine"}, STOP, "3 days after stopping Venlafaxine"),
    (FindingKind.LOST_CONTACT, {}, SILENCE, "No check-in since 3 Nov, 2 missed"),
    (FindingKind.LOST_CONTACT, {}, SILENCE | {"last_on": None}, "No check-in yet, 2 missed"),
    (FindingKind.STILL_LEARNING, {}, {"check_ins": 1}, "1 check-in so far"),
    (FindingKind.LOW_INFORMATION, {}, {"count": 8}, "Last 8 check-ins exactly alike"),
]


def signal_of(kind: FindingKind, about: dict[str, Any], parts: dict[str, Any]) -> Signal:
    onset = {"onset_on": parts["onset_on"]} if "onset_on" in parts else {}
    signal = Signal(kind=kind, tier="review", parts=parts, **about, **onset)
    signal.clean_fields(exclude=["clinic", "assessment", "episode", "clears"])
    return signal


@pytest.mark.parametrize(("kind", "about", "parts", "line"), LINES)
def test_a_line_of_a_list_is_short_and_has_the_numbers(
    kind: FindingKind, about: dict[str, Any], parts: dict[str, Any], line: str
) -> None:
    assert lines.in_a_list(signal_of(kind, about, parts)) == line
    assert len(line) <= 44


@pytest.mark.parametrize(("kind", "about", "parts", "line"), LINES)
def test_every_number_of_a_line_stands_in_the_sentences_too(
    kind: FindingKind, about: dict[str, Any], parts: dict[str, Any], line: str
) -> None:
    whole = wording.reason(signal_of(kind, about, parts))

    others = {str(len(parts.get("also", ())))}
    assert set(re.findall(r"\d+(?:\.\d)?", line)) <= set(re.findall(r"\d+(?:\.\d)?", whole)) | others


def test_a_line_on_paper_has_averages_usual_range_and_what_it_followed() -> None:
    alone = lines.on_paper(signal_of(FindingKind.DETERIORATION, {"domain": "sleep"}, FALL | {"also": []}))
    first = lines.on_paper(signal_of(FindingKind.DETERIORATION, {"domain": "sleep"}, FALL))

    assert first == "Sleep 6.1 before 31 Oct, 3.8 since; 5 days after Sertraline 50 mg → 100 mg."
    assert alone == ("Average 6.1 before 31 Oct, 3.8 since; usual 5 to 7.2; 5 days after Sertraline 50 mg → 100 mg.")


def test_forms_stand_on_paper_with_their_days() -> None:
    line = lines.on_paper(signal_of(FindingKind.RESPONSE, {"instrument": "PHQ-9"}, SCORES))

    assert line == "18 on 3 Mar, 8 on 12 May."


@pytest.mark.parametrize(
    ("well_n", "line"), [(1, "4 on 6 Aug, 8 on 12 May."), (2, "4 on average up to 6 Aug, 8 on 12 May.")]
)
def test_an_average_of_two_forms_is_not_said_to_be_one(well_n: int, line: str) -> None:
    parts = SCORES | {"well": 4, "well_on": "2026-08-06", "well_n": well_n, "after": "remission", "confirmed": True}

    assert lines.on_paper(signal_of(FindingKind.RELAPSE, {"instrument": "PHQ-9"}, parts)) == line


@pytest.mark.parametrize("also", [[], ["mood", "energy"]])
def test_a_line_with_its_title_stands_in_one_line_of_paper(also: list[str]) -> None:
    signal = signal_of(FindingKind.DETERIORATION, {"domain": "sleep"}, FALL | {"also": also})
    sheet = Sheet()

    heights = [
        sheet.height_of([Piece(state=State.WORSE, head=head, text=text, size=SIZES[0])], width=WIDTH)
        for head, text in (("Sleep.", "6"), (f"{wording.title(signal)}.", lines.on_paper(signal)))
    ]

    assert heights[0] == heights[1]


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_kind_of_finding_has_a_line_even_without_its_values(kind: FindingKind) -> None:
    signal = Signal(kind=kind, tier="watch", domain="mood", parts={"event": "sertraline 50 mg"})

    assert lines.in_a_list(signal)
    assert isinstance(lines.on_paper(signal), str)


def test_what_came_after_a_stop_is_one_line_on_paper_with_the_first_by_name() -> None:
    """It was the whole sentence with eight symptoms, over three lines."""
    parts = {"event": "Venlafaxine", "event_change": "stop", "event_on": "2026-11-18", "event_days": 3,
             "symptoms": ["dizziness", "electric_shocks", "irritability"], "domains": ["sleep", "pain"]}  # fmt: skip
    unasked = parts | {"symptoms": [], "domains": [], "unasked": ["balance"], "event_days": 1}

    said, reported = (
        lines.on_paper(Signal(kind=FindingKind.DISCONTINUATION, tier="review", item="Venlafaxine", parts=one))
        for one in (parts, unasked)
    )

    assert said == ("New or worse after 3 days: dizzy or light-headed, feelings like small electric shocks and 3 more.")
    assert reported == "Reported after 1 day: unsteady on your feet."
