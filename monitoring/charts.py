"""Panels as plain Plotly figures (traces and layout). No queries, no drawing, no plotly import.

Colours are names of the stylesheet ("var(--level)"); charts.js puts in what they stand for, so dark pages and
light ones share a figure. The geometry is that of monitoring.drawings: one picture, drawn twice.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from monitoring import drawings
from monitoring.drawings import STAFF_FRAME, Frame
from monitoring.engine import LevelPoint
from monitoring.formats import week_of
from monitoring.trajectories import MIDDLE_OF_WEEK, Answer, Course, Panel, Span

Json = dict[str, Any]
# Lines through all panels, by their class in the drawing.
LINES: dict[str, Json] = {
    "c-event": {"color": "var(--line-2)", "width": 1, "dash": "2px,3px"},
    "c-zero": {"color": "var(--ink-3)", "width": 1, "dash": "solid"},
    "c-review": {"color": "var(--ink-3)", "width": 1, "dash": "6px,4px"},
}
# Ends a stretch within one trace: Plotly lifts the pen.
GAP = None


@dataclass(frozen=True, slots=True)
class DrawnPanel:
    """A panel with both its renderings and the sentence that stands for them."""

    panel: Panel
    picture: SafeString
    marks: SafeString
    scale: SafeString
    sentence: str
    figure_id: str
    figure: Json


@dataclass(frozen=True, slots=True)
class DrawnLane:
    """A lane with its rows."""

    name: str
    rows: list[SafeString]


@dataclass(frozen=True, slots=True)
class DrawnCourse:
    """A course, ready for the page."""

    course: Course
    panels: list[DrawnPanel]
    lanes: list[DrawnLane]
    ticks: SafeString
    # Each day that has something to say, oldest first: for hovering, and for going from day to day by keyboard.
    days: list[Json]


def draw(course: Course, frame: Frame = STAFF_FRAME) -> DrawnCourse:
    """Draw a course: each panel as SVG and as a figure, each lane as SVG."""
    panels = [_drawn_panel(number, panel, course, frame) for number, panel in enumerate(course.panels)]
    lanes = [DrawnLane(lane.name, drawings.lane_svgs(lane, course)) for lane in course.lanes]
    shown = [lane for lane in lanes if lane.rows]
    return DrawnCourse(course, panels, shown, drawings.ticks_svg(course, frame), _days(course))


def _days(course: Course) -> list[Json]:
    """Return the days of answers with their names and, where one may look, the check-in they lead to.

    A missed week has a day as well, where its cross stands, unless something was answered on it.
    """
    given: dict[dt.date, str] = {}
    for panel in course.panels:
        for answer in panel.answers:
            given[answer.on] = course.way_into(answer) or given.get(answer.on, "")
    days = {day: {"label": course.day_words(day), "href": href} for day, href in given.items()}
    for week in {day for panel in course.panels for day in panel.missed_on}:
        said = {"label": week_of(week), "href": "", "words": _("no check-in")}
        days.setdefault(week + MIDDLE_OF_WEEK, said)
    return [{"on": _day(day), **said} for day, said in sorted(days.items()) if course.span.holds(day)]


def _drawn_panel(number: int, panel: Panel, course: Course, frame: Frame) -> DrawnPanel:
    return DrawnPanel(
        panel=panel,
        picture=drawings.panel_svg(panel, course, frame),
        marks=drawings.marks_svg(panel, course, frame),
        scale=drawings.scale_svg(panel, frame),
        sentence=drawings.figure_sentence(panel),
        figure_id=f"figure-{number}",
        figure=panel_figure(panel, course),
    )


def panel_figure(panel: Panel, course: Course) -> Json:
    """Return the figure of one panel, on the time axis of the whole course."""
    traces = [
        *_usual_traces(panel, course.span),
        *_level_traces(panel),
        _link_trace(panel),
        _replaced_trace(panel),
        _answer_trace(panel, [answer for answer in panel.answers if not answer.is_late], fill="var(--dot)"),
        _answer_trace(panel, [answer for answer in panel.answers if answer.is_late], fill="var(--surface)"),
        _missed_trace(panel),
    ]
    return {"data": [trace for trace in traces if trace["x"]], "layout": _layout(panel, course)}


def _usual_traces(panel: Panel, span: Span) -> list[Json]:
    """Return the usual range as an area with dotted edges, from the day it was known to the end."""
    known = [point for point in panel.levels if point.usual_low is not None and point.usual_high is not None]
    if not known:
        return []
    days = [*(point.on for point in known), span.end]
    lows = [point.usual_low for point in [*known, known[-1]]]
    highs = [point.usual_high for point in [*known, known[-1]]]
    edge = {"color": "var(--usual-edge)", "width": 1, "dash": "1px,3px"}
    return [
        _trace(days, lows, mode="lines", line=edge),
        _trace(days, highs, mode="lines", line=edge, fill="tonexty", fillcolor="var(--usual)"),
    ]


def _level_traces(panel: Panel) -> list[Json]:
    """Return the level with its 90 % range, broken where the answers break."""
    areas = [
        _area(
            [point.on for point in run],
            [point.low for point in run],
            [point.high for point in run],
            color="var(--level)",
            opacity=0.15,
        )
        for run in panel.level_runs
    ]
    points = list(_joined(panel.level_runs))
    days = [point and point.on for point in points]
    line = {"color": "var(--level)", "width": 2.25}
    return [*areas, _trace(days, [point and point.level for point in points], mode="lines", line=line)]


def _link_trace(panel: Panel) -> Json:
    answers = list(_joined(panel.runs))
    line = {"color": "var(--dot)", "width": 1}
    days = [answer and answer.on for answer in answers]
    return _trace(days, [answer and answer.value for answer in answers], mode="lines", line=line, opacity=0.38)


def _answer_trace(panel: Panel, answers: Sequence[Answer], *, fill: str) -> Json:
    marker = {"color": fill, "size": 6, "line": {"width": 1.2, "color": "var(--dot)"}}
    days: list[dt.date | None] = [answer.on for answer in answers]
    values = [answer.value for answer in answers]
    words = {"text": [panel.answer_words(answer) for answer in answers], "hoverinfo": "text"}
    return _trace(days, values, mode="markers", marker=marker) | words


def _replaced_trace(panel: Panel) -> Json:
    """Return the answers that a correction has replaced, as small rings."""
    marker = {"color": "rgba(0,0,0,0)", "size": 4, "line": {"width": 1, "color": "var(--dot)"}}
    days: list[dt.date | None] = [answer.on for answer in panel.replaced]
    return _trace(days, [answer.value for answer in panel.replaced], mode="markers", marker=marker)


def _missed_trace(panel: Panel) -> Json:
    span = panel.maximum - panel.minimum
    floor = panel.minimum + span * 6 / (STAFF_FRAME.bottom - STAFF_FRAME.top)
    marker = {"symbol": "x-thin", "size": 6, "line": {"width": 1.4, "color": "var(--none-mark)"}}
    days: list[dt.date | None] = [day + MIDDLE_OF_WEEK for day in panel.missed_on]
    return _trace(days, [floor] * len(panel.missed_on), mode="markers", marker=marker)


def _layout(panel: Panel, course: Course) -> Json:
    unit = (panel.maximum - panel.minimum) / (STAFF_FRAME.bottom - STAFF_FRAME.top)
    lowest = panel.minimum - unit * (STAFF_FRAME.height - STAFF_FRAME.bottom)
    hidden: Json = {"visible": False, "fixedrange": True}
    return {
        "height": STAFF_FRAME.height,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverdistance": 30,
        "hoverlabel": {
            "bgcolor": "var(--surface)",
            "bordercolor": "var(--control)",
            "font": {"color": "var(--ink)", "size": 12, "family": "Inter, system-ui, sans-serif"},
        },
        "xaxis": hidden | {"type": "date", "range": [_day(course.span.start), _day(course.span.end)]},
        "yaxis": hidden | {"range": [lowest, panel.maximum + unit * STAFF_FRAME.top]},
        "shapes": [*_grid_shapes(panel), *_event_shapes(course)],
    }


def _grid_shapes(panel: Panel) -> list[Json]:
    dash = "4px,3px" if panel.cuts else "solid"
    return [
        _across(panel.minimum, color="var(--line-2)"),
        _across(panel.maximum, color="var(--line)"),
        *(
            _across(value, color="var(--line-2)" if panel.cuts else "var(--line)", dash=dash)
            for value in panel.inner_lines
        ),
    ]


def _across(value: float, *, color: str, dash: str = "solid") -> Json:
    line = {"color": color, "width": 1, "dash": dash}
    return {"type": "line", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line}


def _event_shapes(course: Course) -> list[Json]:
    common = {"type": "line", "layer": "below", "yref": "paper", "y0": 0, "y1": 1}
    return [
        common | {"x0": _day(day), "x1": _day(day), "line": LINES[css_class]}
        for day, css_class in drawings.course_lines(course)
    ]


def _area(
    days: Sequence[dt.date],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    *,
    color: str,
    opacity: float = 1,
) -> Json:
    around = [*days, *reversed(days)]
    edge = [*lows, *reversed(highs)]
    return _trace(around, edge, mode="none", fill="toself", fillcolor=color, opacity=opacity)


def _trace(days: Iterable[dt.date | None], values: Iterable[float | None], **look: Any) -> Json:
    rounded = [value if value is None else round(value, 2) for value in values]
    x = [day and day.isoformat() for day in days]
    return {"type": "scatter", "x": x, "y": rounded, "hoverinfo": "skip", "connectgaps": False} | look


def _joined(runs: Sequence[Sequence[Answer]] | Sequence[Sequence[LevelPoint]]) -> Iterable[Any]:
    """Return the points of all runs in one row, with a gap between runs."""
    for number, run in enumerate(runs):
        if number:
            yield GAP
        yield from run


def _day(day: dt.date) -> str:
    return day.isoformat()
