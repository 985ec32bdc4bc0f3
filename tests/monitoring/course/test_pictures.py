"""Marks on a course: at most one on a dot, the graver one, the newest few."""

from datetime import timedelta

from monitoring.course import courses
from monitoring.words.states import State
from tests.monitoring.course.drawing.panels import START, WEEK, make_panel

PANEL = make_panel([6, 6, 5, 3, 2])
LAST = START + 4 * WEEK


def test_two_decisions_on_one_answer_are_one_mark_and_the_graver_stays() -> None:
    decided = [
        (LAST, State.WORSE, "Lasting fall"),
        (LAST + timedelta(days=2), State.WATCH, "Above usual"),
    ]

    assert [(mark.on, mark.words) for mark in courses._marks(PANEL, decided)] == [(LAST, "Lasting fall")]


def test_of_two_as_grave_the_later_stays() -> None:
    decided = [(LAST, State.WORSE, "Sudden change"), (LAST, State.WORSE, "Lasting fall")]

    assert [mark.words for mark in courses._marks(PANEL, decided)] == ["Lasting fall"]


def test_the_newest_few_are_drawn_oldest_first() -> None:
    decided = [(START + number * WEEK, State.WORSE, str(number)) for number in range(5)]

    assert [mark.words for mark in courses._marks(PANEL, decided)] == ["3", "4"]


def test_a_decision_before_the_first_answer_has_no_dot_to_stand_on() -> None:
    assert courses._marks(PANEL, [(START - WEEK, State.WORSE, "Lasting fall")]) == []
