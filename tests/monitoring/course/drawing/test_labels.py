"""Where words stand: beside dots and other words, whole or cut after a word."""

from itertools import combinations

import pytest

from monitoring.course.drawing import labels
from monitoring.course.drawing.labels import BarWords, LabelSpot, Side, Words

HEIGHT = 135
LINE = [(number / 11, 70.0) for number in range(12)]


def covered(words: Words, spot: LabelSpot, width: int) -> int:
    """Return how many dots lie beneath words."""
    left, top, right, bottom = labels._box(words, spot, width)
    return sum(left - 3 < share * width < right + 3 and top - 3 < y < bottom + 3 for share, y in LINE)


@pytest.mark.parametrize("index", range(12))
@pytest.mark.parametrize("width", labels.WIDTHS)
def test_words_of_a_mark_cover_no_dot_and_stay_within(index: int, width: int) -> None:
    words = Words(*LINE[index], "Lasting fall")

    (spot,) = labels.place([words], LINE, HEIGHT)

    assert covered(words, spot, width) == 0
    left, top, right, bottom = labels._box(words, spot, width)
    assert left >= 0 and right <= width and top >= 0 and bottom <= HEIGHT


@pytest.mark.parametrize("apart", [1, 2, 3])
@pytest.mark.parametrize("width", labels.WIDTHS)
def test_two_marks_close_together_print_their_words_apart(apart: int, width: int) -> None:
    words = [Words(*LINE[11], "Lasting fall"), Words(*LINE[11 - apart], "Side effect")]

    spots = labels.place(words, LINE, HEIGHT)

    boxes = [labels._box(one, spot, width) for one, spot in zip(words, spots, strict=True)]
    shapes = [labels._shape(one, width) for one in words]
    assert not any(labels._overlap(one, other) for one, other in combinations(boxes, 2))
    assert not any(labels._overlap(box, shape) for box in boxes for shape in shapes)


def test_a_name_without_room_is_left_out_and_a_long_one_takes_two_lines() -> None:
    found = labels.band_names([120, 100, 95, 60], ["mild", "nothing fits", "moderately severe"])

    assert [[words for _y, words in name.lines] for name in found] == [["mild"], ["moderately", "severe"]]


@pytest.mark.parametrize(
    ("bars", "width", "expected"),
    [
        ([(0.0, 0.5, "37 mg")], 400, BarWords("37 mg", Side.INSIDE)),
        ([(0.0, 0.05, "37 mg")], 400, BarWords("37 mg", Side.AFTER)),
        ([(0.95, 1.0, "37 mg")], 400, BarWords("37 mg", Side.BEFORE)),
        ([(0.0, 0.2, "Walking 10 min"), (0.2, 1.0, "")], 400, BarWords("Walking …", Side.INSIDE)),
        ([(0.0, 0.04, "Walking"), (0.04, 1.0, "")], 400, BarWords("", Side.INSIDE)),
    ],
    ids=["inside", "after", "before", "cut", "nothing"],
)
def test_words_of_a_bar_stand_where_they_fit(
    bars: list[tuple[float, float, str]], width: int, expected: BarWords
) -> None:
    assert labels.bar_words(bars, width)[0] == expected


def test_words_beside_two_bars_do_not_meet() -> None:
    bars = [(0.0, 0.1, "One two"), (0.45, 0.55, "Three four five")]

    first, second = labels.bar_words(bars, 220)

    end = 0.1 * 220 + labels.BAR_PADDING + labels.width_of(first.text)
    begin = 0.45 * 220 - labels.BAR_PADDING - labels.width_of(second.text)
    assert first.side is Side.AFTER
    assert second.side is not Side.BEFORE or begin >= end
