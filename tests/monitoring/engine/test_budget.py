"""How many alerts a cut makes, and the cut that a budget of alerts gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monitoring.engine import budget
from monitoring.engine.rules import DEFAULT

WEEKS = np.arange(60.0)
SCORES = arrays(np.float64, (3, 60), elements=st.floats(-6, 6, allow_subnormal=False))
REFRACTORY = int(DEFAULT.refractory_weeks)


def test_what_goes_on_alerts_again_after_the_refractory_period_and_not_before() -> None:
    [raised] = budget.alerts(np.full((1, 60), -1.0), WEEKS, -1.0)

    assert list(np.flatnonzero(raised)) == list(range(0, 60, REFRACTORY))


def test_one_persons_alert_keeps_nobody_else_quiet() -> None:
    score = np.full((2, 60), -9.0)
    score[0, 5] = score[1, 6] = 1.0

    assert np.argwhere(budget.alerts(score, WEEKS, 0.0)).tolist() == [[0, 5], [1, 6]]


@pytest.mark.parametrize("nothing", [np.nan, -np.inf])
def test_a_week_without_answers_never_alerts(nothing: float) -> None:
    assert not budget.alerts(np.full((1, 60), nothing), WEEKS, -50.0).any()


@given(score=SCORES, low=st.floats(-6, 6), step=st.floats(0, 6))
def test_a_higher_cut_never_makes_more_alerts(score: np.ndarray, low: float, step: float) -> None:
    loud, quiet = (budget.alerts(score, WEEKS, cut).sum() for cut in (low, low + step))

    assert quiet <= loud


def test_alerts_of_a_year_are_counted_after_the_learning_weeks_by_hand() -> None:
    score = np.full((2, 60), -9.0)
    score[0, [3, 20, 40]] = score[1, 7] = 1.0

    # Two alerts count, over the weeks from 8 to 59 of two people.
    assert budget.alerts_per_year(score, WEEKS, 0.0) == pytest.approx(2 / (2 * 52 / 52))


@given(score=SCORES, allowed=st.floats(0.2, 6))
def test_the_cut_of_a_budget_keeps_to_it(score: np.ndarray, allowed: float) -> None:
    cut = budget.cut_for_budget(score, WEEKS, allowed)

    assert budget.alerts_per_year(score, WEEKS, cut) <= allowed
    assert score.min() <= cut <= score.max() + 1


def test_the_cut_of_a_budget_is_no_quieter_than_it_must_be() -> None:
    score = np.full((1, 60), -9.0)
    score[0, [10, 20, 30, 40, 50]] = [1.0, 2.0, 3.0, 4.0, 5.0]

    cut = budget.cut_for_budget(score, WEEKS, 3.0)

    assert cut == pytest.approx(2.0, abs=0.02)
