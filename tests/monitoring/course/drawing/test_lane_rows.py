"""Rows of lanes."""

import datetime as dt
import re
from itertools import pairwise

from monitoring.course.drawing import lane_rows
from monitoring.course.pictures import Bar, Flag, Lane
from tests.monitoring.course.drawing.panels import FULL, SPAN, START, WEEK, make_course, parse


def test_doses_that_overlap_get_rows_of_their_own() -> None:
    first = Bar(start=START, end=START + 4 * WEEK, label="50 mg")
    second = Bar(start=START + 4 * WEEK, end=None, label="100 mg", strength=3)
    other = Bar(start=START + 2 * WEEK, end=None, label="Mirtazapine 15 mg")

    rows = lane_rows.lane_svgs(Lane(name="Medicine", bars=(first, second, other)), make_course(FULL))

    assert ["50 mg" in row and "100 mg" in row for row in rows] == [True, False]


def test_a_bar_too_short_for_its_label_has_it_before() -> None:
    late = Bar(start=SPAN.end - WEEK, end=None, label="Sleep window 23:30 to 06:30")

    (row,) = lane_rows.lane_svgs(Lane(name="Sleep plan", bars=(late,)), make_course(FULL))

    assert re.search(r'at-wide" x="[\d.]+%" dx="-7" text-anchor="end" y="17"[^>]*>Sleep window 23:30 to 06:30<', row)


def test_the_whole_label_of_a_bar_is_its_title_and_what_is_cut_is_cut_after_a_word() -> None:
    days = [START + number * 2 * WEEK for number in range(6)]
    bars = tuple(
        Bar(start=start, end=end, label="Graded walking 10 min a day") for start, end in pairwise([*days, SPAN.end])
    )

    (row,) = lane_rows.lane_svgs(Lane(name="Activity", bars=bars), make_course(FULL))

    titles = [title.text for title in parse(row).iter("{http://www.w3.org/2000/svg}title")] or re.findall(
        r"<title>(.*?)</title>", row
    )
    assert titles == ["Graded walking 10 min a day"] * 6
    written = set(re.findall(r"<text[^>]*>([^<]*)<", row))
    wholes = {" ".join(["Graded", "walking", "10", "min", "a", "day"][:count]) for count in range(7)}
    assert all(words.rstrip("…→ ") in wholes for words in written)
    assert any(words.endswith("…") for words in written)


def test_flags_whose_words_would_touch_on_a_phone_stand_in_rows_of_their_own() -> None:
    flags = (
        Flag(on=SPAN.end - 8 * WEEK, label="Back at work"),
        Flag(on=SPAN.end - dt.timedelta(days=2), label="Fell on the stairs"),
    )

    rows = lane_rows.lane_svgs(Lane(name="Events", flags=flags), make_course(FULL))

    assert [[flag.label in row for flag in flags] for row in rows] == [[True, False], [False, True]]


def test_a_bar_outside_the_time_shown_is_left_out() -> None:
    past = Bar(start=START - 20 * WEEK, end=START - 10 * WEEK, label="old")

    assert lane_rows.lane_svgs(Lane(name="Medicine", bars=(past,)), make_course(FULL)) == []
