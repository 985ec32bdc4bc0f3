"""The filter's own arithmetic: chances that are chances, people who leave, periods that begin, noise that is learnt."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine.filter.kernel import NOISE_BOUNDS, TINY, Filter, log_odds, normal_cdf, shifts
from monitoring.engine.rules import DEFAULT

D = 5


def run(answers: np.ndarray, *, opened_at: int | None = None) -> Filter:
    """Give a filter (T, D, n) answers, a week apart; one hypothesis opens where it is asked for."""
    steps, d, n = answers.shape
    bank = Filter(DEFAULT, n, d, np.float64)
    for step in range(steps):
        bank.predict(np.ones(n))
        if step == opened_at:
            bank.open_hypothesis(0, np.zeros(n), np.full(n, float(step)))
        bank.update(answers[step])
    return bank


def steady(weeks: int, *, level: float = 4.5, d: int = D, n: int = 1) -> np.ndarray:
    wobble = np.random.default_rng(7).normal(0, 0.7, (weeks, d, n))
    return level + wobble


@given(st.floats(-8, 8))
def test_the_distribution_function_is_close_to_the_true_one_and_symmetric(x: float) -> None:
    [below, above] = normal_cdf(np.array([x, -x]))

    assert below == pytest.approx(0.5 * (1 + math.erf(x / math.sqrt(2))), abs=2e-4)
    assert below + above == pytest.approx(1)


@given(st.floats(0, 1))
def test_log_odds_are_finite_and_turn_back_into_the_chance(chance: float) -> None:
    [odds] = log_odds(np.array([chance]))

    assert np.isfinite(odds)
    assert 1 / (1 + math.exp(-odds)) == pytest.approx(min(max(chance, TINY), 1 - TINY), abs=1e-9)


def test_the_two_kinds_of_shift_share_all_shifts() -> None:
    ordinary, large = shifts(DEFAULT)

    assert ordinary.share + large.share == 1
    assert large.share == DEFAULT.large_shift_share
    assert large.mean > ordinary.mean


def test_a_lasting_rise_is_worse_in_the_domain_that_rose_and_dated_to_its_beginning() -> None:
    answers = steady(26)
    answers[20:, 2] += 5

    verdict = run(answers, opened_at=20).verdict()

    assert verdict.worse[2, 0] > 0.8
    assert verdict.worse[[0, 1, 3, 4], 0].max() < 0.05
    assert verdict.worse_onset[0] == 20
    assert verdict.better[2, 0] < 0.05


def test_a_lasting_fall_mirrors_it() -> None:
    answers = steady(26)
    answers[20:] -= 4

    verdict = run(answers, opened_at=20).verdict()

    assert verdict.better.min() > 0.9
    assert verdict.worse.max() < 0.05


@pytest.mark.parametrize("d", [1, 2, D])
def test_chances_of_worse_and_better_never_exceed_one_together(d: int) -> None:
    answers = np.random.default_rng(3).uniform(0, 10, (30, d, 40))

    verdict = run(answers, opened_at=24).verdict()

    assert verdict.worse.min() >= 0 and verdict.better.min() >= 0
    assert (verdict.worse + verdict.better).max() <= 1 + 1e-9


def test_without_an_open_hypothesis_nothing_lasting_happened() -> None:
    verdict = run(steady(26) + 5).verdict()

    assert verdict.worse.max() == 0 and verdict.better.max() == 0


def test_without_large_shifts_a_large_worsening_is_believed_less() -> None:
    answers = steady(26, d=1)
    answers[20:] += 4

    bank = run(answers, opened_at=20)

    assert 0.1 < bank.worsening()[0, 0] < 0.5
    assert bank.verdict().worse[0, 0] > 0.8


def test_who_answers_wildly_is_believed_to_be_noisier_within_bounds() -> None:
    calm, wild = np.full((80, D, 1), 5.0), np.random.default_rng(5).uniform(0, 10, (80, D, 1))

    [calm_level], [wild_level] = run(calm).noise_level, run(wild).noise_level

    low, high = NOISE_BOUNDS
    assert low <= calm_level < 1 < wild_level <= high


def test_people_who_leave_change_nothing_for_those_who_stay() -> None:
    answers = steady(26, n=3)
    answers[20:, 1] += 4
    bank, alone = run(answers, opened_at=20), run(answers[:, :, :1], opened_at=20)

    bank.keep(1)

    assert bank.verdict().worse == pytest.approx(alone.verdict().worse)


def test_a_moment_is_a_copy_that_later_answers_do_not_touch() -> None:
    bank = run(steady(22), opened_at=20)
    moment, before = bank.moment(), bank.verdict().worse.copy()

    bank.update(np.full((D, 1), 10.0))

    assert moment.verdict().worse == pytest.approx(before)
    assert bank.verdict().worse.max() > before.max()


def test_filters_put_together_keep_each_persons_verdict() -> None:
    answers = steady(26, n=2)
    answers[20:, 0, 1] += 4

    both = Filter.together([run(answers[:, :, [k]], opened_at=20) for k in (0, 1)])

    assert both.verdict().worse == pytest.approx(run(answers, opened_at=20).verdict().worse)


def test_a_new_period_forgets_hypotheses_and_keeps_the_level() -> None:
    answers = steady(30, n=2)
    answers[20:] += 3
    bank = run(answers, opened_at=20)
    known = bank.level + bank.drift

    bank.restart(np.array([True, False]))

    assert bank.verdict().worse[:, 0].max() == 0
    assert bank.verdict().worse[:, 1].max() > 0.9
    assert bank.level[:, 0] == pytest.approx(known[:, 0])


def test_time_without_answers_makes_the_level_less_certain_and_lets_the_drift_go() -> None:
    bank = run(steady(26))
    level, certainty = bank.level.copy(), bank.p_rr.copy()

    bank.predict(np.array([20.0]))

    assert (bank.p_rr > certainty).all()
    assert bank.level == pytest.approx(level)
    assert np.abs(bank.drift).max() < 0.1


def test_a_rarer_worsening_is_less_believed() -> None:
    answers = steady(24)
    answers[20:] += 1.5
    usual = run(answers, opened_at=20)
    rare = run(answers, opened_at=20)
    rare.rules = replace(DEFAULT, worse_per_year=DEFAULT.worse_per_year / 10)

    assert (rare.verdict().worse < usual.verdict().worse).all()
