"""The batch kernel: causal, indifferent to labels, silent about nothing."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.engine import DEFAULT, BatchRatingOutOfRange, BatchScores, NonMonotoneWeeks, RatingsShape, score_batch
from monitoring.engine.budget import alerts_per_year, cut_for_budget
from monitoring.engine.filter.kernel import normal_cdf
from monitoring.engine.lab.people.simulate import Shape, SimulatedPeople, simulate

FIELDS = (
    "score",
    "chance",
    "improvement",
    "guard",
    "chance_by_domain",
    "onset_week",
    "improvement_onset_week",
)


def assert_same(one: BatchScores, other: BatchScores) -> None:
    for field in FIELDS:
        np.testing.assert_allclose(getattr(one, field), getattr(other, field), atol=1e-3, err_msg=field)


def cut_at(scores: BatchScores, column: int) -> dict[str, Any]:
    return {field: getattr(scores, field)[:, :column] for field in FIELDS}


@pytest.fixture(scope="module")
def panel() -> SimulatedPeople:
    return simulate(n=60, seed=11, shape=Shape.STEP, t=60, onset_between=(26, 40))


@settings(max_examples=15, deadline=None)
@given(column=st.integers(2, 58), seed=st.integers(0, 10_000))
def test_later_check_ins_change_nothing_before_them(column: int, seed: int) -> None:
    panel = simulate(n=8, seed=seed, shape=Shape.STEP, t=60, onset_between=(20, 40))

    whole = score_batch(panel.ratings, panel.weeks)
    short = score_batch(panel.ratings[:, :column], panel.weeks[:column])

    for field, values in cut_at(whole, column).items():
        np.testing.assert_allclose(getattr(short, field), values, atol=1e-5, err_msg=field)


def test_a_week_without_answers_has_no_verdict_and_is_never_called_well(panel: SimulatedPeople) -> None:
    scores = score_batch(panel.ratings, panel.weeks)
    silent = np.isnan(panel.ratings).all(axis=2)

    assert (scores.score[silent] == -np.inf).all()
    assert (scores.improvement[silent] == -np.inf).all()
    assert np.isnan(scores.chance[silent]).all()
    assert not scores.guard[silent].any()


def test_permuting_domains_permutes_their_chances_and_changes_nothing_else(panel: SimulatedPeople) -> None:
    order = [3, 0, 4, 1, 2]

    straight = score_batch(panel.ratings, panel.weeks)
    shuffled = score_batch(panel.ratings[:, :, order], panel.weeks)

    np.testing.assert_allclose(shuffled.score, straight.score, atol=1e-3)
    np.testing.assert_allclose(shuffled.chance_by_domain, straight.chance_by_domain[:, :, order], atol=1e-3)


def test_people_do_not_influence_each_other(panel: SimulatedPeople) -> None:
    together = score_batch(panel.ratings, panel.weeks)
    alone = score_batch(panel.ratings[7:8], panel.weeks)

    np.testing.assert_allclose(alone.score[0], together.score[7], atol=1e-3)


def test_single_and_double_precision_agree(panel: SimulatedPeople) -> None:
    single = score_batch(panel.ratings, panel.weeks, dtype=np.float32)
    double = score_batch(panel.ratings, panel.weeks, dtype=np.float64)

    assert np.nanmax(np.abs(single.chance - double.chance)) <= 2e-4


def test_a_lasting_step_is_found_named_and_dated(panel: SimulatedPeople) -> None:
    scores = score_batch(panel.ratings, panel.weeks)
    people = np.arange(len(panel.ratings))
    later = np.minimum(panel.onset + 8, 59)
    large = panel.shift.max(axis=1) > 3

    chance = [np.nanmax(scores.chance[person, panel.onset[person] : later[person] + 1]) for person in people]
    before = [np.nanmedian(scores.chance[person, 8 : panel.onset[person]]) for person in people]

    assert np.mean(np.array(chance)[large]) > 0.6
    assert np.mean(before) < 0.4


def test_the_improvement_score_mirrors_the_worsening_score() -> None:
    rng = np.random.default_rng(3)
    ratings = np.clip(np.round(5 + rng.normal(0, 1, (40, 40, 5))), 0, 10)
    ratings[:, 25:] = np.clip(ratings[:, 25:] - 3, 0, 10)
    weeks = np.arange(40.0)

    better = score_batch(ratings, weeks)

    assert np.median(better.improvement[:, 30]) > DEFAULT.kernel_priority
    assert np.median(better.score[:, 30]) < DEFAULT.kernel_watch


@pytest.mark.parametrize("domains", [1, 2, 3, 5, 8, 12])
def test_one_to_twelve_domains_give_finite_verdicts(domains: int) -> None:
    rng = np.random.default_rng(domains)
    ratings = rng.integers(0, 11, (5, 20, domains)).astype(float)

    scores = score_batch(ratings, np.arange(20.0))

    assert np.isfinite(scores.score[:, 3:]).all()
    assert ((scores.chance[:, 3:] >= 0) & (scores.chance[:, 3:] <= 1)).all()
    assert scores.chance_by_domain.shape == (5, 20, domains)


def test_nothing_but_missing_answers_gives_no_verdict_and_no_error() -> None:
    scores = score_batch(np.full((3, 10, 5), np.nan), np.arange(10.0))

    assert (scores.score == -np.inf).all()
    assert np.isnan(scores.chance).all()


@pytest.mark.parametrize("check_ins", [0, 1, 2])
def test_too_few_check_ins_are_still_learning(check_ins: int) -> None:
    ratings = np.full((1, check_ins, 5), 5.0)

    scores = score_batch(ratings, np.arange(float(check_ins)))

    assert (scores.score == -np.inf).all()


def test_constant_answers_never_alarm() -> None:
    scores = score_batch(np.full((1, 104, 5), 4.0), np.arange(104.0))

    assert (scores.score[:, 3:] < DEFAULT.kernel_watch).all()
    assert not scores.guard.any()


def test_ten_years_of_check_ins_stay_finite() -> None:
    panel = simulate(n=2, seed=5, t=520)

    scores = score_batch(panel.ratings, panel.weeks)

    answered = ~np.isnan(panel.ratings).all(axis=2)
    answered &= np.cumsum(answered, axis=1) >= DEFAULT.min_check_ins
    assert np.isfinite(scores.score[answered]).all()


def test_a_gap_of_a_year_begins_a_new_reference_period() -> None:
    weeks = np.concatenate([np.arange(20.0), np.arange(72.0, 82.0)])
    ratings = np.full((1, 30, 5), 3.0)
    ratings[:, 20:] = 7.0

    scores = score_batch(ratings, weeks)

    assert (scores.score[0, 20:] < DEFAULT.kernel_watch).all()
    assert not scores.guard[0, 20:].any()


def test_an_accepted_new_normal_stops_the_alarm() -> None:
    ratings = np.full((2, 30, 5), 3.0)
    ratings[:, 20:] = 7.0
    cuts = np.zeros((2, 30), bool)
    cuts[1, 20] = True

    scores = score_batch(np.clip(ratings, 0, 10), np.arange(30.0), cuts=cuts)

    assert scores.score[0, 24] > DEFAULT.kernel_review
    assert scores.score[1, 24] < DEFAULT.kernel_watch


@pytest.mark.parametrize("value", [-0.5, 10.5, np.inf, -np.inf])
def test_a_rating_outside_the_scale_is_refused_by_place(value: float) -> None:
    ratings = np.full((3, 6, 5), 5.0)
    ratings[2, 4, 1] = value

    with pytest.raises(BatchRatingOutOfRange, match="person 2, check-in 4, domain 1"):
        score_batch(ratings, np.arange(6.0))


@pytest.mark.parametrize("weeks", [[0, 1, 1, 2], [0, 2, 1, 3], [0, 1, np.nan, 3]], ids=["same", "back", "nan"])
def test_times_that_do_not_increase_are_refused(weeks: list[float]) -> None:
    with pytest.raises(NonMonotoneWeeks, match="check-in"):
        score_batch(np.full((1, 4, 5), 5.0), np.array(weeks, dtype=float))


def test_a_panel_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(RatingsShape, match="people, check-ins, domains"):
        score_batch(np.full((4, 5), 5.0), np.arange(5.0))


def test_a_partly_answered_check_in_counts_and_names_no_blank_domain(panel: SimulatedPeople) -> None:
    ratings = panel.ratings.copy()
    ratings[:, 30:, 2] = np.nan

    scores = score_batch(ratings, panel.weeks)

    assert np.isnan(scores.chance_by_domain[:, 30:, 2]).all()
    answered = ~np.isnan(ratings[:, 30:, 0])
    assert np.isfinite(scores.score[:, 30:][answered]).all()


@pytest.mark.parametrize("size", [5, 6, 7])
def test_a_huge_sudden_change_is_never_overlooked(size: int) -> None:
    """Robust weighting alone is nearly blind to this; the guard rail is not."""
    ratings = np.full((1, 30, 5), 2.0)
    ratings[:, 28:] = 2.0 + size

    scores = score_batch(ratings, np.arange(30.0))

    assert scores.guard[0, 28:].all()


def test_one_domain_that_jumps_for_two_check_ins_trips_the_guard_and_one_check_in_does_not() -> None:
    ratings = np.full((1, 30, 5), 3.0)
    ratings[0, 28:, 3] = 7.5

    scores = score_batch(ratings, np.arange(30.0))

    assert not scores.guard[0, 28]
    assert scores.guard[0, 29]


def test_a_better_latest_answer_does_not_raise_an_alarming_score() -> None:
    """Better everywhere, or better in the named domain; for an unnamed one see docs/engine.md."""
    panel = simulate(n=400, seed=77, shape=Shape.STEP, t=44, onset_between=(34, 40))
    own_mean = np.round(np.nanmean(panel.ratings, axis=1, keepdims=True))
    ratings = np.where(np.isnan(panel.ratings), own_mean, panel.ratings)
    told = score_batch(ratings, panel.weeks)
    alarming = told.score[:, -1] >= DEFAULT.kernel_watch
    people, named = np.arange(400), told.chance_by_domain[:, -1].argmax(axis=1)

    everywhere, one = ratings.copy(), ratings.copy()
    everywhere[:, -1] = np.maximum(everywhere[:, -1] - 1, 0)
    one[people, -1, named] = np.maximum(one[people, -1, named] - 1, 0)

    assert alarming.sum() > 100
    for better in (everywhere, one):
        rise = score_batch(better, panel.weeks).score[:, -1] - told.score[:, -1]
        assert (rise[alarming] <= 0.05).mean() >= 0.99


def test_the_logistic_normal_distribution_function_is_close_to_the_true_one() -> None:
    x = np.linspace(-5, 5, 201)
    true = np.array([NormalDist().cdf(value) for value in x])

    assert np.abs(normal_cdf(x) - true).max() < 2e-4


def test_a_cut_for_a_budget_keeps_to_the_budget() -> None:
    panel = simulate(n=300, seed=21)
    score = score_batch(panel.ratings, panel.weeks).score

    cut = cut_for_budget(score, panel.weeks, 0.5)

    assert alerts_per_year(score, panel.weeks, cut) <= 0.5
    assert alerts_per_year(score, panel.weeks, cut - 0.2) > 0.5
