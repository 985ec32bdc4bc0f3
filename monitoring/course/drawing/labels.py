"""Where words stand in a drawing: over no dot, over no other words, and whole. Numbers only, no markup, no queries.

The server does not know how wide a drawing will be, so words are placed for stretches of widths. Their places across
are linear in the width, so that whether two of them meet anywhere in a stretch is known from its ends.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

# From which width of a row on its words stand as is fitting for that width, pixels, by their class in base.css.
# The narrowest is a phone of 320, the next one of 390.
ROOMS = {"at-tiny": 160, "at-narrow": 220, "at-small": 300, "at-middle": 400, "at-wide": 520}
# No drawing is wider.
WIDEST = 1600
# Where the words of marks must not meet. What is placed for the narrowest holds for all: older browsers know no rooms.
STRETCHES: Mapping[str, tuple[int, int]] = {
    "at-tiny": (160, WIDEST),
    "at-narrow": (220, 300),
    "at-small": (300, 400),
    "at-middle": (400, 520),
    "at-wide": (520, WIDEST),
}
# Wider than this a drawing hides no dot that it shows when narrower: dots are looked for up to here.
DOTS_UP_TO = 700
# Widths of letters at 12 px in the bundled font in its weight for words of marks, rounded up, pixels; those of any other
# letter, of any other capital, and of one as wide as high: Chinese, Japanese and Korean begin at a code point.
LETTERS: Mapping[float, str] = {
    4.4: " ijltfłI,.:;'!·|",
    5.0: "r/()[]",
    7.2: 'sśšzžxkaáàâäåãącçćveéèêëęyLJF?“”"',
    12.6: "mwMW%—…→æœÆŒ",
}
LETTER, CAPITAL, FULL_LETTER, FULL_FROM = 7.9, 9.4, 12.6, 0x2E80
LETTER_WIDTHS: Mapping[str, float] = {letter: width for width, letters in LETTERS.items() for letter in letters}
# How far words reach above and below the line they stand on, and how far a dot and the shape of a mark reach.
ASCENT, DESCENT, DOT, SHAPE = 10.0, 3.0, 4.0, 8.0
LINE_HEIGHT = 12
# No number of a scale is wider.
NUMBER = 30
# Room at both ends of words within a bar, and between a bar and words beside it.
BAR_PADDING = 7
# Room between a small mark and words beside it.
SPOT_PADDING = 12
# Room between the words of two marks, or of two dates.
APART = 3
# Room behind a drawing that a date may use.
BEHIND = 10
ELLIPSIS = "…"
# Behind words that lie over another bar: they are about the one that follows.
ONWARDS = "→"
# What it costs to lie over a dot, over a shape, and each pixel away from the dot it is about. Over words nothing lies.
OVER_DOT, OVER_SHAPE, AWAY = 10.0, 100.0, 0.1
# What there is for the names of bands at the right of a plot: where the page has room, and elsewhere. See team.css.
LONG_NAMES, SHORT_NAMES = 120, 76


@lru_cache(maxsize=1024)
def width_of(text: str) -> float:
    """Return about how wide words are at 12 px, rather too much than too little."""
    return sum(_letter(letter) for letter in text)


def _letter(letter: str) -> float:
    known = LETTER_WIDTHS.get(letter)
    if known is not None:
        return known
    if ord(letter) >= FULL_FROM:
        return FULL_LETTER
    return CAPITAL if letter.isupper() else LETTER


# ---------- words of marks ----------


@dataclass(frozen=True, slots=True)
class Words:
    """Words about a point: how far across (a share of the width) and down (pixels) it lies."""

    share: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class LabelSpot:
    """Where words stand: their distance from the point, which end of them stands there, and what of them."""

    dx: float
    dy: float
    anchor: str
    text: str


# Left, top, right and bottom, in pixels.
Box = tuple[float, float, float, float]
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}
Placed = tuple[Words, LabelSpot]


def place(
    words: Sequence[Words], dots: Sequence[tuple[float, float]], height: float
) -> list[Mapping[str, LabelSpot | None]]:
    """Return a place for each of the words in each stretch of widths, by its class.

    Words never meet other words and never leave the drawing, at any width: where they have no room whole they are cut
    after a word, and where not even that has room they are left out. Of the places that are left they take the one that
    covers the fewest shapes and dots, then the nearest.

    Args:
        words: what is written, in the order in which it may choose.
        dots: share across and pixels down of every dot, from left to right.
        height: of the drawing, pixels.
    """
    ground = _Ground(words, dots, [share for share, _y in dots], height)
    if len(words) == 1 and width_of(words[0].text) <= NUMBER:
        # A number alone has no need of another place where there is more room.
        [spot] = _placed(ground, next(iter(STRETCHES.values())))
        return [dict.fromkeys(STRETCHES, spot)]
    by_stretch = {name: _placed(ground, ends) for name, ends in STRETCHES.items()}
    return [{name: spots[index] for name, spots in by_stretch.items()} for index in range(len(words))]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What there is in a drawing."""

    words: Sequence[Words]
    dots: Sequence[tuple[float, float]]
    shares: Sequence[float]
    height: float


