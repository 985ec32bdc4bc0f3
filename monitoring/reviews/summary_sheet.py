"""The one-page summary as a PDF: one A4 page, light, readable without colour. No queries.

Words are never cut: letters become smaller, down to 7 points; after that whole entries are left out, the last ones
first, and the page says how many.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.course.drawing import lane_rows, strokes
from monitoring.course.drawing.drawings import Frame
from monitoring.course.paper import paper_charts, scripts
from monitoring.course.paper.paper import BOTTOM, MARGIN, SMALLEST, SOFT, WIDTH, Piece, Sheet, heading
from monitoring.course.pictures import Course
from monitoring.reviews.summaries import Summary, SummaryTreatment, rest_words
from monitoring.words.formats import moment_words
from monitoring.words.wording import TIMING

# Letters of what changed and of the columns, from the best to the smallest.
SIZES = (8.5, 8.0, 7.5, SMALLEST)
GAP = 4.0
COLUMN_WIDTH = (WIDTH - 2 * GAP) / 3
# Lines to write on beneath what was agreed.
RULED, RULED_HEIGHT = 2, 6.0
# Pixels, before the stylesheet makes them smaller for paper.
BROWSER_ROOM, BROWSER_LOWEST, BROWSER_HIGHEST = 620, 44, 72


@dataclass(frozen=True, kw_only=True)
class Block:
    """A heading with its entries, and how many of them found no room."""

    title: str
    entries: tuple[Piece, ...]
    left_out: int = 0
    # Stands whatever is left out.
    closing: tuple[Piece, ...] = ()

    @property
    def shorter(self) -> "Block":
        """Return the block without its last entry."""
        return replace(self, entries=self.entries[:-1], left_out=self.left_out + 1)

    def pieces(self, size: float) -> list[Piece]:
        """Return what is written, in letters of a size."""
        sized = [replace(entry, size=size) for entry in (*self.entries, *self.closing)]
        words = rest_words(self.left_out)
        return [heading(self.title), *sized, *([Piece(text=words, size=SMALLEST, color=SOFT)] if words else [])]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What stands on the page, and in which size."""

    size: float
    head: tuple[Piece, ...]
    changes: Block
    course: Course
    not_drawn: tuple[str, ...]
    columns: tuple[Block, ...]
    foot: tuple[Piece, ...]


