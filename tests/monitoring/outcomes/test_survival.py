"""Kaplan-Meier curves, by hand and as properties."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.outcomes.survival import free_at, kaplan_meier, median_week
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

    assert all(0 <= step.low <= step.free + 1e-12 and step.free <= step.high + 1e-12 <= 1 + 1e-9 for step in steps)
    assert all(later.free < earlier.free for earlier, later in pairwise(steps))
