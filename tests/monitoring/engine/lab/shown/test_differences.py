"""How often a difference is called clear in people in whom nothing happened."""

import pytest

from monitoring.engine.lab.people.simulate import simulate
from monitoring.engine.lab.people.simulate_other import simulate_other
from monitoring.engine.lab.shown import differences


@pytest.mark.parametrize("make", [simulate, simulate_other])
def test_a_change_that_does_nothing_is_clear_in_some_row_in_one_person_of_ten_at_most(make: differences.Make) -> None:
    found = differences.joint_intervals(make, 400, 41)

    for setting, shares in found.items():
        # Two standard errors of 400 people above the promise.
        assert shares["any clear"] <= 0.10 + 0.03, setting
        assert shares["any clear"] < shares["any clear, each alone"] / 2, setting


def test_a_change_after_the_worst_week_is_said_to_be_one() -> None:
    found = differences.joint_intervals(simulate, 200, 42)

    assert found["worst of 22 weeks"]["said: bad week"] > 0.85
    assert found["random week"]["said: bad week"] < 0.30


def test_a_true_effect_is_clear_more_often_the_larger_it_is() -> None:
    found = differences.clear_effects(simulate, 200, 43)

    assert found["effect of 2"]["clear"] < found["effect of 3"]["clear"]
    assert found["effect of 3"]["clear"] > 0.7