def browser_frame(course: Course) -> Frame:
    """Return how high a panel is on the page that the browser prints, so that all of them and the lanes fit on A4."""
    rows = sum(len(lane_rows.lane_svgs(lane, course)) for lane in course.lanes)
    room = BROWSER_ROOM - strokes.LANE_HEIGHT * (rows + 1)
    height = min(max(room // max(len(course.panels), 1), BROWSER_LOWEST), BROWSER_HIGHEST)
    return Frame(height=height, top=8, bottom=height - 8, radius=2.6, shows_range=True, ticks=6)


def summary_pdf(summary: Summary) -> bytes:
    """Return the page as a PDF."""
    sheet = Sheet()
    sheet.set_title(_("Summary"))
    sheet.set_creator("Tidemark")
    draft = fitted(sheet, draft_of(summary))
    if sheet.missing:
        draft = fitted(sheet, _with_boxes(draft))
    y = sheet.write_pieces([*draft.head, *draft.changes.pieces(draft.size)], x=MARGIN, y=MARGIN, width=WIDTH)
    y = sheet.write_pieces(_course_heading(draft), x=MARGIN, y=y + 1, width=WIDTH)
    if draft.course.panels or draft.course.lanes:
        room = spare_room(sheet, draft) + paper_charts.lowest(sheet, draft.course)
        y = paper_charts.draw_course(sheet, draft.course, y=y, room=room)
    y = sheet.write_pieces(_not_drawn(draft), x=MARGIN, y=y, width=WIDTH) + 2
    _write_columns(sheet, draft, y)
    sheet.write_pieces(draft.foot, x=MARGIN, y=BOTTOM - sheet.height_of(draft.foot, width=WIDTH), width=WIDTH)
    return bytes(sheet.output())


# ---------- fitting ----------


def fitted(sheet: Sheet, draft: Draft) -> Draft:
    """Return a draft that fits: in smaller letters, then without the last entries."""
    for size in SIZES:
        draft = replace(draft, size=size)
        if spare_room(sheet, draft) >= 0:
            return draft
    while spare_room(sheet, draft) < 0 and (shorter := _shorter(sheet, draft)) is not None:
        draft = shorter
    return draft


def spare_room(sheet: Sheet, draft: Draft) -> float:
    """Return how many millimetres of the page are left; below nothing when it does not fit."""
    across = [*draft.head, *draft.changes.pieces(draft.size), *_course_heading(draft), *_not_drawn(draft), *draft.foot]
    course = draft.course
    chart = paper_charts.lowest(sheet, course) if course.panels or course.lanes else 0
    columns = max(_column_height(sheet, block, draft.size) for block in draft.columns)
    return BOTTOM - MARGIN - 5 - sheet.height_of(across, width=WIDTH) - chart - columns


def _column_height(sheet: Sheet, block: Block, size: float) -> float:
    return sheet.height_of(block.pieces(size), width=COLUMN_WIDTH)


def _shorter(sheet: Sheet, draft: Draft) -> Draft | None:
    """Return a draft without one entry: of the longest column, else of what changed, else without one panel."""
    longest = max(draft.columns, key=lambda block: _column_height(sheet, block, draft.size))
    if len(longest.entries) > 1 or (longest.entries and len(draft.changes.entries) <= 1):
        columns = tuple(block.shorter if block is longest else block for block in draft.columns)
        return replace(draft, columns=columns)
    if len(draft.changes.entries) > 1:
        return replace(draft, changes=draft.changes.shorter)
    if not draft.course.panels:
        return None
    course = replace(draft.course, panels=draft.course.panels[:-1])
    return replace(draft, course=course, not_drawn=(draft.course.panels[-1].name, *draft.not_drawn))


def _with_boxes(draft: Draft) -> Draft:
    """Return a draft that says what the boxes on it are; what has been fitted has been looked through for letters."""
    words = _("%(box)s stands for a character that this page has no letters for.") % {"box": scripts.MISSING}
    return replace(draft, foot=(Piece(text=words, size=SMALLEST, gap=0), *draft.foot))


# ---------- what stands on it ----------


def draft_of(summary: Summary) -> Draft:
    """Return everything there is to say, in the largest letters."""
    closing = [_piece(words) for words in (summary.other_changes, summary.safety_words) if words]
    changes = [
        Piece(state=line.state, head=f"{line.title}.", text=line.words, size=SIZES[0], gap=0.6)
        for line in summary.changes
    ]
    return Draft(
        size=SIZES[0],
        head=tuple(_head(summary)),
        changes=Block(
            title=_("How it is going") if summary.is_for_patient else _("What changed"),
            entries=tuple(changes or [_piece(summary.unchanged)]),
            closing=tuple(closing),
        ),
        course=summary.course,
        not_drawn=summary.not_drawn,
        columns=_columns(summary),
        foot=(Piece(text=_foot_words(summary), size=SMALLEST, color=SOFT, gap=0),),
    )


def _piece(text: str) -> Piece:
    return Piece(text=text, size=SIZES[0])


def _head(summary: Summary) -> Iterable[Piece]:
    """Return name, date of birth, age, clinic, time and goal."""
    printed = _("%(clinic)s. Printed %(at)s") % {
        "clinic": summary.clinic,
        "at": moment_words(summary.at, "D j M Y, H:i"),
    }
    yield Piece(text=summary.name, size=15, is_bold=True)
    who = f"{summary.identity}. " if summary.identity else ""
    yield Piece(text=f"{who}{summary.about}  {printed}", size=8, color=SOFT, gap=1)
    if summary.goal:
        goal = _("My goal") if summary.is_for_patient else _("Goal, in the patient's words")
        yield Piece(text=f"{goal}: “{summary.goal}”", size=8.5, gap=1.5)


def _course_heading(draft: Draft) -> list[Piece]:
    weeks = draft.course.span.weeks
    words = ngettext("%(weeks)s week, on one timeline", "%(weeks)s weeks, on one timeline", weeks) % {"weeks": weeks}
    empty = [] if draft.course.panels else [_piece(_("Nothing has been answered yet."))]
    return [heading(words), *empty]


def _not_drawn(draft: Draft) -> list[Piece]:
    if not draft.not_drawn:
        return []
    not_shown = _("Not shown")
    return [Piece(text=f"{not_shown}: {', '.join(draft.not_drawn)}", size=SMALLEST, color=SOFT)]


def _columns(summary: Summary) -> tuple[Block, ...]:
    """Return what is tried, what was said and done, and what is agreed."""
    effects = _("Side effects: %(names)s") % {"names": ", ".join(summary.side_effects)} if summary.side_effects else ""
    note = summary.note
    words = [f"“{note.text}”" if note.text else "", summary.note_rest, note.wish] if note else []
    done = [f"{row.kind}, {moment_words(row.raised_at, 'j M')}: {row.outcome}" for row in summary.alerts]
    agreed = [_action_words(row.text, row.due_on) for row in summary.actions]
    return (
        _column(
            _("My treatments") if summary.is_for_patient else _("Treatments"),
            [*_pieces([effects]), *map(_tried_piece, summary.tried)],
            summary.more_tried,
        ),
        _column(
            _("In my words") if summary.is_for_patient else _("In the patient's words; alerts"),
            _pieces([*words, *done]),
            summary.more_alerts,
        ),
        _column(_("Agreed"), _pieces([*_review_words(summary), *agreed]), summary.more_actions),
    )


def _column(title: str, entries: Sequence[Piece], left_out: int) -> Block:
    return Block(title=title, entries=tuple(entries or [_piece(_("Nothing recorded."))]), left_out=left_out)


def _pieces(lines: Iterable[str]) -> list[Piece]:
    return [_piece(line) for line in lines if line]


def _write_columns(sheet: Sheet, draft: Draft, y: float) -> None:
    """Write three columns side by side, and where there is room lines to write on."""
    for number, block in enumerate(draft.columns):
        x = MARGIN + number * (COLUMN_WIDTH + GAP)
        end = sheet.write_pieces(block.pieces(draft.size), x=x, y=y, width=COLUMN_WIDTH)
    limit = BOTTOM - sheet.height_of(draft.foot, width=WIDTH) - 2
    sheet.set_draw_color(*SOFT)
    sheet.set_line_width(0.15)
    for line in range(1, RULED + 1):
        if end + line * RULED_HEIGHT <= limit:
            sheet.line(x, end + line * RULED_HEIGHT, x + COLUMN_WIDTH, end + line * RULED_HEIGHT)


def _tried_piece(row: SummaryTreatment) -> Piece:
    days = {"since": date_format(row.since, "j M Y"), "until": date_format(row.until, "j M Y") if row.until else ""}
    parts = [_("%(since)s to %(until)s") % days if row.until else _("since %(since)s") % days]
    if row.uptake.occasions:
        parts.append(_("%(kept)d of %(all)d as agreed") % {"kept": row.uptake.kept, "all": row.uptake.occasions})
    words = "; ".join([*parts, *row.expected])
    return Piece(head=row.name, text=f"{row.dose} {words}".strip(), size=SIZES[0])


def _action_words(text: str, due_on: date | None) -> str:
    """Return one agreement with its day."""
    return f"• {text}" + (f" ({date_format(due_on, 'j M')})" if due_on else "")


def _review_words(summary: Summary) -> list[str]:
    """Return the next review, if one is planned."""
    if not summary.review_at:
        return []
    return [_("Next review: %(at)s") % {"at": summary.review_at}]


def _foot_words(summary: Summary) -> str:
    """Return completion, and what the page is and is not."""
    words = [
        summary.completion,
        _("Answers are the patient's own."),
        _(TIMING),
        _("This page supports a conversation and does not replace clinical judgement."),
        _("Page 1 of 1"),
    ]
    return " ".join(words)
