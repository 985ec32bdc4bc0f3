"""Writing systems: which font has a letter, and which way a stretch of words runs. It draws nothing.

Paper has no browser that finds a font for a name. The fonts come as pinned packages and are read as files.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

# What a letter is drawn as that no font has: an empty box, which nobody takes for a letter.
MISSING = "\N{WHITE VERTICAL RECTANGLE}"
NOTO, CJK = "manimgx_fonts", "noto_cjk_sans_otc"
# The faces of the collection draw some characters as one country writes them. A name does not say which country it is
# from: with kana it is drawn as in Japan, all others as in China.
JAPANESE_FACE, CHINESE_FACE = 0, 2
KANA = re.compile("[\N{HIRAGANA LETTER SMALL A}-\N{KATAKANA DIGRAPH KOTO}]")
# Formatting characters without a shape: directions are worked out here, and what chooses an emoji's looks has no font.
UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")

# Bidirectional classes (Unicode Standard Annex 9): what makes a word run from the right, and from the left.
RIGHT = frozenset({"R", "AL", "AN"})
LEFT = frozenset({"L"})
LEFT_OR_DIGIT = frozenset({"L", "EN"})
# Where Unicode keeps scripts from the right, assigned or not: almost no line has any, and then there is nothing to cut.
MAYBE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
SIGNS = "-\N{MINUS SIGN}+\N{PLUS-MINUS SIGN}"
# Unicode counts it to the numbers beside it; between two of them it ends the first.
ARABIC_COMMA = "\N{ARABIC COMMA}"
AFTER_NUMBERS = "%\N{PER MILLE SIGN}\N{DEGREE SIGN}"


@dataclass(frozen=True, slots=True)
class Face:
    """One font in a file, under the name by which a page takes it."""

    name: str
    path: Path
    number: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that run one way."""

    text: str
    is_from_right: bool


def face_of(letter: str, *, is_japanese: bool = False) -> Face | None:
    """Return the first face that has a letter which the page's own font lacks; None where none has it."""
    return next((face for face in _faces(is_japanese=is_japanese) if ord(letter) in _letters(face)), None)


@cache
def _faces(*, is_japanese: bool) -> tuple[Face, ...]:
    """Return the faces to look through: the small ones first, upright ones only."""
    small = sorted(path for path in _folder(NOTO).glob("*.ttf") if "Italic" not in path.name)
    number = JAPANESE_FACE if is_japanese else CHINESE_FACE
    large = [Face(f"cjk{number}", path, number) for path in sorted(_folder(CJK).glob("*.ttc"))]
    return (*(Face(re.sub(r"\W.*", "", path.stem).lower(), path) for path in small), *large)


@cache
def _letters(face: Face) -> frozenset[int]:
    """Return what a face has; read once for each process, and only when somebody needs it."""
    with TTFont(face.path, fontNumber=face.number, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _folder(package: str) -> Path:
    """Return where a package of fonts lies, without running anything of it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(package)
    return Path(spec.submodule_search_locations[0])


def runs_from_right(text: str) -> bool:
    """Say whether a paragraph runs from the right: its first letter does, whatever word a line begins with."""
    strong = (kind for kind in map(unicodedata.bidirectional, text) if kind in {"L", "R", "AL"})
    return next(strong, "L") != "L"


def stretches(text: str, *, is_from_right: bool) -> list[Stretch]:
    """Return a line cut where its direction changes, as the pieces stand from left to right.

    Numbers keep the order in which they were written: after an Arabic word the rules of Unicode alone would turn "5-9"
    into "9-5", "-3" into "3-" and a date into its mirror image.

    Args:
        text: one line.
        is_from_right: how its paragraph runs.
    """
    if text and not is_from_right and MAYBE_RIGHT.search(text) is None:
        return [Stretch(text, is_from_right=False)]
    inner, stops = (LEFT_OR_DIGIT, RIGHT) if is_from_right else (RIGHT, LEFT)
    found: list[Stretch] = []
    for part, is_inner in _parts(text, inner=inner, stops=stops):
        if is_inner and not is_from_right:
            found.extend(stretches(part, is_from_right=True))
        else:
            found.append(Stretch(part, is_from_right=is_from_right and not is_inner))
    return found[::-1] if is_from_right else found


def _parts(text: str, *, inner: Iterable[str], stops: Iterable[str]) -> Iterable[tuple[str, bool]]:
    """Cut a line into parts against its direction, each from its first letter to its last, and what is between."""
    kinds = ["AL" if letter == ARABIC_COMMA else unicodedata.bidirectional(letter) for letter in text]
    start = 0
    while start < len(text):
        first = next((at for at in range(start, len(text)) if kinds[at] in inner), len(text))
        stop = next((at for at in range(first, len(text)) if kinds[at] in stops), len(text))
        end = max((at + 1 for at in range(first, stop) if kinds[at] in inner), default=first)
        end = _with_marks(text, kinds, end)
        if "EN" in inner:
            first, end = _with_signs(text, start, first, end)
        if first > start:
            yield text[start:first], False
        if end > first:
            yield text[first:end], True
        start = end


def _with_marks(text: str, kinds: list[str], end: int) -> int:
    """Return the end of a part with the marks above and beneath its last letter."""
    while 0 < end < len(text) and kinds[end] == "NSM":
        end += 1
    return end


def _with_signs(text: str, start: int, first: int, end: int) -> tuple[int, int]:
    """Return a part with the sign before its first number and the unit behind its last."""
    if start < first < len(text) and text[first - 1] in SIGNS and text[first].isdigit():
        first -= 1
    if 0 < end < len(text) and text[end - 1].isdigit() and text[end] in AFTER_NUMBERS:
        end += 1
    return first, end
