"""Kaplan-Meier curves, by hand and as properties."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.outcomes.estimates.survival import free_at, kaplan_meier, median_week
from tests.monitoring.outcomes.scored import watched


def test_kaplan_meier_by_hand() -> None:
    steps = kaplan_meier(watched(1, 2, -3, 4))

    assert [(step.week, step.at_risk) for step in steps] == [(1, 4), (2, 3), (4, 1)]
    assert [step.free for step in steps] == pytest.approx([0.75, 0.5, 0.0])
    assert median_week(steps) == 2
    assert free_at(steps, 0.5).free == 1
    assert free_at(steps, 3).free == pytest.approx(0.5)


def test_the_interval_is_greenwoods_on_the_log_log_scale() -> None:
    """Ten people, one event in week 1: log(-log 0.9) = -2.2504, Greenwood 1/(10*9), margin 1.96*0.10541/0.10536."""
    [step] = kaplan_meier(watched(1, *[-9] * 9))

    assert (step.low, step.high) == pytest.approx((0.4730, 0.9853), abs=5e-4)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-60, 60).filter(bool), min_size=1, max_size=40))
def test_a_curve_only_falls_and_stays_inside_its_interval(weeks: list[int]) -> None:
    steps = kaplan_meier(watched(*weeks))

    assert all((step.low is None) == (step.free in {0, 1}) for step in steps)
    inner = [step for step in steps if step.low is not None]
    assert all(0 <= step.low <= step.free + 1e-12 and step.free <= step.high + 1e-12 <= 1 + 1e-9 for step in inner)
    assert all(later.free < earlier.free for earlier, later in pairwise(steps))


# The trial of 6-mercaptopurine (Freireich 1963, Blood 21:699): weeks until relapse, negative = left before.
FREIREICH = watched(6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35)
# Week, at risk, share free, and the interval on the log-log scale: lifelines 0.30.3, KaplanMeierFitter; weeks, numbers
# at risk and shares also statsmodels 0.15.0, SurvfuncRight. On 400 random groups of 5 to 60 people with ties the
# largest difference to either was 4e-15.
BY_LIBRARIES = (
    (6, 21, 0.857143, 0.619718, 0.951552),
    (7, 17, 0.806723, 0.563147, 0.922809),
    (10, 15, 0.752941, 0.503200, 0.889362),
    (13, 12, 0.690196, 0.431610, 0.849066),
    (16, 11, 0.627451, 0.367511, 0.804912),
    (22, 7, 0.537815, 0.267779, 0.746791),
    (23, 6, 0.448179, 0.188052, 0.680143),
)


def test_curve_and_interval_are_those_of_survival_libraries() -> None:
    steps = kaplan_meier(FREIREICH)

    assert [(step.week, step.at_risk) for step in steps] == [row[:2] for row in BY_LIBRARIES]
    for step, row in zip(steps, BY_LIBRARIES, strict=True):
        assert (step.free, step.low, step.high) == pytest.approx(row[2:], abs=1e-6)
    assert median_week(steps) == 23


@pytest.mark.parametrize("people", [4, 6, 10, 12, 14, 24, 26, 28, 48, 50])
def test_half_of_an_even_group_is_reached_in_the_week_of_the_middle_person(people: int) -> None:
    """Of 24 people with one event a week half have had it at week 12; a running product of floats says 13."""
    assert median_week(kaplan_meier(watched(*range(1, people + 1)))) == people / 2


def test_nothing_is_claimed_about_chance_where_it_happened_to_nobody_or_to_everybody() -> None:
    steps = kaplan_meier(watched(2, 2, 4))

    assert [(step.free, step.low, step.high) for step in steps][-1] == (0, None, None)
    assert (free_at(steps, 1).happened_low, free_at(steps, 1).happened_high) == (None, None)
