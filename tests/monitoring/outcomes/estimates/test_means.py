"""Means of groups hold what their interval says, few people or many."""

from statistics import NormalDist

import numpy as np
import pytest

from monitoring.outcomes.estimates import means


# Two-sided 5 % points of Student's t as in the tables of Fisher and Yates.
@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (8, 2.306),
        (11, 2.201),
        (29, 2.045),
        (30, 2.042),
        (60, 2.000),
        (120, 1.980),
    ],
)
def test_the_quantile_is_that_of_the_printed_tables(freedom: int, quantile: float) -> None:
    assert means.student_quantile(freedom) == pytest.approx(quantile, abs=0.0006)


def test_the_quantile_falls_towards_the_normal_one_without_a_step() -> None:
    normal = NormalDist().inv_cdf(0.975)
    found = [means.student_quantile(freedom) for freedom in (*range(1, 40), 100, 1000, means.LARGE - 1, means.LARGE)]

    assert found == sorted(found, reverse=True)
    assert found[-1] == normal
    assert found[-2] - normal < 0.001


@pytest.mark.parametrize("values", [[], [7], [7, 7], [3, 3, 3]])
def test_where_nothing_is_known_about_spread_there_is_no_interval(values: list[float]) -> None:
    assert means.mean_interval(values) is None


@pytest.mark.parametrize("people", [2, 3, 5, 12])
def test_the_interval_holds_the_true_mean_in_95_of_100_groups_of_any_size(people: int) -> None:
    rng = np.random.default_rng(people)

    held = 0
    for group in rng.normal(10, 4, (2000, people)):
        interval = means.mean_interval(group.tolist())
        assert interval is not None
        held += interval[0] <= 10 <= interval[1]

    # Three standard errors of 2000 groups.
    assert abs(held / 2000 - 0.95) < 0.015
