"""A page of paper drawn with fpdf2: its size, font and colours, and words that wrap. It knows nothing of a summary.

Lengths are millimetres, sizes of letters are points. Words are shaped, so that Arabic letters join; each stretch of a
line is written by itself, in its own direction. A letter that no font has is drawn as an empty box, never left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import get_language
from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

from monitoring.course.paper import scripts
from monitoring.course.paper.scripts import Face, Stretch
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
FROM_LEFT, FROM_RIGHT = "ltr", "rtl"

# Letters without a space, and whether they are bold.
Word = tuple[str, bool]


class Glyph(NamedTuple):
    """One shape of a font, and the place of the first letter that it stands for."""

    codepoint: int
    cluster: int


class SpeltFont(TTFFont):
    """A font each of whose shapes stands for letters of its own, so that what is copied from the page is the name.

    fpdf2 gives all letters of a syllable to its first shape and none to the others; readers of PDF take those for gaps
    and copy a name with spaces in it.
    """

    __slots__ = ()

    def perform_harfbuzz_shaping(
        self, text: str, font_size_pt: float, text_shaping_params: dict[str, Any] | None
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """Return the shapes of a text, those of one syllable spread over its letters; stretches from the right as is."""
        glyphs, positions = super().perform_harfbuzz_shaping(text, font_size_pt, text_shaping_params)
        starts = [int(glyph.cluster) for glyph in glyphs]
        if starts != sorted(starts):
            return glyphs, positions
        firsts = sorted(set(starts))
        ends = dict(zip(firsts, [*firsts[1:], len(text)], strict=True))
        before = Counter[int]()
        spread = []
        for glyph, start in zip(glyphs, starts, strict=True):
            spread.append(Glyph(glyph.codepoint, min(start + before[start], ends[start] - 1)))
            before[start] += 1
        return spread, positions


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
    """An A4 page with the bundled font, which has Latin, Greek, Cyrillic, Hebrew and Arabic letters.

    Other scripts bring their fonts with the first letter that needs them.
    """

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
        # Letters that no font has; the page says so.
        self.missing: set[str] = set()
        self._faces: list[Face] = []
        self._unit_widths: dict[Word, float] = {}
        self._widths: dict[tuple[str, str, float], float] = {}
        self.add_page()

    def letters(self, *, size: float, is_bold: bool = False, color: Color = INK) -> None:
        """Take letters of a size and colour."""
        self.set_font("dejavu", "B" if is_bold else "", size)
        self.set_text_color(*color)

    def readable(self, text: str) -> str:
        """Return a text as it can be written: fonts are taken for its letters, a box stands for one that has none."""
        font = self.fonts["dejavu"]
        letters = font.cmap if isinstance(font, TTFFont) else {}
        text = scripts.UNSEEN.sub("", text)
        if all(letter.isspace() or ord(letter) in letters for letter in text):
            return text
        is_japanese = scripts.KANA.search(text) is not None
        return "".join(
            letter if letter.isspace() or ord(letter) in letters else self._with_face(letter, is_japanese=is_japanese)
            for letter in text
        )

    def _with_face(self, letter: str, *, is_japanese: bool) -> str:
        """Take the font of a letter and return the letter; a box where no font has it."""
        face = scripts.face_of(letter, is_japanese=is_japanese)
        if face is None:
            self.missing.add(letter)
            return scripts.MISSING
        if face not in self._faces:
            self._faces.append(face)
            self.add_font(face.name, "", face.path, collection_font_number=face.number)
            self.fonts[face.name].__class__ = SpeltFont
            self.set_fallback_fonts([taken.name for taken in self._faces], exact_match=False)
        return letter

    def width_of(self, text: str, *, is_from_right: bool = False) -> float:
        """Return how wide a line of words is, in the letters taken last."""
        key = (text, self.font_style, self.font_size_pt)
        if key not in self._widths:
            stretches = scripts.stretches(self.readable(text), is_from_right=is_from_right)
            self._widths[key] = sum(self._stretch_width(stretch) for stretch in stretches)
        return self._widths[key]

    def words(self, text: str, *, x: float, middle: float, align: Align = Align.L, is_from_right: bool = False) -> None:
        """Write one line of words beginning, centred or ending at x, its middle at a height.

        Args:
            text: of one line.
            x: where it begins, is centred, or ends.
            middle: the height of its middle.
            align: which of the three.
            is_from_right: whether its paragraph runs from the right.
        """
        width = self.width_of(text, is_from_right=is_from_right)
        height = self.font_size_pt * LEADING
        x -= {Align.L: 0, Align.C: width / 2, Align.R: width}[align]
        for stretch in scripts.stretches(self.readable(text), is_from_right=is_from_right):
            self.set_xy(x, middle - height / 2)
            width = self._stretch_width(stretch)
            self.cell(width + 0.1, height, stretch.text)
            x += width

    def _stretch_width(self, stretch: Stretch) -> float:
        """Return how wide a stretch is; it is written next, or measured again, in the direction that is set here."""
        self.set_text_shaping(direction=FROM_RIGHT if stretch.is_from_right else FROM_LEFT)
        return self.get_string_width(stretch.text)

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
            self._unit_widths[key] = self.width_of(text) / MEASURED_AT
        return self._unit_widths[key]

    def _write_line(self, line: Sequence[Word], piece: Piece, *, x: float, middle: float) -> None:
        """Write one line: words in bold and others, each stretch in one go, so that it runs in its own direction."""
        for is_bold, stretch in groupby(line, key=lambda word: word[1]):
            whole = piece.head if is_bold and piece.head else piece.text
            text = " ".join(word for word, _is_bold in stretch)
            self.letters(size=piece.size, is_bold=is_bold, color=piece.color)
            self.words(text, x=x, middle=middle, is_from_right=scripts.runs_from_right(whole))
            x += self.width_of(f"{text} ")


def heading(text: str, *, size: float = 9) -> Piece:
    """Return a heading over a rule."""
    return Piece(text=text, size=size, is_bold=True, has_rule=True, gap=0.7)
