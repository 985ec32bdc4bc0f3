"""The usual range of a stable person holds four of five answers, early and late."""

import pytest

from monitoring.engine.lab.people.simulate import simulate
from monitoring.engine.lab.people.simulate_other import simulate_other
from monitoring.engine.lab.shown import differences, ranges


@pytest.mark.parametrize("make", [simulate, simulate_other])
def test_four_of_five_answers_are_inside_however_many_were_given(make: differences.Make) -> None:
    found = ranges.usual_coverage(make, 1500, 51)

    assert abs(found["all"]["next answer"] - 0.80) <= 0.015
    for answers, shares in found.items():
        assert abs(shares["newest answer"] - 0.80) <= 0.02, answers
        assert abs(shares["next answer"] - 0.80) <= 0.02, answers


def test_a_level_leaves_the_range_far_less_often_than_an_answer() -> None:
    found = ranges.usual_coverage(simulate, 200, 52)

    assert found["all"]["level"] > 0.93 > found["all"]["next answer"]


def test_four_of_five_totals_of_a_questionnaire_are_inside_by_the_error_of_its_own() -> None:
    for rhythm, shares in ranges.form_coverage(800, 53).items():
        assert abs(shares["newest answer"] - 0.80) <= 0.025, rhythm
        assert abs(shares["next answer"] - 0.80) <= 0.025, rhythm
