"""The course of a person on paper: panels, lanes, dates and legend, drawn with fpdf2. No queries.

What is drawn is what monitoring.course.drawing.drawings draws for the screen; where a label finds no room in its
place it gets a row.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _
from fpdf.enums import Align

from monitoring.course.drawing import drawings, strokes
from monitoring.course.paper.paper import LINE, MARGIN, RULE, SMALLEST, SOFT, STATE_COLORS, WHITE, WIDTH, Sheet
from monitoring.course.paper.paper_lanes import LANE_HEIGHT, Row, lane_rows
from monitoring.course.paper.paper_marks import (
    DASHES,
    DOT,
    DOT_RADIUS,
    EVENT,
    LEVEL,
    LINE_HEIGHT,
    USUAL,
    USUAL_EDGE,
    Axis,
    dashed,
    draw_cross,
    draw_legend,
    legend_lines,
)
from monitoring.course.pictures import MIDDLE_OF_WEEK, Course, Mark, Panel, Span
from monitoring.engine import LevelPoint
from monitoring.words.formats import day_words, short_number

LABEL_WIDTH = 38.0
SCALE_WIDTH = 6.0
LOWEST, HIGHEST = 9.8, 20.0
NEXT_NUMBER = 2.5
FEWEST_DATES, MOST_DATES = 4, 6
# How far above or beneath its signal words may stand, the best place first.
MARK_STEPS = (2.7, -2.7, 5.3, -5.3)

# The height and the ends of something written.
Taken = tuple[float, float, float]


def draw_course(sheet: Sheet, course: Course, *, y: float, room: float) -> float:
    """Draw a course as high as there is room for, and return where it ends."""
    axis = _axis(sheet, course)
    rows = [(lane.name, lane_rows(sheet, lane, axis)) for lane in course.lanes]
    spare = room - lowest(sheet, course)
    heights = _panel_heights(sheet, course.panels, spare)
    top, bottom = y, y + sum(heights) + LANE_HEIGHT * sum(len(drawn) for _name, drawn in rows)
    _lines(sheet, course, axis, top, bottom)
    for panel, height in zip(course.panels, heights, strict=True):
        _panel(sheet, panel, axis, y, height)
        y += height
    for name, drawn in rows:
        y = _lane(sheet, name, drawn, y)
    return draw_legend(sheet, course, _dates(sheet, axis, y))


def lowest(sheet: Sheet, course: Course) -> float:
    """Return the least height of a course."""
    axis = _axis(sheet, course)
    rows = sum(len(lane_rows(sheet, lane, axis)) for lane in course.lanes)
    legend = LINE_HEIGHT * len(legend_lines(sheet, course)) + 1
    return sum(_panel_heights(sheet, course.panels, 0)) + LANE_HEIGHT * (rows + 1) + legend


def _panel_heights(sheet: Sheet, panels: Sequence[Panel], spare: float) -> list[float]:
    """Return the height of each panel: as high as its label needs, and higher where there is room."""
    even = min(LOWEST + max(spare, 0) / max(len(panels), 1), HIGHEST)
    return [max(_label_height(sheet, panel), even) for panel in panels]


def _axis(sheet: Sheet, course: Course) -> Axis:
    """Return the axis; behind it stay the names of severity bands, where there are any."""
    sheet.letters(size=SMALLEST)
    gutter = max((sheet.width_of(cut.label) + 1.5 for panel in course.panels for cut in panel.cuts), default=0)
    return Axis(course.span, MARGIN + LABEL_WIDTH + SCALE_WIDTH, MARGIN + WIDTH - gutter)


# ---------- a panel ----------


def _panel(sheet: Sheet, panel: Panel, axis: Axis, top: float, height: float) -> None:
    """Draw one panel: label, scale, bands, usual range, level, answers, missed weeks, signals."""
    first, last = top + 1.8, top + height - 1.8

    def y(value: float) -> float:
        inside = min(max(value, panel.minimum), panel.maximum)
        return first + (panel.maximum - inside) / (panel.maximum - panel.minimum) * (last - first)

    sheet.set_draw_color(*LINE)
    sheet.set_line_width(0.15)
    sheet.line(MARGIN, top + height, MARGIN + WIDTH, top + height)
    _label(sheet, panel, top)
    _usual(sheet, panel, axis, y)
    _scale(sheet, panel, axis, y)
    _levels(sheet, panel, axis, y)
    _answers(sheet, panel, axis, y)
    _form_changes(sheet, panel, axis, top, height)
    _marks(sheet, panel, axis, y)


def _label_height(sheet: Sheet, panel: Panel) -> float:
    """Return the height that name, value and direction need."""
    return 1 + LINE_HEIGHT * (len(_name_lines(sheet, panel)) + 2) + 0.6


def _name_lines(sheet: Sheet, panel: Panel) -> list[str]:
    """Return the name of a panel in as many lines as it needs."""
    sheet.letters(size=8, is_bold=True)
    lines = [""]
    for word in panel.name.split():
        longer = f"{lines[-1]} {word}".strip()
        if sheet.width_of(longer) <= LABEL_WIDTH or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _label(sheet: Sheet, panel: Panel, top: float) -> None:
    """Write name, value, severity and direction beside a panel."""
    middle = top + 1 + LINE_HEIGHT / 2
    for line in _name_lines(sheet, panel):
        sheet.letters(size=8, is_bold=True)
        sheet.words(line, x=MARGIN, middle=middle)
        middle += LINE_HEIGHT
    x = MARGIN
    if panel.number_now is not None:
        sheet.letters(size=8.5, is_bold=True)
        sheet.words(short_number(panel.number_now), x=x, middle=middle)
        x += sheet.width_of(short_number(panel.number_now)) + 1.2
    before = (
        _("was %(before)s") % {"before": short_number(panel.level_before)} if panel.level_before is not None else ""
    )
    sheet.letters(size=SMALLEST, color=SOFT)
    sheet.words(", ".join(filter(None, [before, panel.band_now])), x=x, middle=middle)
    sheet.words(str(panel.direction_word), x=MARGIN, middle=middle + LINE_HEIGHT)


def _usual(sheet: Sheet, panel: Panel, axis: Axis, y: Callable[[float], float]) -> None:
    """Fill the usual range from the day it was known on, with dotted edges."""
    edges = [
        (axis.x(point.on), y(point.usual_low), y(point.usual_high))
        for point in panel.levels
        if point.usual_low is not None and point.usual_high is not None
    ]
    if not edges:
        return
    edges.append((axis.right, *edges[-1][1:]))
    lower, upper = [(x, low) for x, low, _high in edges], [(x, high) for x, _low, high in edges]
    sheet.set_fill_color(*USUAL)
    sheet.polygon([*lower, *reversed(upper)], style="F")
    sheet.set_draw_color(*USUAL_EDGE)
    sheet.set_line_width(0.15)
    with dashed(sheet, 0.3, 0.8):
        sheet.polyline(lower)
        sheet.polyline(upper)


def _scale(sheet: Sheet, panel: Panel, axis: Axis, y: Callable[[float], float]) -> None:
    """Draw the ends of the scale, what lies between, and the names of the bands behind their lines."""
    sheet.set_line_width(0.15)
    sheet.set_draw_color(*RULE)
    for value in (panel.minimum, panel.maximum):
        sheet.line(axis.left, y(value), axis.right, y(value))
    with dashed(sheet, *((1.0, 0.7) if panel.cuts else (0, 0))):
        for value in panel.inner_lines:
            sheet.line(axis.left, y(value), axis.right, y(value))
    sheet.letters(size=SMALLEST, color=SOFT)
    shown = [panel.minimum, panel.maximum]
    for value in panel.inner_lines:
        if all(abs(y(value) - y(other)) >= NEXT_NUMBER for other in shown):
            shown.append(value)
    for value in shown:
        sheet.words(short_number(value), x=axis.left - 1, middle=y(value), align=Align.R)
    above = float("inf")
    for cut in panel.cuts:
        if above - y(cut.value) >= NEXT_NUMBER:
            above = y(cut.value)
            sheet.words(cut.label, x=axis.right + 1, middle=above)


def _levels(sheet: Sheet, panel: Panel, axis: Axis, y: Callable[[float], float]) -> None:
    """Draw the level with its range, broken where the answers break."""
    sheet.set_fill_color(*LEVEL)
    with sheet.local_context(fill_opacity=0.15):
        for run in panel.level_runs:
            _range(sheet, run, axis, y)
    sheet.set_draw_color(*LEVEL)
    sheet.set_line_width(0.5)
    for run in panel.level_runs:
        if len(run) > 1:
            sheet.polyline([(axis.x(point.on), y(point.level)) for point in run])


def _range(sheet: Sheet, run: Sequence[LevelPoint], axis: Axis, y: Callable[[float], float]) -> None:
    lower = [(axis.x(point.on), y(point.low)) for point in run]
    upper = [(axis.x(point.on), y(point.high)) for point in run]
    if len(run) > 1:
        sheet.polygon([*lower, *reversed(upper)], style="F")


def _answers(sheet: Sheet, panel: Panel, axis: Axis, y: Callable[[float], float]) -> None:
    """Draw a dot for each answer, hollow when late, small rings for corrected ones, a cross for each missed week."""
    sheet.set_draw_color(*DOT)
    sheet.set_line_width(0.2)
    for answer in panel.replaced:
        sheet.circle(axis.x(answer.on), y(answer.value), DOT_RADIUS * 0.7, style="D")
    for answer in panel.answers:
        sheet.set_fill_color(*(WHITE if answer.is_late else DOT))
        sheet.circle(axis.x(answer.on), y(answer.value), DOT_RADIUS, style="DF")
    for day in panel.missed_on:
        if axis.span.holds(day):
            draw_cross(sheet, axis.x(day + MIDDLE_OF_WEEK), y(panel.minimum) - 1.1)


def _form_changes(sheet: Sheet, panel: Panel, axis: Axis, top: float, height: float) -> None:
    """Draw a line where another form ends or begins, and say beside it which."""
    sheet.letters(size=SMALLEST, color=SOFT)
    for change in panel.form_changes:
        if not axis.span.holds(change.on):
            continue
        x, width = axis.x(change.on), sheet.width_of(change.words)
        sheet.set_draw_color(*SOFT)
        sheet.set_line_width(0.15)
        with dashed(sheet, 2.4, 0.8):
            sheet.line(x, top, x, top + height)
        left = x + 1 if x + 1 + width <= axis.right else x - 1 - width
        sheet.ground(x=left, middle=top + height / 2, width=width)
        sheet.words(change.words, x=left, middle=top + height / 2)


def _marks(sheet: Sheet, panel: Panel, axis: Axis, y: Callable[[float], float]) -> None:
    """Draw signals on their answers, each with its words where neither other words nor another signal stand."""
    marks = [mark for mark in panel.marks if axis.span.holds(mark.on)]
    taken = [(y(mark.value), axis.x(mark.on) - 1.5, axis.x(mark.on) + 1.5) for mark in marks]
    centre = y((panel.minimum + panel.maximum) / 2)
    for mark in marks:
        _mark_words(sheet, mark, axis, y(mark.value), centre, taken)
    for mark in marks:
        sheet.mark(mark.state, x=axis.x(mark.on), middle=y(mark.value), size=9)


def _mark_words(sheet: Sheet, mark: Mark, axis: Axis, at: float, centre: float, taken: list[Taken]) -> None:
    """Write the words of a signal above it, or beneath one that lies low, on a light ground; farther off if need be."""
    sheet.letters(size=SMALLEST, is_bold=True, color=STATE_COLORS.get(mark.state, SOFT))
    width = sheet.width_of(mark.words)
    left = min(max(axis.x(mark.on) - width / 2, axis.left), axis.right - width)
    side = 1 if at > centre else -1
    places = [at + side * step for step in MARK_STEPS]
    middle = next((place for place in places if not _is_taken(place, left, left + width, taken)), None)
    if middle is None:
        # Its shape stays, and what changed says it: words never lie over words.
        return
    taken.append((middle, left, left + width))
    sheet.ground(x=left, middle=middle, width=width)
    sheet.words(mark.words, x=left, middle=middle)


def _is_taken(middle: float, left: float, right: float, taken: Iterable[Taken]) -> bool:
    return any(abs(middle - other) < NEXT_NUMBER and left < end and start < right for other, start, end in taken)


# ---------- lanes, lines, dates ----------


def _lane(sheet: Sheet, name: str, rows: Sequence[Row], y: float) -> float:
    """Draw the rows of a lane, and return where they end."""
    for number, row in enumerate(rows):
        if not number:
            sheet.letters(size=SMALLEST, color=SOFT)
            sheet.words(name, x=MARGIN, middle=y + LANE_HEIGHT / 2)
        row(y)
        y += LANE_HEIGHT
    sheet.set_draw_color(*LINE)
    sheet.set_line_width(0.15)
    sheet.line(MARGIN, y, MARGIN + WIDTH, y)
    return y


def _lines(sheet: Sheet, course: Course, axis: Axis, top: float, bottom: float) -> None:
    """Draw the days of medicine changes, time zero and the review through all panels and lanes."""
    sheet.set_draw_color(*EVENT)
    sheet.set_line_width(0.15)
    for day, css_class in strokes.course_lines(course):
        with dashed(sheet, *DASHES[css_class]):
            sheet.line(axis.x(day), top, axis.x(day), bottom)


def axis_days(span: Span) -> list[dt.date]:
    """Return the days named beneath the lanes: whole weeks apart, at least four of them, none to come."""
    days = drawings.tick_days(span, most=MOST_DATES)
    if len(days) >= FEWEST_DATES:
        return days
    room = (days[-1] - span.start).days
    return [days[-1] - dt.timedelta(days=room * back // FEWEST_DATES) for back in reversed(range(FEWEST_DATES))]


def _dates(sheet: Sheet, axis: Axis, y: float) -> float:
    """Write the dates beneath the lanes, each under its tick."""
    sheet.letters(size=SMALLEST, color=SOFT)
    sheet.words(_("Week of"), x=MARGIN, middle=y + LANE_HEIGHT / 2)
    sheet.set_draw_color(*SOFT)
    days = axis_days(axis.span)
    for day, year in zip(days, drawings.tick_years(days, axis.span), strict=True):
        words = f"{day_words(day, 'j M')} {year}".strip()
        half = sheet.width_of(words) / 2
        x = min(max(axis.x(day), axis.left + half), axis.right - half)
        sheet.line(axis.x(day), y, axis.x(day), y + 0.8)
        sheet.words(words, x=x, middle=y + LANE_HEIGHT / 2 + 0.4, align=Align.C)
    return y + LANE_HEIGHT
