"""Lanes on paper."""

from monitoring.course.paper import paper_lanes
from monitoring.course.paper.paper import Sheet
from monitoring.course.paper.paper_marks import Axis
from monitoring.course.pictures import Bar, Flag, Lane, Look, Span, Strip, StripMark
from tests.factories import NOW, WEEK


def test_labels_of_events_stand_apart(sheet: Sheet) -> None:
    span = Span(start=(NOW - 26 * WEEK).date(), end=NOW.date())
    near = tuple(Flag(on=(NOW - n * WEEK).date(), label="Moved to another house") for n in range(4))
    short = Bar(start=(NOW - 25 * WEEK).date(), end=(NOW - 24 * WEEK).date(), label="Sertraline hydrochloride 12.5 mg")

    events = paper_lanes.lane_rows(sheet, Lane(name="Life events", flags=near), Axis(span, 50, 190))
    medicine = paper_lanes.lane_rows(sheet, Lane(name="Medicine", bars=(short,)), Axis(span, 50, 190))

    assert len(events) > 1
    assert len(medicine) == 2


def test_words_of_marks_over_all_weeks_get_a_row_of_their_own(sheet: Sheet) -> None:
    span = Span(start=(NOW - 26 * WEEK).date(), end=NOW.date())
    rows = {
        weeks: paper_lanes.lane_rows(sheet, Lane(name="Side effects", strips=(strip,)), Axis(span, 50, 190))
        for weeks in (4, 26)
        for strip in (Strip(label="Headache, dizziness", spots=tuple(mild(n) for n in range(weeks, -1, -1))),)
    }

    assert {weeks: len(found) for weeks, found in rows.items()} == {4: 1, 26: 2}


def mild(weeks_ago: int) -> StripMark:
    return StripMark(on=(NOW - weeks_ago * WEEK).date(), look=Look.MILD, words="mild")
