"""What was agreed about a treatment: whether it was met, with numbers, and never too early."""

from datetime import timedelta

import pytest

from monitoring.course.drawing import drawings
from monitoring.course.pictures import Reached
from patients.models.exposure import Measure
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import STEADY, make_course, panel_of
from tests.monitoring.trajectories import agree_on


@pytest.mark.parametrize(
    ("points", "days", "reached", "words"),
    [
        (2, 20, Reached.WAITING, "not met yet"),
        (2, -1, Reached.MISSED, "not met ("),
        (1, 20, Reached.WAITING, "not met yet"),
    ],
)
def test_an_agreement_says_with_numbers_whether_it_was_met(
    north: World, points: int, days: int, reached: Reached, words: str
) -> None:
    make_course(north, STEADY)
    by_on = NOW.date() + timedelta(days=days)

    person = agree_on(north, weeks_ago=6, points=points, by_on=by_on)

    (target,) = panel_of(person.course, "mood").targets
    assert (target.reached, target.by_on, target.from_on) == (reached, by_on, (NOW - 6 * WEEK).date())
    assert words in target.words and "from 5." in target.words
    assert [one.words for one in person.expected] == [target.words]
    assert "expected by" in drawings.marks_svg(panel_of(person.course, "mood"), person.course)
    assert not panel_of(person.course, "sleep").targets


def test_an_agreement_that_is_met_says_so_before_its_day(north: World) -> None:
    make_course(north, [3, 3, 3, 3, 3, 3, 8, 8, 8, 8, 8, 8])

    person = agree_on(north, weeks_ago=8, points=2, by_on=NOW.date() + WEEK)

    assert person.expected[0].reached is Reached.MET
    assert "met (" in person.expected[0].words and "not met" not in person.expected[0].words


def test_an_agreement_about_what_was_never_measured_is_named_and_not_drawn(north: World) -> None:
    make_course(north, STEADY[:4])

    person = agree_on(north, weeks_ago=2, points=7, by_on=NOW.date() + WEEK, measure=Measure.PHQ_9)

    assert person.expected[0].reached is Reached.UNKNOWN
    assert "nothing to compare with yet" in person.expected[0].words
    assert not any(panel.targets for panel in person.course.panels)


def test_without_an_answer_since_nothing_is_said_to_be_missed(north: World) -> None:
    make_course(north, STEADY)

    person = agree_on(north, weeks_ago=0, points=2, by_on=NOW.date() + WEEK)

    assert person.expected[0].reached is Reached.UNKNOWN
    assert "no answer since it was agreed" in person.expected[0].words
