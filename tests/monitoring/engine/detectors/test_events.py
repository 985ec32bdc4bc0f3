"""Starts, changes and stops around a day: which of them cannot be told apart, and which of them leads a sentence."""

import datetime as dt

import pytest

from monitoring.engine.detectors import events
from monitoring.engine.records import InterventionCategory, InterventionChange, InterventionRecord
from monitoring.engine.rules import DEFAULT

ONSET = dt.date(2026, 6, 1)
WINDOW, TOGETHER = DEFAULT.event_window_days, DEFAULT.same_time_days


def event(days_before: int, name: str = "Sertraline", *, is_medicine: bool = True) -> InterventionRecord:
    kind = InterventionCategory.MEDICATION if is_medicine else InterventionCategory.ACTIVITY
    on = ONSET - dt.timedelta(days=days_before)
    return InterventionRecord(kind=kind, name=name, on=on, change=InterventionChange.START, label=f"{name} 50 mg")


@pytest.mark.parametrize(
    ("days_before", "is_near"), [(0, True), (1, True), (WINDOW, True), (WINDOW + 1, False), (-1, False)]
)
def test_an_event_counts_from_the_onset_back_to_the_end_of_the_watch(days_before: int, is_near: bool) -> None:
    found = events.events_before([event(days_before)], ONSET, DEFAULT)

    assert bool(found) is is_near


@pytest.mark.parametrize(("apart", "names"), [(TOGETHER, ["new", "old"]), (TOGETHER + 1, ["new"])])
def test_what_lies_too_close_to_the_newest_event_is_named_with_it(apart: int, names: list[str]) -> None:
    found = events.events_before([event(3 + apart, "old"), event(3, "new")], ONSET, DEFAULT)

    assert [one.name for one in found] == names


def test_medicines_lead_and_among_them_the_newest() -> None:
    given = [event(1, "walks", is_medicine=False), event(9, "lithium"), event(5, "sertraline")]

    assert [one.name for one in events.medicines_first(given)] == ["sertraline", "lithium", "walks"]


def test_beside_an_event_stands_what_is_close_on_either_side_and_has_happened() -> None:
    middle = event(20, "middle")
    others = [event(20 + TOGETHER, "before"), event(20 - TOGETHER, "after"), event(21 + TOGETHER, "long before")]
    later = event(-1, "not yet")

    found = events.events_beside([middle, later, *others], middle, ONSET, DEFAULT)

    assert [one.name for one in found] == ["after", "before"]


def test_an_event_in_words_counts_the_days_to_what_began_and_names_the_others() -> None:
    words = events.event_words(event(4), [event(6, "lithium")], since=ONSET)

    assert words["event"] == "Sertraline 50 mg"
    assert words["event_change"] == "start"
    assert (words["event_on"], words["event_days"]) == ("2026-05-28", 4)
    assert words["together"] == [{"event": "lithium 50 mg", "event_change": "start", "event_on": "2026-05-26"}]


def test_without_a_day_on_which_something_began_no_days_are_counted() -> None:
    assert "event_days" not in events.event_words(event(4), [], since=None)
