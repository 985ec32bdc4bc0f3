"""Numbers, days and differences as people of a language write them."""

import pytest
from django.utils import translation

from monitoring.engine.records import Direction
from monitoring.words.formats import change_words, short_number


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
