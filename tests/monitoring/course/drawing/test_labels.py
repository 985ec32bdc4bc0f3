"""Where words stand: beside dots and other words, whole or cut after a word."""

from collections.abc import Mapping
from itertools import accumulate, combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.course.drawing import labels
from monitoring.course.drawing.labels import BarPlace, BarWords, LabelSpot, Side, StripWords, Words

HEIGHT = 135
LINE = [(number / 11, 70.0) for number in range(12)]


# Any width that a drawing can have.
PIXELS = st.integers(labels.ROOMS["at-tiny"], labels.WIDEST)
SHARES = st.floats(0, 1, allow_nan=False)
LETTERS = st.text("abcdmwil ", min_size=1, max_size=28).map(str.strip).filter(bool)


def room_of(width: int) -> str:
    """Return the class whose words a browser shows at a width."""
    return [name for name, narrowest in labels.ROOMS.items() if narrowest <= width][-1]


def boxes_at(
    width: int, words: list[Words], places: list[Mapping[str, LabelSpot | None]], room: str
) -> list[labels.Box]:
    """Return where words lie at a width, worked out anew: left, top, right, bottom."""
    boxes = []
    for one, spots in zip(words, places, strict=True):
        if (spot := spots[room]) is not None:
            long = labels.width_of(spot.text)
            left = one.share * width + spot.dx - {"start": 0, "middle": long / 2, "end": long}[spot.anchor]
            boxes.append((left, one.y + spot.dy - 10, left + long, one.y + spot.dy + 3))
    return boxes


