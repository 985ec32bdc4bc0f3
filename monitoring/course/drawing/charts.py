"""Courses drawn for a page: SVG, and beside it the numbers of each panel as columns. No queries, no plotly import.

figures.js makes Plotly figures of the columns, over the drawing and with its geometry: one picture, drawn twice.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from monitoring.course.drawing import drawings, lane_rows, strokes
from monitoring.course.drawing.drawings import STAFF_FRAME, Frame
from monitoring.course.pictures import MIDDLE_OF_WEEK, Course, Panel, Weeks
from monitoring.engine import LevelPoint
from monitoring.words.formats import week_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel with its drawing and the sentence that stands for it."""

    panel: Panel
    picture: SafeString
    marks: SafeString
    scale: SafeString
    sentence: str
    columns_id: str

    @property
    def columns(self) -> Json:
        """Return its numbers, for figures.js."""
        return panel_columns(self.panel)


@dataclass(frozen=True, slots=True)
class DrawnLane:
    """A lane with its rows."""

    name: str
    rows: list[SafeString]


@dataclass(frozen=True, slots=True)
class DrawnCourse:
    """A course, ready for the page."""

    course: Course
    frame: Frame
    panels: list[DrawnPanel]
    lanes: list[DrawnLane]
    ticks: SafeString
    # The weeks that each told change compares, in their order; empty where one compares none.
    weeks: tuple[SafeString | None, ...] = ()

    @property
    def days(self) -> list[Json]:
        """Return each day that has something to say, oldest first: for hovering, and for going by keyboard."""
        return _days(self.course)

    @property
    def axes(self) -> Json:
        """Return what all its figures share: the time axis, the lines up through all panels, the height in pixels."""
        span, frame = self.course.span, self.frame
        lines = [[_day(day), css_class] for day, css_class in strokes.course_lines(self.course)]
        height = {"height": frame.height, "top": frame.top, "bottom": frame.bottom}
        return {"start": _day(span.start), "end": _day(span.end), "lines": lines, **height}


def draw(course: Course, frame: Frame = STAFF_FRAME, compared: Iterable[Weeks | None] = ()) -> DrawnCourse:
    """Draw a course: each panel and each lane as SVG, and the weeks that sentences beside it compare."""
    panels = draw_panels(course, frame)
    lanes = [DrawnLane(lane.name, lane_rows.lane_svgs(lane, course)) for lane in course.lanes]
    shown = [lane for lane in lanes if lane.rows]
    weeks = tuple(one and drawings.weeks_svg(one, course, number) for number, one in enumerate(compared, start=1))
    return DrawnCourse(course, frame, panels, shown, drawings.ticks_svg(course, frame), weeks)


def draw_panels(course: Course, frame: Frame) -> list[DrawnPanel]:
    """Draw the panels of a course, without lanes and dates."""
    return [_drawn_panel(number, panel, course, frame) for number, panel in enumerate(course.panels)]


def _days(course: Course) -> list[Json]:
    """Return the days of answers with their names and, where one may look, the check-in they lead to.

    A missed week has a day as well, where its cross stands, unless something was answered on it.
    """
    links: dict[dt.date, str] = {}
    for panel in course.panels:
        for answer in panel.answers:
            links[answer.on] = course.way_into(answer) or links.get(answer.on, "")
    days = {day: {"label": course.day_words(day), "href": href} for day, href in links.items()}
    for week in {day for panel in course.panels for day in panel.missed_on}:
        entry = {"label": week_of(week), "href": "", "words": _("no check-in")}
        days.setdefault(week + MIDDLE_OF_WEEK, entry)
    return [{"on": _day(day), **entry} for day, entry in sorted(days.items()) if course.span.holds(day)]


def _drawn_panel(number: int, panel: Panel, course: Course, frame: Frame) -> DrawnPanel:
    return DrawnPanel(
        panel=panel,
        picture=drawings.panel_svg(panel, course, frame),
        marks=drawings.marks_svg(panel, course, frame),
        scale=drawings.scale_svg(panel, frame),
        sentence=drawings.figure_sentence(panel),
        columns_id=f"columns-{number}",
    )


def panel_columns(panel: Panel) -> Json:
    """Return the numbers of a panel: one column a series, one place in it for each answer.

    Levels and usual ranges to two decimals; None where there is none. `runs` are the lengths of the stretches without
    a gap, `late` the places of answers that were given late; `missed` are the days on which a cross stands.
    """
    by_day = {point.on: point for point in panel.levels}
    points = [by_day.get(answer.on) for answer in panel.answers]
    return {
        "on": [_day(answer.on) for answer in panel.answers],
        "value": [answer.value for answer in panel.answers],
        "words": [panel.answer_words(answer) for answer in panel.answers],
        "late": [place for place, answer in enumerate(panel.answers) if answer.is_late],
        "runs": [len(run) for run in panel.runs],
        "level": _column(points, "level"),
        "low": _column(points, "low"),
        "high": _column(points, "high"),
        "usual_low": _column(points, "usual_low"),
        "usual_high": _column(points, "usual_high"),
        "replaced": [[_day(answer.on), answer.value] for answer in panel.replaced],
        "missed": [_day(day + MIDDLE_OF_WEEK) for day in panel.missed_on],
        "minimum": panel.minimum,
        "maximum": panel.maximum,
        "lines": panel.inner_lines,
        "has_bands": bool(panel.cuts),
    }


def _column(points: Iterable[LevelPoint | None], name: str) -> list[float | None]:
    values: Iterable[float | None] = (getattr(point, name, None) for point in points)
    return [None if value is None else round(value, 2) for value in values]


def _day(day: dt.date) -> str:
    return day.isoformat()
