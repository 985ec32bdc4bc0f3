"""Lanes on paper."""

from monitoring.course.paper import paper_lanes
from monitoring.course.paper.paper import Sheet
from monitoring.course.paper.paper_marks import Axis
from monitoring.course.pictures import Bar, Flag, Lane, Span
from tests.factories import NOW, WEEK


def test_labels_of_events_stand_apart(sheet: Sheet) -> None:
    span = Span(start=(NOW - 26 * WEEK).date(), end=NOW.date())
    near = tuple(Flag(on=(NOW - n * WEEK).date(), label="Moved to another house") for n in range(4))
    short = Bar(start=(NOW - 25 * WEEK).date(), end=(NOW - 24 * WEEK).date(), label="Sertraline hydrochloride 12.5 mg")

    events = paper_lanes.lane_rows(sheet, Lane(name="Life events", flags=near), Axis(span, 50, 190))
    medicine = paper_lanes.lane_rows(sheet, Lane(name="Medicine", bars=(short,)), Axis(span, 50, 190))

    assert len(events) > 1
    assert len(medicine) == 2
