"""The one-page summary as a PDF, drawn with fpdf2: one A4 page, light, readable without colour. No queries.

Lengths are millimetres. Everything that could outgrow the page is cut before it is drawn (monitoring.summaries) or
clipped to its column, so that there is always exactly one page.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import cast

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from monitoring import drawings
from monitoring.drawings import Frame
from monitoring.summaries import Summary, Tried
from monitoring.trajectories import Bar, Course, Lane, Panel, Span, State, short_number
from monitoring.wording import TIMING

FONTS = Path(__file__).parent / "fonts"
MARGIN = 12.0
WIDTH = 210 - 2 * MARGIN
INK, SOFT, LINE, LEVEL, USUAL = (24, 34, 38), (96, 108, 112), (205, 210, 212), (15, 86, 96), (239, 230, 208)
LABEL_WIDTH = 34.0
PANEL_HEIGHT = 17.0
# Where the three columns at the foot begin: above them everything has to fit.
FOOT_AT = 232.0
LINE_HEIGHT = 3.9
LANE_HEIGHT = 4.8
MOST_WORDS = 230
# Pixels, before the stylesheet makes them smaller for paper.
BROWSER_ROOM, BROWSER_LOWEST, BROWSER_HIGHEST = 620, 44, 72
# A shape for each state, as on the screen: read without colour.
SHAPES = {
    State.WORSE: "◆",
    State.WATCH: "◈",
    State.BETTER: "●",
    State.STEADY: "▬",
    State.NONE: "◌",
    State.LEARNING: "◌",
    State.ASKED: "■",
}


class Sheet(FPDF):
    """An A4 page with the bundled font, which has Latin, Greek, Cyrillic, Hebrew and Arabic letters."""

    def __init__(self) -> None:
        """Set the page up."""
        super().__init__(format="A4")
        self.set_lang(get_language() or settings.LANGUAGE_CODE)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=False)
        self.add_font("dejavu", "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font("dejavu", "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.add_page()

    def write_line(self, text: str, *, size: float = 8.5, bold: bool = False, color: Sequence[int] = INK) -> None:
        """Write a paragraph over the whole width."""
        self.set_font("dejavu", "B" if bold else "", size)
        self.set_text_color(*color)
        self.multi_cell(WIDTH, size * 0.46, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def heading(self, text: str, *, x: float = MARGIN, width: float = WIDTH) -> None:
        """Write a heading over a rule."""
        self.set_xy(x, self.get_y() + 1.6)
        self.set_draw_color(*INK)
        self.set_line_width(0.2)
        self.set_font("dejavu", "B", 9)
        self.set_text_color(*INK)
        self.cell(width, 4.6, text, border="B", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(self.get_y() + 1)


def browser_frame(course: Course) -> Frame:
    """Return how high a panel is on the page that the browser prints, so that all of them and the lanes fit on A4."""
    rows = sum(len(drawings.lane_svgs(lane, course)) for lane in course.lanes)
    room = BROWSER_ROOM - drawings.LANE_HEIGHT * (rows + 1)
    height = min(max(room // max(len(course.panels), 1), BROWSER_LOWEST), BROWSER_HIGHEST)
    return Frame(height=height, top=8, bottom=height - 8, radius=2.6, shows_range=True, ticks=6)


def summary_pdf(summary: Summary) -> bytes:
    """Return the page as a PDF."""
    sheet = Sheet()
    sheet.set_title(_("Summary"))
    sheet.set_creator("Tidemark")
    _head(sheet, summary)
    _changes(sheet, summary)
    _course(sheet, summary)
    _columns(sheet, summary)
    _foot(sheet, summary)
    return bytes(sheet.output())


def _head(sheet: Sheet, summary: Summary) -> None:
    """Write name, age, clinic, time and goal."""
    printed = _("%(clinic)s. Printed %(at)s") % {
        "clinic": summary.clinic,
        "at": date_format(summary.at, "D j M Y, H:i"),
    }
    sheet.write_line(_shortened(summary.name, 70), size=15, bold=True)
    sheet.write_line(f"{_shortened(summary.about, 160)}  {printed}", size=8, color=SOFT)
    if summary.goal:
        sheet.set_y(sheet.get_y() + 1)
        goal = _("My goal") if summary.is_for_patient else _("Goal, in the person's words")
        sheet.write_line(f"{goal}: “{_shortened(summary.goal, MOST_WORDS)}”", size=9)


def _changes(sheet: Sheet, summary: Summary) -> None:
    """Write what changed: shape, words, numbers."""
    sheet.heading(_("How it is going") if summary.is_for_patient else _("What changed"))
    if not summary.changes:
        sheet.write_line(_("No lasting change was found."))
    for line in summary.changes:
        text = f"{SHAPES.get(line.state, '▬')} {line.title}. {line.words}"
        sheet.write_line(_shortened(text, MOST_WORDS))


def _course(sheet: Sheet, summary: Summary) -> None:
    """Draw the panels that fit, and beneath them the dates."""
    course = summary.course
    sheet.heading(_("%(weeks)d weeks, on one time line") % {"weeks": course.span.weeks})
    room = int((FOOT_AT - sheet.get_y() - 8) // PANEL_HEIGHT)
    if not course.panels:
        sheet.write_line(_("Nothing has been answered yet."))
    for panel in course.panels[: max(room, 0)]:
        _panel(sheet, panel, course.span)
    _lanes(sheet, course.lanes, course.span)
    if course.panels:
        _dates(sheet, course.span)


def _panel(sheet: Sheet, panel: Panel, span: Span) -> None:
    """Draw one panel: label, frame, usual range, level, answers, missed weeks."""
    top = sheet.get_y()
    _label(sheet, panel, top)
    sheet.set_draw_color(*LINE)
    sheet.set_line_width(0.15)
    for value in (panel.minimum, panel.maximum):
        y = _y(panel, value, top)
        sheet.line(MARGIN + LABEL_WIDTH, y, MARGIN + WIDTH, y)
        sheet.set_font("dejavu", "", 6)
        sheet.set_text_color(*SOFT)
        sheet.text(MARGIN + LABEL_WIDTH - 4, y + 0.8, short_number(value))
    _usual(sheet, panel, span, top)
    _levels(sheet, panel, span, top)
    _answers(sheet, panel, span, top)
    sheet.set_y(top + PANEL_HEIGHT)


def _label(sheet: Sheet, panel: Panel, top: float) -> None:
    """Write name, direction and value beside a panel."""
    sheet.set_xy(MARGIN, top + 1)
    sheet.set_font("dejavu", "B", 8)
    sheet.set_text_color(*INK)
    sheet.cell(LABEL_WIDTH - 5, 3.6, _shortened(panel.name, 22), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.set_font("dejavu", "", 6.5)
    sheet.set_text_color(*SOFT)
    sheet.cell(LABEL_WIDTH - 5, 3, str(panel.direction_word), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if panel.value_now is not None:
        sheet.set_font("dejavu", "B", 8.5)
        sheet.set_text_color(*INK)
        sheet.cell(LABEL_WIDTH - 5, 4, short_number(panel.value_now), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _usual(sheet: Sheet, panel: Panel, span: Span, top: float) -> None:
    """Fill the usual range from the day it was known on."""
    sheet.set_fill_color(*USUAL)
    known = [point for point in panel.levels if point.usual_low is not None and point.usual_high is not None]
    days = [*(point.on for point in known), span.end]
    for point, until in zip(known, days[1:], strict=True):
        high, low = _y(panel, point.usual_high or 0, top), _y(panel, point.usual_low or 0, top)
        sheet.rect(_x(span, point.on), high, _x(span, until) - _x(span, point.on), low - high, style="F")


def _levels(sheet: Sheet, panel: Panel, span: Span, top: float) -> None:
    """Draw the level, broken where the answers break."""
    sheet.set_draw_color(*LEVEL)
    sheet.set_line_width(0.5)
    for run in panel.level_runs:
        points = [(_x(span, point.on), _y(panel, point.level, top)) for point in run]
        if len(points) > 1:
            sheet.polyline(points)


def _answers(sheet: Sheet, panel: Panel, span: Span, top: float) -> None:
    """Draw a dot for each answer, hollow when late, and a cross for each missed week."""
    sheet.set_draw_color(*INK)
    sheet.set_line_width(0.2)
    sheet.set_fill_color(*INK)
    for answer in panel.answers:
        x, y = _x(span, answer.on), _y(panel, answer.value, top)
        sheet.circle(x, y, 0.6, style="D" if answer.is_late else "F")
    floor = _y(panel, panel.minimum, top) - 1.2
    for day in panel.missed_on:
        if span.holds(day):
            x = _x(span, day)
            sheet.line(x - 0.6, floor - 0.6, x + 0.6, floor + 0.6)
            sheet.line(x - 0.6, floor + 0.6, x + 0.6, floor - 0.6)


def _x(span: Span, day: date) -> float:
    """Return how far across a day lies."""
    return MARGIN + LABEL_WIDTH + span.share(day) * (WIDTH - LABEL_WIDTH)


def _y(panel: Panel, value: float, top: float) -> float:
    """Return how far down a value lies; the whole scale is always shown."""
    inside = min(max(value, panel.minimum), panel.maximum)
    share = (panel.maximum - inside) / (panel.maximum - panel.minimum)
    return top + 2 + share * (PANEL_HEIGHT - 4)


def _lanes(sheet: Sheet, lanes: Iterable[Lane], span: Span) -> None:
    """Draw what was tried and what happened beneath the panels, as far as there is room."""
    for lane in lanes:
        bars = [bar for bar in lane.bars if bar.start <= span.end and (bar.end is None or bar.end >= span.start)]
        rows = _rows_of(bars) or [[]]
        flags = [flag for flag in lane.flags if span.holds(flag.on)]
        if (not bars and not flags) or sheet.get_y() + LANE_HEIGHT * len(rows) > FOOT_AT - LANE_HEIGHT:
            continue
        sheet.set_font("dejavu", "", 6.5)
        sheet.set_text_color(*SOFT)
        sheet.text(MARGIN, sheet.get_y() + 3.2, _shortened(lane.name, 24))
        for row in rows:
            for bar in row:
                _bar(sheet, bar, span)
            sheet.set_y(sheet.get_y() + LANE_HEIGHT)
        for flag in flags:
            sheet.set_text_color(*INK)
            room = MARGIN + WIDTH - sheet.get_string_width(flag.label)
            sheet.text(min(_x(span, flag.on), room), sheet.get_y() - 1.8, _shortened(flag.label, 60))


def _rows_of(bars: Iterable[Bar]) -> list[list[Bar]]:
    """Return bars in rows in which none lies over another."""
    rows: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda one: one.start):
        free = next((row for row in rows if row[-1].end is not None and row[-1].end <= bar.start), None)
        if free is None:
            rows.append([bar])
        else:
            free.append(bar)
    return rows


def _bar(sheet: Sheet, bar: Bar, span: Span) -> None:
    """Draw one bar, outlined, so that it survives a black-and-white printer."""
    left, right = _x(span, max(bar.start, span.start)), _x(span, bar.end or span.end)
    sheet.set_draw_color(*LEVEL)
    sheet.set_line_width(0.2)
    sheet.set_text_color(*INK)
    with sheet.rect_clip(left, sheet.get_y(), max(right - left, 0.6), LANE_HEIGHT):
        sheet.rect(left, sheet.get_y() + 0.5, max(right - left, 0.6), LANE_HEIGHT - 1)
        sheet.text(left + 1, sheet.get_y() + 3.2, bar.label)


def _dates(sheet: Sheet, span: Span) -> None:
    """Write the first and the last day beneath the panels."""
    sheet.set_font("dejavu", "", 6.5)
    sheet.set_text_color(*SOFT)
    sheet.set_x(MARGIN + LABEL_WIDTH)
    sheet.cell((WIDTH - LABEL_WIDTH) / 2, 3.5, date_format(span.start, "j M Y"))
    sheet.cell((WIDTH - LABEL_WIDTH) / 2, 3.5, date_format(span.end, "j M Y"), align="R")
    sheet.set_xy(MARGIN, sheet.get_y() + 3.5)


# ---------- the foot ----------


def _columns(sheet: Sheet, summary: Summary) -> None:
    """Write what is tried, what was said and done, and what is agreed, side by side."""
    tried = [_tried_words(row) for row in summary.tried] + [
        _("Side effects: %(names)s") % {"names": ", ".join(summary.side_effects)} if summary.side_effects else ""
    ]
    said = [f"“{summary.note.text}”", summary.note.wish] if summary.note else []
    done = [f"{row.kind}, {date_format(row.raised_at, 'j M')}: {row.outcome}" for row in summary.alerts]
    agreed = [_action_words(row.text, row.due_on) for row in summary.actions]
    columns = (
        (_("What I am trying") if summary.is_for_patient else _("What is tried"), tried),
        (_("In my words") if summary.is_for_patient else _("In the person's words; alerts"), [*said, *done]),
        (_("Agreed"), [*_review_words(summary), *agreed]),
    )
    width = (WIDTH - 8) / 3
    for number, (title, lines) in enumerate(columns):
        sheet.set_y(FOOT_AT)
        x = MARGIN + number * (width + 4)
        sheet.heading(title, x=x, width=width)
        _column(sheet, [line for line in lines if line] or [_("Nothing recorded.")], x=x, width=width)


def _column(sheet: Sheet, lines: Iterable[str], *, x: float, width: float) -> None:
    """Write lines into a column and stop where the foot of the page begins."""
    sheet.set_font("dejavu", "", 7.5)
    sheet.set_text_color(*INK)
    for line in lines:
        wrapped = cast("list[str]", sheet.multi_cell(width, LINE_HEIGHT, line, dry_run=True, output="LINES"))
        room = int((276 - sheet.get_y()) // LINE_HEIGHT)
        for text in wrapped[:room]:
            sheet.set_x(x)
            sheet.cell(width, LINE_HEIGHT, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _tried_words(row: Tried) -> str:
    """Return one thing that is tried, in a line."""
    until = f" - {date_format(row.until, 'j M Y')}" if row.until else ""
    words = f"{_shortened(row.name, 40)} {row.dose}, {date_format(row.since, 'j M Y')}{until}"
    if row.uptake.occasions:
        taken = {"kept": row.uptake.kept, "all": row.uptake.occasions}
        words += "; " + _("%(kept)d of %(all)d as agreed") % taken
    return "; ".join([words, *row.expected])


def _action_words(text: str, due_on: date | None) -> str:
    """Return one agreement with its day."""
    return f"• {text}" + (f" ({date_format(due_on, 'j M')})" if due_on else "")


def _review_words(summary: Summary) -> list[str]:
    """Return the next review, if one is planned."""
    if summary.review_at is None:
        return []
    return [_("Next review: %(at)s") % {"at": date_format(summary.review_at, "D j M, H:i")}]


def _foot(sheet: Sheet, summary: Summary) -> None:
    """Write completion, and what the page is and is not."""
    sheet.set_y(279)
    words = [
        summary.completion,
        TIMING,
        _("This page supports a conversation and does not replace clinical judgement."),
        _("Page 1 of 1"),
    ]
    sheet.write_line(" ".join(map(str, words)), size=6.5, color=SOFT)


def _shortened(text: str, most: int) -> str:
    """Return a text cut to a length, with an ellipsis where something is left out."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
