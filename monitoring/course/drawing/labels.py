"""Where words stand in a drawing: over no dot, over no other words, and whole. Numbers only, no markup, no queries.

The server does not know how wide a drawing will be, so words are placed for narrow and for wide ones.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# From which width of a row on its words stand as is fitting for that width, pixels, by their class in base.css.
# The narrowest is a phone of 320, the next one of 390.
ROOMS = {"at-tiny": 160, "at-narrow": 220, "at-middle": 400, "at-wide": 560}
# Words of marks stand in one place for all; it is looked for in these.
WIDTHS = (ROOMS["at-narrow"], ROOMS["at-wide"])
# Widths of letters at 12 px in the bundled font, rounded up, pixels.
LETTER, WIDE_LETTER, NARROW_LETTER, FULL_LETTER = 6.8, 8.6, 4.2, 12.5
WIDE_LETTERS, NARROW_LETTERS = frozenset("mwMWOQGDNH%&—"), frozenset("iljtfrI .,:;'|()[]!·")
# Above this code points are as wide as high: Chinese, Japanese, Korean.
FULL_FROM = 0x2E80
# How far words reach above and below the line they stand on, and how far a dot and the shape of a mark reach.
ASCENT, DESCENT, DOT, SHAPE = 10.0, 3.0, 4.0, 8.0
LINE_HEIGHT = 12
# Room at both ends of words within a bar, and between a bar and words beside it.
BAR_PADDING = 7
ELLIPSIS = "…"
# What it costs to lie over a dot, over words or a shape, beyond an edge, and each pixel away from the dot it is about.
OVER_DOT, OVER_WORDS, BEYOND, AWAY = 10.0, 100.0, 300.0, 0.1


@lru_cache(maxsize=1024)
def width_of(text: str) -> float:
    """Return about how wide words are at 12 px, rather too much than too little."""
    return sum(_letter(letter) for letter in text)


def _letter(letter: str) -> float:
    if letter in NARROW_LETTERS:
        return NARROW_LETTER
    if ord(letter) >= FULL_FROM:
        return FULL_LETTER
    return WIDE_LETTER if letter in WIDE_LETTERS or letter.isupper() else LETTER


# ---------- words of marks ----------


@dataclass(frozen=True, slots=True)
class Words:
    """Words about a point: how far across (a share of the width) and down (pixels) it lies."""

    share: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class LabelSpot:
    """Where words stand: their distance from the point, and which end of them stands there."""

    dx: float
    dy: float
    anchor: str


# Left, top, right and bottom, in pixels.
Box = tuple[float, float, float, float]
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def place(words: Sequence[Words], dots: Sequence[tuple[float, float]], height: float) -> list[LabelSpot]:
    """Return a place for each of the words that covers as few dots, and as little else, as can be.

    Args:
        words: what is written, in the order in which it may choose.
        dots: share across and pixels down of every dot, from left to right.
        height: of the drawing, pixels.
    """
    shares = [share for share, _y in dots]
    taken: dict[int, list[Box]] = {width: [_shape(label, width) for label in words] for width in WIDTHS}
    spots = []
    for label in words:
        best = _best_spot(label, sorted(_spots(label, height), key=_away), dots, shares, taken)
        for width in WIDTHS:
            taken[width].append(_box(label, best, width))
        spots.append(best)
    return spots


def _away(spot: LabelSpot) -> float:
    return abs(spot.dy)


def _best_spot(
    words: Words,
    spots: Sequence[LabelSpot],
    dots: Sequence[tuple[float, float]],
    shares: Sequence[float],
    taken: dict[int, list[Box]],
) -> LabelSpot:
    """Return the cheapest place; places go outwards, so that the first that covers nothing is it."""
    best, least = spots[0], float("inf")
    for spot in spots:
        cost = _cost(words, spot, dots, shares, taken)
        if cost < least:
            best, least = spot, cost
        if cost <= AWAY * abs(spot.dy):
            break
    return best


def _spots(words: Words, height: float) -> Iterator[LabelSpot]:
    """Return where words could stand: above, below and beside their point, and further away line by line."""
    for anchor in ("middle", "end", "start"):
        for step in range(int(height // LINE_HEIGHT)):
            for dy in (-SHAPE - DESCENT - 1 - step * LINE_HEIGHT, SHAPE + ASCENT + 1 + step * LINE_HEIGHT):
                if ASCENT <= words.y + dy <= height - DESCENT:
                    yield LabelSpot(dx=0, dy=dy, anchor=anchor)
    yield LabelSpot(dx=-SHAPE - DOT, dy=DOT, anchor="end")
    yield LabelSpot(dx=SHAPE + DOT, dy=DOT, anchor="start")


def _cost(
    words: Words,
    spot: LabelSpot,
    dots: Sequence[tuple[float, float]],
    shares: Sequence[float],
    taken: dict[int, list[Box]],
) -> float:
    cost = AWAY * abs(spot.dy)
    for width in WIDTHS:
        left, top, right, bottom = box = _box(words, spot, width)
        near = dots[bisect_left(shares, (left - DOT) / width) : bisect_right(shares, (right + DOT) / width)]
        cost += OVER_DOT * sum(top - DOT < y < bottom + DOT for _share, y in near)
        cost += OVER_WORDS * sum(_overlap(box, other) for other in taken[width])
        cost += BEYOND if left < 0 or right > width else 0
    return cost


def _box(words: Words, spot: LabelSpot, width: int) -> Box:
    long = width_of(words.text)
    left = words.share * width + spot.dx - ANCHORS[spot.anchor] * long
    return left, words.y + spot.dy - ASCENT, left + long, words.y + spot.dy + DESCENT


def _shape(words: Words, width: int) -> Box:
    x = words.share * width
    return x - SHAPE, words.y - SHAPE, x + SHAPE, words.y + SHAPE


def _overlap(box: Box, other: Box) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


# ---------- names of bands ----------


@dataclass(frozen=True, slots=True)
class BandName:
    """The name of a band in one or two lines, and how far down each stands, pixels."""

    lines: tuple[tuple[float, str], ...]


def band_names(edges: Sequence[float], names: Sequence[str]) -> list[BandName]:
    """Return the names that have room, each in the middle of its band; `edges` go up, one more than names."""
    bands, lowest = list[BandName](), float("inf")
    for foot, head, name in zip(edges, edges[1:], names, strict=False):
        lines = name.rsplit(" ", 1)
        middle = (foot + head) / 2
        top, bottom = middle - len(lines) * LINE_HEIGHT / 2, middle + len(lines) * LINE_HEIGHT / 2
        if bottom <= lowest + 1:
            places = (top + ASCENT + index * LINE_HEIGHT for index in range(len(lines)))
            bands.append(BandName(tuple(zip(places, lines, strict=True))))
            lowest = top
    return bands


# ---------- words of bars ----------


class Side(StrEnum):
    """Where the words of a bar stand."""

    INSIDE = "inside"
    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class BarWords:
    """The words of a bar, as many as there is room for, and where they stand."""

    text: str
    side: Side


def bar_words(bars: Sequence[tuple[float, float, str]], width: int) -> list[BarWords]:
    """Return the words of bars in one row: inside, else beside, else cut after a word; never half a letter.

    Args:
        bars: share of the width at which each begins and ends, and its words; from left to right.
        width: of the row, pixels.
    """
    labels, taken = [], 0.0
    for index, (left, right, text) in enumerate(bars):
        until = bars[index + 1][0] if index + 1 < len(bars) else 1.0
        rooms = {
            Side.INSIDE: (right - left) * width - 2 * BAR_PADDING,
            Side.AFTER: (until - right) * width - BAR_PADDING,
            Side.BEFORE: (left - taken) * width - 2 * BAR_PADDING,
        }
        words = _best(text, rooms)
        labels.append(words)
        taken = right + ((width_of(words.text) + BAR_PADDING) / width if words.side is Side.AFTER else 0)
    return labels


def _best(text: str, rooms: dict[Side, float]) -> BarWords:
    """Return the whole words where there is room for them, else as many as there is room for anywhere."""
    fitting = [BarWords(shortened(text, room), side) for side, room in rooms.items()]
    whole = [words for words in fitting if words.text == text]
    return whole[0] if whole else max(fitting, key=lambda words: len(words.text))


def shortened(text: str, room: float) -> str:
    """Return the words that have room, with an ellipsis where some are left out; nothing where not even that has."""
    if width_of(text) <= room:
        return text
    words = text.split()
    for count in range(len(words) - 1, 0, -1):
        cut = f"{' '.join(words[:count])} {ELLIPSIS}"
        if width_of(cut) <= room:
            return cut
    return ELLIPSIS if width_of(ELLIPSIS) <= room else ""
