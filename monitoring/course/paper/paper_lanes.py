"""The lanes beneath the panels on paper: bars, small marks and flags, each with its words. No queries.

A label that finds no room by its bar gets a row of its own: words are not cut.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from fpdf.enums import Align

from monitoring.course.paper.paper import INK, SMALLEST, WHITE, Color, Sheet
from monitoring.course.paper.paper_marks import LEVEL, Axis, draw_spot
from monitoring.course.pictures import Bar, Flag, Lane, Strip

LANE_HEIGHT = 4.3
FLAG_WIDTH = 2.6
# Between a small mark and words beside it.
SPOT_PADDING = 2.5
# The three fills of a bar, weak to strong dose; the strongest is dark.
FILLS: tuple[Color, ...] = ((225, 238, 239), (161, 192, 197), LEVEL)

Row = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Label:
    """Words in a lane, with a flag or beside what they name."""

    x: float
    words_x: float
    text: str
    width: float
    has_flag: bool


def lane_rows(sheet: Sheet, lane: Lane, axis: Axis) -> list[Row]:
    """Return what draws each row of a lane: bars, small marks, flags, and the labels that found no room by their bars."""
    bars = _rows_of(lane.bars, axis)
    sheet.letters(size=SMALLEST)
    homeless = [_beneath(sheet, bar, axis) for row in bars for bar, place in _placed(sheet, row, axis) if not place]
    homeless += [
        _strip_beneath(sheet, strip, axis) for strip in lane.strips if _strip_words_x(sheet, strip, axis) is None
    ]
    flags = [_flag(sheet, flag, axis) for flag in lane.flags if axis.span.holds(flag.on)]
    return [
        *(partial(_draw_bars, sheet, row, axis) for row in bars),
        *(partial(_draw_strip, sheet, strip, axis) for strip in lane.strips),
        *(partial(_draw_labels, sheet, labels) for labels in _apart([*homeless, *flags])),
    ]


def _rows_of(bars: Iterable[Bar], axis: Axis) -> list[list[Bar]]:
    """Return bars in rows in which none lies over another."""
    rows: list[list[Bar]] = []
    shown = [bar for bar in bars if bar.start <= axis.span.end and (bar.end is None or bar.end >= axis.span.start)]
    for bar in sorted(shown, key=lambda bar: bar.start):
        free = next((row for row in rows if (row[-1].end or axis.span.end) <= bar.start), None)
        if free is None:
            rows.append([bar])
        else:
            free.append(bar)
    return rows


def _edges(bar: Bar, axis: Axis) -> tuple[float, float]:
    left = axis.x(bar.start)
    return left, max(axis.x(bar.end or axis.span.end), left + 0.8)


def _placed(sheet: Sheet, bars: Sequence[Bar], axis: Axis) -> list[tuple[Bar, str]]:
    """Return each bar of a row with the place of its label: inside, before, or none in this row."""
    places, taken = [], axis.left
    for bar in bars:
        left, right = _edges(bar, axis)
        needed = sheet.width_of(bar.label)
        place = "inside" if needed + 2 <= right - left else "before" if needed + 2 <= left - taken else ""
        places.append((bar, place if bar.label else "inside"))
        taken = right
    return places


def _draw_bars(sheet: Sheet, bars: Sequence[Bar], axis: Axis, y: float) -> None:
    """Draw bars, darker with the dose, outlined so that they survive a black-and-white printer."""
    sheet.letters(size=SMALLEST)
    for bar, place in _placed(sheet, bars, axis):
        left, right = _edges(bar, axis)
        sheet.set_draw_color(*LEVEL)
        sheet.set_fill_color(*FILLS[bar.strength - 1])
        sheet.set_line_width(0.2)
        sheet.rect(left, y + 0.45, right - left, LANE_HEIGHT - 0.9, style="DF")
        is_light = place == "inside" and bar.strength >= len(FILLS)
        sheet.letters(size=SMALLEST, color=WHITE if is_light else INK)
        if place == "inside":
            sheet.words(bar.label, x=left + 1, middle=y + LANE_HEIGHT / 2)
        elif place:
            width = sheet.width_of(bar.label)
            sheet.ground(x=left - 1 - width, middle=y + LANE_HEIGHT / 2, width=width)
            sheet.words(bar.label, x=left - 1, middle=y + LANE_HEIGHT / 2, align=Align.R)


def _beneath(sheet: Sheet, bar: Bar, axis: Axis) -> Label:
    """Return the label of a bar for a row beneath it."""
    left, _right = _edges(bar, axis)
    width = sheet.width_of(bar.label)
    x = max(min(left, axis.right - width), axis.left)
    return Label(x=x, words_x=x, text=bar.label, width=width, has_flag=False)


def _flag(sheet: Sheet, flag: Flag, axis: Axis) -> Label:
    """Return a life event with its words behind the flag, or before it near the end."""
    x, width = axis.x(flag.on), sheet.width_of(flag.label)
    is_at_end = x + FLAG_WIDTH + width > axis.right
    return Label(
        x=x, words_x=x - 0.8 - width if is_at_end else x + FLAG_WIDTH, text=flag.label, width=width, has_flag=True
    )


def _apart(labels: Iterable[Label]) -> list[list[Label]]:
    """Return labels in rows in which no words touch."""
    rows: list[tuple[float, list[Label]]] = []
    for label in sorted(labels, key=lambda label: min(label.x, label.words_x)):
        left, right = min(label.x, label.words_x), max(label.x + FLAG_WIDTH, label.words_x + label.width) + 1
        free = next((row for row in rows if row[0] <= left), None)
        if free is not None:
            rows.remove(free)
        rows.append((right, [*(free[1] if free else []), label]))
    return [row for _right, row in sorted(rows, key=lambda row: row[1][0].x)]


def _draw_labels(sheet: Sheet, labels: Sequence[Label], y: float) -> None:
    """Draw life events, and labels without a place of their own."""
    sheet.letters(size=SMALLEST)
    for label in labels:
        sheet.ground(x=label.words_x, middle=y + LANE_HEIGHT / 2, width=label.width)
        sheet.words(label.text, x=label.words_x, middle=y + LANE_HEIGHT / 2)
        if label.has_flag:
            sheet.set_draw_color(*INK)
            sheet.set_line_width(0.2)
            sheet.line(label.x, y + 0.7, label.x, y + LANE_HEIGHT - 0.4)
            sheet.polyline([(label.x, y + 0.7), (label.x + 1.6, y + 0.7), (label.x + 1.6, y + 2.1), (label.x, y + 2.1)])


def _draw_strip(sheet: Sheet, strip: Strip, axis: Axis, y: float) -> None:
    """Draw small marks in a row, with what they are about beside them where there is room."""
    middle = y + LANE_HEIGHT / 2
    for spot in strip.spots:
        draw_spot(sheet, spot.look, axis.x(spot.on), middle)
    sheet.letters(size=SMALLEST)
    x = _strip_words_x(sheet, strip, axis)
    if x is not None:
        sheet.words(strip.label, x=x, middle=middle)


def _strip_words_x(sheet: Sheet, strip: Strip, axis: Axis) -> float | None:
    """Return where the words of small marks begin: behind the last, else before the first; None without room there."""
    first, last, width = axis.x(strip.spots[0].on), axis.x(strip.spots[-1].on), sheet.width_of(strip.label)
    if last + SPOT_PADDING + width <= axis.right:
        return last + SPOT_PADDING
    return first - SPOT_PADDING - width if first - SPOT_PADDING - width >= axis.left else None


def _strip_beneath(sheet: Sheet, strip: Strip, axis: Axis) -> Label:
    """Return the words of small marks for a row beneath them."""
    width = sheet.width_of(strip.label)
    x = max(min(axis.x(strip.spots[0].on), axis.right - width), axis.left)
    return Label(x=x, words_x=x, text=strip.label, width=width, has_flag=False)