def _placed(ground: _Ground, ends: tuple[int, int]) -> list[LabelSpot | None]:
    spots: list[LabelSpot | None] = []
    placed: list[Placed] = []
    for label in ground.words:
        texts = dict.fromkeys((label.text, shortened(label.text, ends[0] / 2)))
        spot = next(filter(None, (_best_spot(label, text, ground, placed, ends) for text in texts if text)), None)
        spots.append(spot)
        placed += [(label, spot)] if spot is not None else []
    return spots


def _away(spot: LabelSpot) -> float:
    return abs(spot.dy)


def _best_spot(
    words: Words, text: str, ground: _Ground, placed: Sequence[Placed], ends: tuple[int, int]
) -> LabelSpot | None:
    """Return the cheapest place; places go outwards, so that the first that covers nothing is it."""
    best, least = None, float("inf")
    for spot in _spots(words.y, text, ground.height):
        if not _is_within(words, spot, ends) or any(_meet((words, spot), other, ends) for other in placed):
            continue
        cost = _cost(words, spot, ground, ends)
        if cost < least:
            best, least = spot, cost
        if cost <= AWAY * abs(spot.dy):
            break
    return best


@lru_cache(maxsize=1024)
def _spots(y: float, text: str, height: float) -> tuple[LabelSpot, ...]:
    """Return where words could stand, the nearest first: pages ask for the same few again and again."""
    return tuple(sorted(_every_spot(y, text, height), key=_away))


