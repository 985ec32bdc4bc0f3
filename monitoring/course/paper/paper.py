"""A page of paper drawn with fpdf2: its size, font and colours, and words that wrap. It knows nothing of a summary.

Lengths are millimetres, sizes of letters are points. Words are shaped, so that Arabic letters join and Hebrew and
Arabic run from the right; a letter that the font does not have is left out.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language
from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

from monitoring.words.states import State

Color = tuple[int, int, int]

FONTS = Path(__file__).parent / "fonts"
MARGIN = 12.0
WIDTH = 210 - 2 * MARGIN
BOTTOM = 297 - MARGIN
# The light tokens of the stylesheet: paper is never dark.
INK, SOFT, LINE, RULE = (18, 38, 46), (88, 106, 114), (221, 227, 226), (194, 204, 203)
WHITE = (255, 255, 255)
# Smaller letters are not read on paper. Source: docs/design.md#paper.
SMALLEST = 7.0
# From one line of letters to the next, in millimetres for each point.
LEADING = 0.42
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
STATE_COLORS: dict[State, Color] = {
    State.WORSE: (163, 50, 15),
    State.WATCH: (116, 78, 0),
    State.BETTER: (10, 86, 144),
    State.ASKED: (83, 56, 154),
}
MARK_WIDTH = 3.6
# The size in which widths are measured.
MEASURED_AT = 10.0
FROM_LEFT, FROM_RIGHT = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"

# Letters without a space, and whether they are bold.
Word = tuple[str, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Words that belong together; a state gives them its mark, a rule makes them a heading."""

    text: str
    size: float
    head: str = ""
    is_bold: bool = False
    color: Color = INK
    state: State | None = None
    has_rule: bool = False
    gap: float = 0.5


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
        self.set_text_shaping(use_shaping_engine=True)
        self.c_margin = 0
        self._unit_widths: dict[Word, float] = {}
        self._widths: dict[tuple[str, str, float], float] = {}
        self.add_page()

    def letters(self, *, size: float, is_bold: bool = False, color: Color = INK) -> None:
        """Take letters of a size and colour."""
        self.set_font("dejavu", "B" if is_bold else "", size)
        self.set_text_color(*color)

    def readable(self, text: str) -> str:
        """Return a text without the letters that the font does not have."""
        font = self.fonts["dejavu"]
        letters = font.cmap if isinstance(font, TTFFont) else {}
        return "".join(letter for letter in text if letter.isspace() or ord(letter) in letters)

    def width_of(self, text: str) -> float:
        """Return how wide a line of words is, in the letters taken last."""
        key = (text, self.font_style, self.font_size_pt)
        if key not in self._widths:
            self._widths[key] = self.get_string_width(self.readable(text))
        return self._widths[key]

    def words(self, text: str, *, x: float, middle: float, align: Align = Align.L) -> None:
        """Write one line of words beginning, centred or ending at x, its middle at a height."""
        width = self.width_of(text)
        height = self.font_size_pt * LEADING
        self.set_xy(x - {Align.L: 0, Align.C: width / 2, Align.R: width}[align], middle - height / 2)
        self.cell(width + 0.1, height, self.readable(text))

    def ground(self, *, x: float, middle: float, width: float) -> None:
        """Lay a light ground for words, so that lines beneath them do not strike them through."""
        self.set_fill_color(*WHITE)
        with self.local_context(fill_opacity=0.8):
            self.rect(x - 0.3, middle - 1.2, width + 0.6, 2.4, style="F")

    def mark(self, state: State, *, x: float, middle: float, size: float) -> None:
        """Draw the mark of a state, centred."""
        self.letters(size=size, color=STATE_COLORS.get(state, SOFT))
        self.words(SHAPES.get(state, "▬"), x=x, middle=middle, align=Align.C)

    def height_of(self, pieces: Sequence[Piece], *, width: float) -> float:
        """Return how high pieces are, one beneath the other."""
        return sum(self._paragraph(piece, width=width, is_drawn=False) for piece in pieces)

    def write_pieces(self, pieces: Sequence[Piece], *, x: float, y: float, width: float) -> float:
        """Write pieces one beneath the other, and return where they end."""
        for piece in pieces:
            self.set_xy(x, y)
            y += self._paragraph(piece, width=width, is_drawn=True)
        return y

    def _paragraph(self, piece: Piece, *, width: float, is_drawn: bool) -> float:
        """Write a piece at the present place, or only measure it; return its height with the gap beneath it."""
        x, y = self.get_x(), self.get_y()
        height = piece.size * LEADING
        inset = MARK_WIDTH if piece.state is not None else 0
        lines = self._lines(piece, width - inset)
        if is_drawn:
            if piece.state is not None:
                self.mark(piece.state, x=x + 1.2, middle=y + height / 2, size=piece.size)
            for number, line in enumerate(lines):
                self._write_line(line, piece, x=x + inset, middle=y + (number + 0.5) * height)
            bottom = y + len(lines) * height + 0.4
            if piece.has_rule:
                self.set_draw_color(*INK)
                self.set_line_width(0.2)
                self.line(x, bottom, x + width, bottom)
        return len(lines) * height + (1.0 if piece.has_rule else 0) + piece.gap

    def _lines(self, piece: Piece, width: float) -> list[list[Word]]:
        """Return the words of a piece in lines; a word longer than a line is broken."""
        words = [(word, True) for word in self.readable(piece.head).split()]
        words += [(word, piece.is_bold) for word in self.readable(piece.text).split()]
        lines, taken = [list[Word]()], 0.0
        for word, is_bold in words:
            for part in self._broken(word, width / piece.size, is_bold=is_bold):
                needed = self._unit_width(part, is_bold=is_bold) * piece.size
                space = self._unit_width(" ", is_bold=is_bold) * piece.size if lines[-1] else 0
                if lines[-1] and taken + space + needed > width:
                    lines.append([])
                    taken = space = 0
                lines[-1].append((part, is_bold))
                taken += space + needed
        return lines

    def _broken(self, word: str, width: float, *, is_bold: bool) -> list[str]:
        """Return a word in parts that are no longer than a line; almost always the whole word."""
        if self._unit_width(word, is_bold=is_bold) <= width:
            return [word]
        parts, taken = [""], 0.0
        for letter in word:
            needed = self._unit_width(letter, is_bold=is_bold)
            if parts[-1] and taken + needed > width:
                parts.append("")
                taken = 0
            parts[-1] += letter
            taken += needed
        return parts

    def _unit_width(self, text: str, *, is_bold: bool) -> float:
        """Return the width of letters of one point. Shaping is slow, and a page says the same words in four sizes."""
        key = (text, is_bold)
        if key not in self._unit_widths:
            self.set_font("dejavu", "B" if is_bold else "", MEASURED_AT)
            self._unit_widths[key] = self.get_string_width(text) / MEASURED_AT
        return self._unit_widths[key]

    def _write_line(self, line: Sequence[Word], piece: Piece, *, x: float, middle: float) -> None:
        """Write one line: words in bold and others, each stretch in one go, so that it runs in its own direction."""
        for is_bold, stretch in groupby(line, key=lambda word: word[1]):
            whole = piece.head if is_bold and piece.head else piece.text
            text = base_direction(whole) + " ".join(word for word, _is_bold in stretch)
            self.letters(size=piece.size, is_bold=is_bold, color=piece.color)
            self.words(text, x=x, middle=middle)
            x += self.width_of(f"{text} ")


def base_direction(text: str) -> str:
    """Return the invisible letter that makes a line run as its paragraph does, whatever word the line begins with."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in {"L", "R", "AL"})
    return FROM_LEFT if next(strong, "L") == "L" else FROM_RIGHT


def heading(text: str, *, size: float = 9) -> Piece:
    """Return a heading over a rule."""
    return Piece(text=text, size=size, is_bold=True, has_rule=True, gap=0.7)
