"""The small marks of a course on paper, the axis they stand on, and the legend that says what they mean. No queries."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from monitoring.course.paper.paper import MARGIN, SMALLEST, SOFT, WHITE, WIDTH, Color, Sheet
from monitoring.course.pictures import Course, Look, Span
from monitoring.words.states import State

EVENT: Color = (140, 154, 160)
LEVEL, DOT, USUAL, USUAL_EDGE = (11, 85, 99), (63, 83, 92), (239, 230, 210), (154, 132, 80)
# The level's range where nothing lies beneath it.
LEVEL_TINT: Color = (219, 230, 232)
STRONG, MILD = (186, 131, 0), (250, 240, 215)
DOT_RADIUS = 0.55
LINE_HEIGHT = 3.0
# What an item of the legend needs besides its words.
LEGEND_ROOM = 10.0
DASHES = {"chart-event": (0.5, 0.8), "chart-zero": (0, 0), "chart-review": (1.6, 1.0)}


@dataclass(frozen=True, slots=True)
class Axis:
    """The stretch of the page that stands for the span."""

    span: Span
    left: float
    right: float

    def x(self, day: dt.date) -> float:
        """Return how far across a day lies."""
        return self.left + self.span.share(day) * (self.right - self.left)


@contextmanager
def dashed(sheet: Sheet, dash: float, gap: float) -> Iterator[None]:
    """Draw lines dashed; without a dash, whole."""
    sheet.set_dash_pattern(dash=dash, gap=gap)
    yield
    sheet.set_dash_pattern()


def draw_cross(sheet: Sheet, x: float, middle: float) -> None:
    """Draw the cross of a missed week."""
    sheet.set_draw_color(*SOFT)
    sheet.set_line_width(0.25)
    sheet.line(x - 0.7, middle - 0.7, x + 0.7, middle + 0.7)
    sheet.line(x - 0.7, middle + 0.7, x + 0.7, middle - 0.7)


def draw_spot(sheet: Sheet, look: Look, x: float, middle: float) -> None:
    """Draw one small mark: a dot a session, a ring for one that was missed, squares for what was felt or not taken."""
    sheet.set_line_width(0.2)
    if look in {Look.SESSION, Look.SESSION_MISSED}:
        sheet.set_draw_color(*DOT)
        sheet.set_fill_color(*(DOT if look is Look.SESSION else WHITE))
        sheet.circle(x, middle, 0.75, style="DF")
    elif look in {Look.MILD, Look.STRONG}:
        sheet.set_draw_color(*STRONG)
        sheet.set_fill_color(*(STRONG if look is Look.STRONG else MILD))
        sheet.rect(x - 1, middle - 1, 2, 2, style="DF")
    else:
        sheet.mark(State(look.value), x=x, middle=middle, size=8)


def _legend_items(course: Course) -> list[tuple[str, str]]:
    """Return what each mark means, by the name of the mark; only what the page draws."""
    looks = {spot.look for lane in course.lanes for strip in lane.strips for spot in strip.spots}
    items = [
        ("answer", _("answer")),
        ("late", _("entered late")),
        ("missed", _("no check-in")),
        ("level", _("level, 90%% range") % {}),
        ("usual", _("usual range")),
        ("event", _("medicine started, changed or stopped")),
        (Look.MILD.value, _("mild, or some doses not taken")),
        (Look.STRONG.value, _("moderate or worse, or stopped")),
        (Look.SESSION_MISSED.value, _("session missed")),
    ]
    return [(key, words) for key, words in items if key not in set(Look) or key in looks]


def legend_lines(sheet: Sheet, course: Course) -> list[list[tuple[str, str]]]:
    """Return the legend in lines that fit across the page."""
    sheet.letters(size=SMALLEST)
    lines: list[list[tuple[str, str]]] = [[]]
    taken = 0.0
    for key, words in _legend_items(course):
        width = sheet.width_of(words) + LEGEND_ROOM
        if taken + width > WIDTH and lines[-1]:
            lines.append([])
            taken = 0
        lines[-1].append((key, words))
        taken += width
    return lines


def draw_legend(sheet: Sheet, course: Course, y: float) -> float:
    """Draw the legend, and return where it ends."""
    y += 0.6
    for line in legend_lines(sheet, course):
        x = MARGIN
        for key, words in line:
            _sample(sheet, key, x, y + LINE_HEIGHT / 2)
            sheet.letters(size=SMALLEST, color=SOFT)
            sheet.words(words, x=x + 6, middle=y + LINE_HEIGHT / 2)
            x += sheet.width_of(words) + LEGEND_ROOM
        y += LINE_HEIGHT
    return y + 0.4


def _sample(sheet: Sheet, key: str, x: float, middle: float) -> None:
    """Draw a mark as it stands in the legend."""
    sheet.set_line_width(0.2)
    if key in {"answer", "late"}:
        sheet.set_draw_color(*DOT)
        sheet.set_fill_color(*(DOT if key == "answer" else WHITE))
        sheet.circle(x + 2.5, middle, 0.55, style="DF")
    elif key == "missed":
        draw_cross(sheet, x + 2.5, middle)
    elif key == "event":
        sheet.set_draw_color(*EVENT)
        with dashed(sheet, *DASHES["chart-event"]):
            sheet.line(x + 2.5, middle - 1.4, x + 2.5, middle + 1.4)
    elif key in {"level", "usual"}:
        _band_sample(sheet, x, middle, is_level=key == "level")
    else:
        draw_spot(sheet, Look(key), x + 2.5, middle)


def _band_sample(sheet: Sheet, x: float, middle: float, *, is_level: bool) -> None:
    sheet.set_fill_color(*(LEVEL_TINT if is_level else USUAL))
    sheet.rect(x, middle - 1.1, 5, 2.2, style="F")
    sheet.set_draw_color(*(LEVEL if is_level else USUAL_EDGE))
    if is_level:
        sheet.set_line_width(0.5)
        sheet.line(x, middle, x + 5, middle)
        return
    with dashed(sheet, 0.3, 0.8):
        sheet.line(x, middle - 1.1, x + 5, middle - 1.1)
        sheet.line(x, middle + 1.1, x + 5, middle + 1.1)
