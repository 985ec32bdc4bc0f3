"""Numbers, days and differences as people of a language write them."""

import datetime as dt

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine.records import Direction
from monitoring.words.formats import change_words, day_words, moment_words, near_day, short_number, week_of


@pytest.mark.parametrize(
    ("difference", "direction", "words"),
    [
        (1.26, Direction.HIGHER_IS_BETTER, "1.3 better"),
        (1.26, Direction.HIGHER_IS_WORSE, "1.3 worse"),
        (-2, Direction.HIGHER_IS_BETTER, "2 worse"),
        (-2, Direction.HIGHER_IS_WORSE, "2 better"),
        (0.4, Direction.NEUTRAL, "0.4 higher"),
        (-0.4, Direction.NEUTRAL, "0.4 lower"),
        (0.04, Direction.HIGHER_IS_WORSE, "no change"),
    ],
)
def test_a_difference_has_the_word_for_its_direction(difference: float, direction: Direction, words: str) -> None:
    assert change_words(difference, direction) == words


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_difference_that_rounds_to_nothing_is_no_change_in_any_language(language: str) -> None:
    with translation.override(language):
        assert change_words(0.04, Direction.HIGHER_IS_BETTER) == translation.gettext("no change")
        assert short_number(0.4) in change_words(0.4, Direction.HIGHER_IS_BETTER)


def test_numbers_are_written_as_people_of_the_language_write_them() -> None:
    with translation.override("de"):
        assert [short_number(value) for value in (3.5, 4.0, -1.25)] == ["3,5", "4", "-1,2"]
    with translation.override("en"):
        assert short_number(3.5) == "3.5"


TODAY = dt.date(2026, 11, 16)


@pytest.mark.parametrize(("weeks", "words"), [(0, "16 Nov"), (39, "16 Feb"), (40, "9 Feb 2026"), (60, "22 Sep 2025")])
def test_a_day_has_its_year_only_where_it_could_be_taken_for_anothers(weeks: int, words: str) -> None:
    assert near_day(TODAY - dt.timedelta(weeks=weeks), TODAY) == words


def test_a_day_is_written_in_the_language_of_each_reader() -> None:
    with translation.override("de"):
        assert day_words(TODAY) == "16. Nov 2026"
    with translation.override("en"):
        assert day_words(TODAY) == "16 Nov 2026"
        # Of whatever day it is asked, a week has one name.
        assert {week_of(TODAY + dt.timedelta(days=day)) for day in range(7)} == {"week of 16 Nov 2026"}


def test_a_moment_is_told_in_the_time_zone_of_the_page() -> None:
    with timezone.override("Asia/Kolkata"):
        assert moment_words(dt.datetime(2026, 11, 16, 20, 0, tzinfo=dt.UTC), "j M, H:i") == "17 Nov, 01:30"


@given(st.floats(-50, 50))
def test_a_difference_never_carries_a_sign(difference: float) -> None:
    for direction in Direction:
        assert "-" not in change_words(difference, direction)


@given(st.floats(0.06, 50))
def test_up_on_one_scale_is_what_down_is_on_its_mirror(difference: float) -> None:
    assert change_words(difference, Direction.HIGHER_IS_BETTER) == change_words(-difference, Direction.HIGHER_IS_WORSE)
