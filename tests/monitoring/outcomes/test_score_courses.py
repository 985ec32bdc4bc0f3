"""What is read of each person before anything is counted."""

from datetime import date, timedelta

import pytest

from monitoring.models import MonitoringPlan
from monitoring.outcomes import score_courses
from monitoring.outcomes.score_courses import DatedScore, NoScoresOfInstrument
from patients.care import episodes
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import add_scores, add_scores_on, declare_hamilton


def test_courses_are_read_from_the_start_of_the_episode_without_missing_values(north: World) -> None:
    declare_hamilton()
    add_scores(north.episode, 20, None, 9)

    (found,) = score_courses.load_courses(("HAM-D", "1"), at=NOW)

    assert found.person == "Ann Archer"
    assert found.visits == (DatedScore(day=0, value=20), DatedScore(day=14, value=9))
    assert found.observed_days == (NOW.date() - north.episode.started_on).days


def test_an_ended_episode_is_observed_until_its_end(north: World) -> None:
    declare_hamilton()
    add_scores(north.episode, 20, 9)
    ended_on = north.episode.started_on + timedelta(days=30)
    episodes.end_episode(episode=north.episode, ended_on=ended_on, by=north.chris, at=NOW)

    (found,) = score_courses.load_courses(("HAM-D", "1"), at=NOW)

    assert found.observed_days == 30


def test_a_bundled_instrument_needs_no_declaration(north: World) -> None:
    assert score_courses.load_spec(("PHQ-9", "1")).remission_below == 5


def test_an_unknown_instrument_is_no_empty_table(north: World) -> None:
    with pytest.raises(NoScoresOfInstrument):
        score_courses.load_courses(("HAM-D", "1"), at=NOW)
    with pytest.raises(NoScoresOfInstrument):
        score_courses.load_spec(("HAM-D", "1"))


def test_another_clinics_scores_are_not_counted(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        declare_hamilton()
        add_scores(world.episode, 20, 9)

    with clinic_context(clinic_id=world.other_clinic.pk), pytest.raises(NoScoresOfInstrument):
        score_courses.load_courses(("HAM-D", "1"), at=NOW)


def test_a_course_of_a_young_clinic_starts_with_its_own_days(north: World) -> None:
    declare_hamilton()
    late = factories.make_episode(factories.make_patient("Cleo Crane"), started_on=date(2026, 11, 1))
    add_scores(late, 20, 12)

    (found,) = score_courses.load_courses(("HAM-D", "1"), at=NOW)

    assert [visit.day for visit in found.visits] == [0, 7]


def test_two_versions_never_share_a_course(north: World) -> None:
    add_scores_on(north.episode, "VAS", "1", {0: 80, 1: 78, 4: 60})
    add_scores_on(north.episode, "VAS", "2", {2: 8, 6: 4})

    (old,), (new,) = (score_courses.load_courses(("VAS", version), at=NOW) for version in "12")

    assert [visit.value for visit in old.visits] == [80, 78, 60]
    assert [visit.value for visit in new.visits] == [8, 4]
    assert (old.has_other_form, old.observed_days) == (True, 42), "the change of form ends what is known on the old one"
    assert (new.has_other_form, new.observed_days) == (True, (NOW.date() - north.episode.started_on).days)
    assert score_courses.scored_forms("VAS") == [("VAS", "2"), ("VAS", "1")]


def test_scores_are_expected_until_care_ends_or_for_as_long_as_the_plan_asks(north: World) -> None:
    add_scores_on(north.episode, "PHQ-9", "1", {0: 9, 1: 9})
    days = (NOW.date() - north.episode.started_on).days

    def expected() -> tuple[int | None, float | None]:
        (one,) = score_courses.load_courses(("PHQ-9", "1"), at=NOW)
        return one.asked_days, one.agreed_days

    assert expected() == (None, None), "nobody asks"
    plan = factories.make_plan(north.episode)
    MonitoringPlan.objects.filter(pk=plan.pk).update(instruments={"PHQ-9": 4})
    assert expected() == (days, 28)
    MonitoringPlan.objects.filter(pk=plan.pk).update(paused_at=NOW - timedelta(days=10))
    assert expected() == (days - 10, 28), "nobody is silent in a pause"
    MonitoringPlan.objects.filter(pk=plan.pk).update(paused_at=None, ends_on=NOW.date() - timedelta(days=3))
    assert expected() == (days - 3, 28)
    MonitoringPlan.objects.filter(pk=plan.pk).update(instruments={"GAD-7": 4})
    assert expected() == (None, None), "the plan asks for something else"
    episodes.end_episode(episode=north.episode, ended_on=NOW.date() - timedelta(days=5), by=north.chris, at=NOW)
    assert expected() == (days - 5, None)