def touch(one: labels.Box, other: labels.Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


MARKS = st.lists(st.builds(Words, SHARES, st.floats(14, 121), LETTERS), min_size=1, max_size=5)


@given(MARKS, PIXELS)
def test_words_of_marks_never_meet_and_never_leave_the_drawing(words: list[Words], width: int) -> None:
    places = labels.place(words, LINE, HEIGHT)

    for room in {room_of(width), "at-tiny"}:
        boxes = boxes_at(width, words, places, room)
        assert not any(touch(one, other) for one, other in combinations(boxes, 2))
        assert all(left >= 0 and right <= width for left, _top, right, _bottom in boxes)
        assert all(top >= 0 and bottom <= HEIGHT for _left, top, _right, bottom in boxes)


@pytest.mark.parametrize("index", range(12))
@pytest.mark.parametrize("width", [220, 300, 560, 900])
def test_words_of_a_mark_cover_no_dot_and_are_whole(index: int, width: int) -> None:
    words = Words(*LINE[index], "Lasting fall")

    (places,) = labels.place([words], LINE, HEIGHT)

    spot = places[room_of(width)]
    assert spot is not None and spot.text == words.text
    ((left, top, right, bottom),) = boxes_at(width, [words], [places], room_of(width))
    assert not [share for share, y in LINE if left - 3 < share * width < right + 3 and top - 3 < y < bottom + 3]


@pytest.mark.parametrize("apart", [1, 2, 3])
@pytest.mark.parametrize("width", [220, 300, 560, 900])
def test_words_of_two_marks_close_together_cover_neither_shape(apart: int, width: int) -> None:
    words = [Words(*LINE[11], "Lasting fall"), Words(*LINE[11 - apart], "Side effect")]

    boxes = boxes_at(width, words, labels.place(words, LINE, HEIGHT), room_of(width))

    shapes = [labels._shape(one, width) for one in words]
    assert len(boxes) == 2
    assert not any(touch(box, shape) for box in boxes for shape in shapes)


def test_a_name_without_room_is_left_out_and_a_long_one_takes_two_lines() -> None:
    found = labels.band_names([120, 100, 95, 60], ["mild", "nothing fits", "moderately severe"], labels.SHORT_NAMES)

    assert [[words for _y, words in name.lines] for name in found] == [["mild"], ["moderately", "severe"]]


def test_with_room_a_long_name_stands_in_one_line() -> None:
    (found,) = labels.band_names([120, 60], ["moderately severe"], labels.LONG_NAMES)

    assert [words for _y, words in found.lines] == ["moderately severe"]


@given(
    st.lists(st.tuples(st.floats(1, 60), LETTERS), min_size=1, max_size=7),
    st.sampled_from([labels.LONG_NAMES, labels.SHORT_NAMES]),
)
def test_names_of_bands_never_meet(bands: list[tuple[float, str]], room: float) -> None:
    edges = list(accumulate((-height for height, _name in bands), initial=300.0))

    found = labels.band_names(edges, [name for _height, name in bands], room)

    lines = sorted(y for name in found for y, _words in name.lines)
    assert all(below - above >= labels.LINE_HEIGHT - 0.01 for above, below in pairwise(lines))
    tops = [(name.lines[0][0] - 10, name.lines[-1][0] + 3) for name in found]
    assert all(bottom <= other_top + 0.01 for (_t, bottom), (other_top, _b) in pairwise(reversed(tops)))
    broken = [words for name in found for _y, words in name.lines if " " in words]
    assert all(labels.width_of(words) <= room for words in broken)


# --- bars -------------------------------------------------------------------------------------------------------------


@st.composite
def rows_of_bars(draw: st.DrawFn) -> list[BarPlace]:
    """Draw a row: bars one after the other, of which the last may have ended."""
    ends = sorted(draw(st.lists(SHARES, min_size=1, max_size=5, unique=True)))
    names = [draw(st.sampled_from(["", "Sertraline", "Graded walking"])) for _end in ends]
    doses = [draw(LETTERS) for _end in ends]
    lefts, rights = ends, [*ends[1:], draw(st.floats(ends[-1], 1))]
    return [
        BarPlace(left, right, name, dose) for left, right, name, dose in zip(lefts, rights, names, doses, strict=True)
    ]


def words_box(bar: BarPlace, words: BarWords, width: int) -> tuple[float, float]:
    """Return where the words of a bar begin and end, pixels."""
    long = labels.width_of(words.text)
    begin = {
        Side.INSIDE: bar.left * width + labels.BAR_PADDING,
        Side.AFTER: bar.right * width + labels.BAR_PADDING,
        Side.BEFORE: bar.left * width - labels.BAR_PADDING - long,
        Side.OVER: bar.left * width - labels.BAR_PADDING - long,
        Side.FIRST: 0.0,
    }[words.side]
    return begin, begin + long


@given(rows_of_bars(), PIXELS)
def test_the_newest_dose_is_whole_at_every_width(bars: list[BarPlace], width: int) -> None:
    said = labels.bar_words(bars, width)

    dose, now = bars[-1].dose, said[-1]
    if labels.width_of(dose) <= width:
        assert dose in now.text
    begin, end = words_box(bars[-1], now, width)
    assert begin >= -0.01 and end <= width + 0.01


@given(rows_of_bars(), PIXELS)
def test_words_of_bars_never_meet(bars: list[BarPlace], width: int) -> None:
    said = labels.bar_words(bars, width)

    boxes = sorted(words_box(bar, words, width) for bar, words in zip(bars, said, strict=True) if words.text)
    assert all(end <= begin + 0.01 for (_begin, end), (begin, _end) in pairwise(boxes))


def test_over_another_bar_words_point_on_to_their_own() -> None:
    bars = [BarPlace(0.0, 0.9, "Sertraline", "50 mg"), BarPlace(0.9, 1.0, "", "100 mg")]

    assert labels.bar_words(bars, 220) == [
        BarWords("Sertraline 50 mg", Side.INSIDE),
        BarWords(f"100 mg {labels.ONWARDS}", Side.OVER),
    ]


def test_of_a_running_bar_the_name_is_cut_and_never_the_dose() -> None:
    (words,) = labels.bar_words([BarPlace(0.0, 1.0, "Cognitive behavioural therapy", "weekly")], 160)

    assert words == BarWords(f"Cognitive {labels.ELLIPSIS} weekly", Side.INSIDE)


@pytest.mark.parametrize(
    ("bars", "width", "expected"),
    [
        ([BarPlace(0.0, 0.5, "", "37 mg")], 400, BarWords("37 mg", Side.INSIDE)),
        ([BarPlace(0.0, 0.05, "", "37 mg")], 400, BarWords("37 mg", Side.AFTER)),
        ([BarPlace(0.95, 1.0, "", "37 mg")], 400, BarWords("37 mg", Side.BEFORE)),
        (
            [BarPlace(0.0, 0.22, "Walking", "10 min"), BarPlace(0.22, 1.0, "", "")],
            400,
            BarWords("Walking …", Side.INSIDE),
        ),
        ([BarPlace(0.0, 0.04, "Walking", ""), BarPlace(0.04, 1.0, "", "")], 400, BarWords("", Side.INSIDE)),
    ],
    ids=["inside", "after", "before", "cut", "nothing"],
)
def test_words_of_a_bar_stand_where_they_fit(bars: list[BarPlace], width: int, expected: BarWords) -> None:
    assert labels.bar_words(bars, width)[0] == expected


# --- small marks ------------------------------------------------------------------------------------------------------


@given(st.lists(SHARES, min_size=1, max_size=8).map(sorted), LETTERS, PIXELS)
def test_words_of_small_marks_stay_within_the_row_and_cover_no_mark(shares: list[float], text: str, width: int) -> None:
    words = labels.strip_words(shares, text, width)

    place, long = words.share * width, labels.width_of(words.text)
    begin = place + labels.SPOT_PADDING if words.side is Side.AFTER else place - labels.SPOT_PADDING - long
    if words.text:
        assert begin >= -0.01 and begin + long <= width + 0.01
        assert not [share for share in shares if begin < share * width < begin + long]


def test_marks_over_the_whole_time_have_their_words_in_a_gap() -> None:
    assert labels.strip_words([0.02, 0.1, 0.8, 0.98], "Headache", 400) == StripWords("Headache", 0.1, Side.AFTER)


# --- dates ------------------------------------------------------------------------------------------------------------


@given(st.lists(SHARES, min_size=1, max_size=7, unique=True).map(sorted), st.sampled_from(list(labels.ROOMS)), PIXELS)
def test_dates_never_meet_and_the_last_is_always_there(shares: list[float], room: str, wider: int) -> None:
    texts, narrowest = [f"{index} November" for index in range(len(shares))], labels.ROOMS[room]
    width = max(narrowest, wider)

    anchors = labels.dates(shares, texts, narrowest)

    long = labels.width_of(texts[0])
    lefts = [
        share * width - labels.ANCHORS[anchor] * long
        for share, anchor in zip(shares, anchors, strict=True)
        if anchor is not None
    ]
    assert anchors[-1] is not None
    assert all(left + long <= other for left, other in pairwise(lefts))
    assert lefts[-1] + long <= width + labels.BEHIND
