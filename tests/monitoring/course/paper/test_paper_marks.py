"""The small marks of a course on paper, the axis they stand on, and a legend of what is drawn and no more."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.course.paper.paper import WIDTH, Sheet
from monitoring.course.paper.paper_marks import LEGEND_ROOM, Axis, dashed, draw_legend, legend_lines
from monitoring.course.pictures import Course, Lane, Look, Span, Strip, StripMark

START = dt.date(2026, 6, 1)
SPAN = Span(start=START, end=START + dt.timedelta(weeks=12))
AXIS = Axis(span=SPAN, left=40, right=160)
ALWAYS = ["answer", "late", "missed", "level", "usual", "event"]


def course(*looks: Look) -> Course:
    spots = tuple(StripMark(on=START, look=look, words="") for look in looks)
    lanes = (Lane(name="Sertraline", strips=(Strip(label="", spots=spots),)),) if looks else ()
    return Course(span=SPAN, panels=(), lanes=lanes)


def keys(sheet: Sheet, *looks: Look) -> list[str]:
    return [key for line in legend_lines(sheet, course(*looks)) for key, _words in line]


@pytest.mark.parametrize(("weeks", "x"), [(0, 40), (6, 100), (12, 160), (-5, 40), (20, 160)])
def test_a_day_lies_between_the_two_ends_of_its_axis(weeks: int, x: float) -> None:
    assert AXIS.x(START + dt.timedelta(weeks=weeks)) == pytest.approx(x)


@given(st.integers(0, 84), st.integers(0, 84))
def test_a_later_day_never_stands_further_left(one: int, other: int) -> None:
    early, late = sorted([one, other])

    assert AXIS.x(START + dt.timedelta(days=early)) <= AXIS.x(START + dt.timedelta(days=late))


def test_the_legend_explains_what_is_drawn_and_no_more(sheet: Sheet) -> None:
    assert keys(sheet) == ALWAYS
    assert keys(sheet, Look.SESSION_MISSED) == [*ALWAYS, "session-missed"]
    assert keys(sheet, Look.STRONG, Look.MILD) == [*ALWAYS, "mild", "strong"]


def test_a_session_that_was_kept_needs_no_words(sheet: Sheet) -> None:
    assert keys(sheet, Look.SESSION) == ALWAYS


def test_no_line_of_the_legend_is_wider_than_the_page_and_none_is_empty(sheet: Sheet) -> None:
    lines = legend_lines(sheet, course(Look.MILD, Look.STRONG, Look.SESSION_MISSED))

    widths = [sum(sheet.width_of(words) + LEGEND_ROOM for _key, words in line) for line in lines]
    assert len(lines) > 1
    assert all(0 < width <= WIDTH for width in widths)


def test_the_legend_ends_lower_with_each_line(sheet: Sheet) -> None:
    short, long = course(), course(Look.MILD, Look.STRONG, Look.SESSION_MISSED)
    more = len(legend_lines(sheet, long)) - len(legend_lines(sheet, short))

    assert draw_legend(sheet, long, 100) - draw_legend(sheet, short, 100) == pytest.approx(3.0 * more)


def test_after_a_dashed_line_lines_are_whole_again(sheet: Sheet) -> None:
    with dashed(sheet, 1.0, 2.0):
        assert (sheet.dash_pattern["dash"], sheet.dash_pattern["gap"]) == (1, 2)

    assert sheet.dash_pattern["dash"] == 0
