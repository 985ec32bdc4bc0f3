"""The chance that is shown: the newest answers against those of two to five months before."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine.filter import rise
from monitoring.engine.filter.packing import Packed, pack
from monitoring.engine.rules import DEFAULT

PRIOR = 0.5 * math.erfc(DEFAULT.true_change / DEFAULT.rise_sd / math.sqrt(2))


def block(*weeks: float, cut_at: int | None = None) -> Packed:
    """Pack one person with one answer a week."""
    ratings = np.array(weeks)[None, :, None]
    cuts = np.zeros((1, len(weeks)), bool)
    if cut_at is not None:
        cuts[0, cut_at] = True
    return pack(ratings, np.arange(float(len(weeks)))[None], cuts, DEFAULT, np.float64)


def risen(*weeks: float, cut_at: int | None = None) -> float:
    return float(rise.risen(block(*weeks, cut_at=cut_at), 0, DEFAULT)[-1, 0, 0])


@given(st.floats(-8, 2), st.floats(0.001, 0.999))
def test_the_logit_of_the_chance_is_a_line_in_the_score_and_in_the_logit_of_the_rise(score: float, rose: float) -> None:
    chance = rise.calibrated(np.array([score]), np.array([rose]), (1.5, 0.5, 2.0))[0]

    logit = 1.5 + 0.5 * score + 2.0 * math.log(rose / (1 - rose))
    assert chance == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-9)


def test_before_there_is_anything_to_compare_with_a_rise_is_as_likely_as_ever() -> None:
    assert risen(9.0) == pytest.approx(PRIOR, abs=2e-4)


def test_a_rise_raises_the_chance_and_a_fall_lowers_it() -> None:
    before = [4.0] * 24

    assert risen(*before, *[9.0] * 8) > 0.9
    assert risen(*before, *[4.0] * 4) < PRIOR
    assert risen(*before, *[0.0] * 4) < risen(*before, *[4.0] * 4)


def test_more_answers_after_the_rise_make_it_surer() -> None:
    chances = [risen(*[4.0] * 24, *[7.0] * count) for count in (1, 2, 4)]

    assert chances == sorted(chances) and chances[0] < chances[-1]


def test_what_is_older_than_twenty_weeks_or_newer_than_nine_is_not_compared_with() -> None:
    compared = [4.0] * 12

    low, high = (risen(*[old] * 10, *compared, *[6.0] * 9) for old in (0.0, 10.0))
    reached_low, reached_high = (risen(*[old] * 10, *compared, *[6.0] * 8) for old in (0.0, 10.0))

    assert low == pytest.approx(high, abs=0.02)
    assert reached_low > reached_high + 0.1


def test_a_new_usual_level_makes_what_was_before_it_count_no_more() -> None:
    assert risen(*[0.0] * 20, *[8.0] * 12, cut_at=20) == pytest.approx(risen(*[8.0] * 12), abs=1e-6)


def test_a_skipped_week_changes_the_weight_and_not_the_level() -> None:
    assert risen(*[4.0] * 24, 8.0, np.nan) < risen(*[4.0] * 24, 8.0, 8.0)


def test_of_several_domains_one_that_rose_is_enough_for_the_whole() -> None:
    ratings = np.full((1, 28, 2), 4.0)
    ratings[0, 24:, 0] = 9
    packed = pack(ratings, np.arange(28.0)[None], np.zeros((1, 28), bool), DEFAULT, np.float64)
    score = np.zeros((28, 1))

    whole, each = rise.chances(score, np.zeros((28, 2, 1)), packed, 0, DEFAULT)

    assert whole[-1, 0] > 0.9
    assert each[-1, 0, 0] > 0.9 > 0.5 > each[-1, 1, 0]
