"""Before and after, in words."""

import re

from monitoring.course import comparisons, courses
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.courses import STEADY, make_course
from tests.monitoring.trajectories import load, try_out


def test_a_difference_that_may_be_none_names_both_ends(north: World) -> None:
    make_course(north, STEADY)
    try_out(north, "Sertraline", 8)

    mood = next(series for series in load(north, around=True).comparisons[0].series if series.name == "Mood")

    assert re.fullmatch(
        r"([\d.]+ (worse|better) after|no change after) \([\d.]+ worse to [\d.]+ better\): no clear difference",
        mood.words,
    )
    assert comparisons.compare(courses.load_course_rows(north.episode, at=NOW).history)