def _every_spot(y: float, text: str, height: float) -> Iterator[LabelSpot]:
    """Return places above, below and beside a point, and further away line by line."""
    for anchor in ("middle", "end", "start"):
        for step in range(int(height // LINE_HEIGHT)):
            for dy in (-SHAPE - DESCENT - 1 - step * LINE_HEIGHT, SHAPE + ASCENT + 1 + step * LINE_HEIGHT):
                if ASCENT <= y + dy <= height - DESCENT:
                    yield LabelSpot(dx=0, dy=dy, anchor=anchor, text=text)
    if ASCENT <= y + DOT <= height - DESCENT:
        yield LabelSpot(dx=-SHAPE - DOT, dy=DOT, anchor="end", text=text)
        yield LabelSpot(dx=SHAPE + DOT, dy=DOT, anchor="start", text=text)


def _is_within(words: Words, spot: LabelSpot, ends: tuple[int, int]) -> bool:
    """Say whether words lie within the drawing at both ends of a stretch, and so everywhere between."""
    boxes = [(_box(words, spot, width), width) for width in ends]
    return all(left >= 0 and right <= width for (left, _top, right, _bottom), width in boxes)


def _meet(one: Placed, other: Placed, ends: tuple[int, int]) -> bool:
    """Say whether words come close to other words at any width of a stretch."""
    (left, top, right, bottom), (other_left, other_top, other_right, other_bottom) = (
        _box(*placed, ends[0]) for placed in (one, other)
    )
    if bottom <= other_top or other_bottom <= top:
        return False
    # The distance of the left ends changes evenly from one end of the stretch to the other.
    wide = _box(*one, ends[1])[0] - _box(*other, ends[1])[0]
    nearest, furthest = sorted((left - other_left, wide))
    return nearest < other_right - other_left + APART and furthest > left - right - APART


def _cost(words: Words, spot: LabelSpot, ground: _Ground, ends: tuple[int, int]) -> float:
    cost = AWAY * abs(spot.dy)
    for width in (ends[0], min(ends[1], DOTS_UP_TO)):
        left, top, right, bottom = box = _box(words, spot, width)
        first = bisect_left(ground.shares, (left - DOT) / width)
        near = ground.dots[first : bisect_right(ground.shares, (right + DOT) / width)]
        cost += OVER_DOT * sum(top - DOT < y < bottom + DOT for _share, y in near)
        cost += OVER_SHAPE * sum(_overlap(box, _shape(other, width)) for other in ground.words)
    return cost


def _box(words: Words, spot: LabelSpot, width: int) -> Box:
    long = width_of(spot.text)
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
    """The name of a band in one line or more, and how far down each stands, pixels."""

    lines: tuple[tuple[float, str], ...]


def band_names(edges: Sequence[float], names: Sequence[str], room: float) -> list[BandName]:
    """Return the names that have room above each other, each in the middle of its band.

    Args:
        edges: of the bands, pixels down, from the lowest band to the highest; one more than names.
        names: of the bands.
        room: across, pixels: a longer name is broken between its words.
    """
    bands, lowest = list[BandName](), float("inf")
    for foot, head, name in zip(edges, edges[1:], names, strict=False):
        lines = _broken(name, room)
        height = (len(lines) - 1) * LINE_HEIGHT + ASCENT + DESCENT
        top = (foot + head - height) / 2
        if top + height <= lowest:
            places = (top + ASCENT + index * LINE_HEIGHT for index in range(len(lines)))
            bands.append(BandName(tuple(zip(places, lines, strict=True))))
            lowest = top
    return bands


def _broken(text: str, room: float) -> list[str]:
    """Return words in lines that fit; a word that is longer than the room has its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


# ---------- words of bars ----------


class Side(StrEnum):
    """Where the words of a bar stand; over the bar before it, and at the beginning of the row, only the newest dose does."""

    INSIDE = "inside"
    AFTER = "after"
    BEFORE = "before"
    OVER = "over"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class BarPlace:
    """A bar of a row: shares of the width at which it begins and ends, and its words."""

    left: float
    right: float
    # What it is, where this bar says it; and the dose.
    name: str
    dose: str

    @property
    def text(self) -> str:
        """Return all its words."""
        return f"{self.name} {self.dose}".strip()


@dataclass(frozen=True, slots=True)
class BarWords:
    """The words of a bar, as many as there is room for, and where they stand."""

    text: str
    side: Side


def bar_words(bars: Sequence[BarPlace], width: int) -> list[BarWords]:
    """Return the words of bars in one row: inside, else beside, else cut after a word; never half a letter.

    The newest dose, mostly that of now, is always whole: it chooses first, and where it has no room of its own it lies
    over the bars before it, which give way. Only a dose longer than the whole row is cut.

    Args:
        bars: of a row, from left to right, at least one.
        width: of the row, pixels.
    """
    now = _newest(bars[-1], bars[-2].right if len(bars) > 1 else 0.0, width)
    begins = _begins(now, bars[-1], width)
    labels, taken = list[BarWords](), 0.0
    for index, bar in enumerate(bars[:-1]):
        until = min(bars[index + 1].left * width, begins)
        rooms = {
            Side.INSIDE: min(bar.right * width, begins) - bar.left * width - 2 * BAR_PADDING,
            Side.AFTER: until - bar.right * width - 2 * BAR_PADDING,
            Side.BEFORE: bar.left * width - taken - 2 * BAR_PADDING if bar.left * width <= begins else 0.0,
        }
        words = _best(bar.text, rooms)
        labels.append(words)
        taken = bar.right * width + (width_of(words.text) + BAR_PADDING if words.side is Side.AFTER else 0)
    return [*labels, now]


def _newest(bar: BarPlace, free_from: float, width: int) -> BarWords:
    """Return the words of the last bar of a row, its dose whole."""
    before = bar.left * width - BAR_PADDING
    rooms = {
        Side.INSIDE: (bar.right - bar.left) * width - 2 * BAR_PADDING,
        Side.AFTER: (1 - bar.right) * width - BAR_PADDING,
        Side.BEFORE: before - free_from * width - BAR_PADDING,
    }
    onwards = f"{bar.text} {ONWARDS}"
    fitting = [BarWords(bar.text, side) for side, room in rooms.items() if width_of(bar.text) <= room]
    if fitting:
        return fitting[0]
    for side, room in rooms.items():
        if (text := _with_dose(bar, room)) is not None:
            return BarWords(text, side)
    dose = bar.dose or bar.name
    if width_of(f"{dose} {ONWARDS}") <= before:
        return BarWords(onwards if width_of(onwards) <= before else f"{dose} {ONWARDS}", Side.OVER)
    return BarWords(shortened(dose, width), Side.FIRST)


def _with_dose(bar: BarPlace, room: float) -> str | None:
    """Return the whole dose behind as much of the name as has room; None where not even the dose has."""
    if not bar.dose or width_of(bar.dose) > room:
        return None
    name = shortened(bar.name, room - width_of(f" {bar.dose}"))
    return f"{name} {bar.dose}".strip()


def _begins(words: BarWords, bar: BarPlace, width: int) -> float:
    """Return where the words of the last bar begin, or the bar, pixels."""
    if words.side in {Side.INSIDE, Side.AFTER}:
        return bar.left * width
    return 0.0 if words.side is Side.FIRST else bar.left * width - BAR_PADDING - width_of(words.text)


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


# ---------- words of small marks ----------


@dataclass(frozen=True, slots=True)
class StripWords:
    """What a row of small marks is about: behind or before the mark that lies at a share of the width."""

    text: str
    share: float
    side: Side


def strip_words(shares: Iterable[float], text: str, width: int) -> StripWords:
    """Return the words behind the last mark, else before the first, else in the first gap with room; else cut.

    Args:
        shares: of the width at which each mark lies, from left to right.
        text: what they are about.
        width: of the row, pixels.
    """
    marks = list(shares)
    gaps = ((earlier, Side.AFTER, later - earlier) for earlier, later in pairwise(marks))
    # A gap has a mark at either end.
    rooms = [
        (marks[-1], Side.AFTER, (1 - marks[-1]) * width - SPOT_PADDING),
        (marks[0], Side.BEFORE, marks[0] * width - SPOT_PADDING),
        *((share, side, gap * width - 2 * SPOT_PADDING) for share, side, gap in gaps),
    ]
    fitting = [StripWords(shortened(text, room), share, side) for share, side, room in rooms]
    whole = [words for words in fitting if words.text == text]
    return whole[0] if whole else max(fitting, key=lambda words: len(words.text))


# ---------- dates ----------


def dates(shares: Sequence[float], texts: Sequence[str], width: int) -> list[str | None]:
    """Return how each date stands at its tick, by the end of it that stands there; None where it would meet the next.

    The last one is the most telling: it is always there, and stands left of its tick where there is no room behind it.

    Args:
        shares: of the width at which the ticks lie, from left to right.
        texts: the dates.
        width: of the drawing, pixels; in wider ones they lie further apart.
    """
    anchors: list[str | None] = []
    until = float(width + BEHIND)
    for share, text in reversed(list(zip(shares, texts, strict=True))):
        long, anchor = width_of(text), "middle"
        if not anchors and share * width + long / 2 > until:
            anchor = "end"
        right = share * width + (1 - ANCHORS[anchor]) * long
        is_shown = right <= until
        anchors.append(anchor if is_shown else None)
        until = right - long - APART if is_shown else until
    return anchors[::-1]
