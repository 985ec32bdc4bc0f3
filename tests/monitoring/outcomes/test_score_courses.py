"""What is read of each person before anything is counted."""

from datetime import date, timedelta

import pytest

from monitoring.outcomes import score_courses
from monitoring.outcomes.score_courses import DatedScore, NoScoresOfInstrument
from patients.care import episodes
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import add_scores, declare_hamilton


def test_courses_are_read_from_the_start_of_the_episode_without_missing_values(north: World) -> None:
    declare_hamilton()
    add_scores(north.episode, 20, None, 9)

    (found,) = score_courses.load_courses(instrument="HAM-D", at=NOW)

    assert found.person == "Ann Archer"
    assert found.visits == (DatedScore(day=0, value=20), DatedScore(day=14, value=9))
    assert found.observed_days == (NOW.date() - north.episode.started_on).days


def test_an_ended_episode_is_observed_until_its_end(north: World) -> None:
    declare_hamilton()
    add_scores(north.episode, 20, 9)
    ended_on = north.episode.started_on + timedelta(days=30)
    episodes.end_episode(episode=north.episode, ended_on=ended_on, by=north.chris, at=NOW)

    (found,) = score_courses.load_courses(instrument="HAM-D", at=NOW)

    assert found.observed_days == 30


def test_a_bundled_instrument_needs_no_declaration(north: World) -> None:
    assert score_courses.load_spec("PHQ-9").remission_below == 5


def test_an_unknown_instrument_is_no_empty_table(north: World) -> None:
    with pytest.raises(NoScoresOfInstrument):
        score_courses.load_courses(instrument="HAM-D", at=NOW)
    with pytest.raises(NoScoresOfInstrument):
        score_courses.load_spec("HAM-D")


def test_another_clinics_scores_are_not_counted(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare_hamilton()
        add_scores(world.episode, 20, 9)

    with clinic_context(clinic_id=world.other_clinic.pk), pytest.raises(NoScoresOfInstrument):
        score_courses.load_courses(instrument="HAM-D", at=NOW)


def test_a_course_of_a_young_clinic_starts_with_its_own_days(north: World) -> None:
    declare_hamilton()
    late = factories.make_episode(factories.make_patient("Cleo Crane"), started_on=date(2026, 11, 1))
    add_scores(late, 20, 12)

    (found,) = score_courses.load_courses(instrument="HAM-D", at=NOW)

    assert [visit.day for visit in found.visits] == [0, 7]
