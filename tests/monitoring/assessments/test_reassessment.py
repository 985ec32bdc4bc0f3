"""After a change of engine or rules: everyone is assessed again, no one is paged for the past, new answers page."""

from datetime import timedelta

import pytest
from django.test import Client

from monitoring.assessments import assessments
from monitoring.engine import DEFAULT
from monitoring.models import Alert, Assessment, MonitoringPlan, Notification
from monitoring.models.alerts import AlertKind
from monitoring.models.plans import AssessmentCause
from monitoring.operations import heartbeats, tasks
from monitoring.plans import plans
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.assessments.anew import DEAF, FALL, STEADY, give

DEAF |= {"guard_mean_one": 90, "guard_domain_two": 90}
LATER = NOW + timedelta(hours=1)


def reassess(world: World) -> Assessment:
    assert assessments.mark_outdated(at=LATER) == 1
    done = assessments.assess_episode(episode_id=world.episode.pk, at=LATER)
    assert done is not None
    return done


def test_an_assessment_stores_what_the_kernel_said(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 19).date())
    give(north, [*STEADY, *FALL])

    done = assessments.assess_episode(episode_id=north.episode.pk, at=NOW)

    signal = done.signals.get(kind="deterioration")
    assert done.score == pytest.approx(signal.statistic)
    # The assessment keeps the chance of any rating, the signal that of the one it names.
    assert done.chance is not None and signal.chance is not None
    assert 0 < signal.chance < done.chance <= DEFAULT.chance_cap
    assert done.onset_on == signal.onset_on == (NOW - WEEK * 3).date()
    assert done.cause == AssessmentCause.CHECK_IN


def test_a_beginner_has_no_score(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 3).date())
    give(north, [6, 6])

    done = assessments.assess_episode(episode_id=north.episode.pk, at=NOW)

    assert (done.score, done.chance, done.onset_on) == (None, None, None)


def test_a_new_engine_finds_the_past_and_pages_nobody(unheard: World) -> None:
    done = reassess(unheard)

    assert done.cause == AssessmentCause.ENGINE_CHANGED
    assert done.signals.filter(kind="deterioration").exists()
    assert not Alert.objects.filter(kind=AlertKind.DETERIORATION).exists()
    assert Notification.objects.count() == 0


def test_the_next_check_in_with_the_signal_still_there_does_page(unheard: World) -> None:
    reassess(unheard)

    factories.make_check_in(unheard.episode, by=unheard.ann, at=NOW + WEEK, mood=2, sleep=2, energy=2, function=1)
    assessments.assess_episode(episode_id=unheard.episode.pk, at=NOW + WEEK)

    assert Alert.objects.get(kind=AlertKind.DETERIORATION).raised_at == NOW + WEEK


@pytest.mark.parametrize("cause", [AssessmentCause.MISSED, AssessmentCause.CHANGE, AssessmentCause.PANEL])
def test_without_new_answers_the_past_stays_quiet_whatever_made_the_episode_due(
    unheard: World, cause: AssessmentCause
) -> None:
    reassess(unheard)

    plans.make_due(episode_ids=[unheard.episode.pk], cause=cause, at=NOW + WEEK)
    done = assessments.assess_episode(episode_id=unheard.episode.pk, at=NOW + WEEK)

    assert done.signals.filter(kind="deterioration").exists()
    assert not Alert.objects.filter(kind=AlertKind.DETERIORATION).exists()


def test_silence_after_a_change_of_engine_still_pages(unheard: World) -> None:
    silent_since = NOW + WEEK * 4
    tasks.sweep_clinic(clinic_id=unheard.clinic.pk, at=silent_since)

    assert Alert.objects.filter(kind=AlertKind.MISSED_CHECK_INS).exists()


def test_an_answer_that_comes_while_the_re_assessment_waits_is_not_quiet(unheard: World) -> None:
    assessments.mark_outdated(at=LATER)
    factories.make_check_in(unheard.episode, by=unheard.ann, at=NOW + WEEK, mood=1, sleep=2, energy=2, function=1)

    done = assessments.assess_episode(episode_id=unheard.episode.pk, at=NOW + WEEK)

    assert done.cause == AssessmentCause.CHECK_IN
    assert Alert.objects.filter(kind=AlertKind.DETERIORATION).exists()


def test_a_mark_with_evidence_is_never_made_quiet(unheard: World) -> None:
    plans.make_due(episode_ids=[unheard.episode.pk], cause=AssessmentCause.MISSED, at=LATER)

    assert assessments.mark_outdated(at=LATER) == 0
    assert MonitoringPlan.objects.get(episode=unheard.episode).due_cause == AssessmentCause.MISSED


def test_the_oldest_come_first_a_few_at_a_time(unheard: World) -> None:
    factories.make_plan(unheard.bens_episode, starts_on=NOW.date())
    old = {"assessed_at": NOW - WEEK, "assessed_with": "0.8.0/x", "assessment_due_at": None}
    MonitoringPlan.objects.filter(episode=unheard.bens_episode).update(**old)

    assert assessments.mark_outdated(at=LATER, limit=1) == 1
    assert assessments.due_episodes(at=LATER) == [unheard.bens_episode.pk]


def test_progress_counts_down_and_a_second_time_there_is_nothing_to_do(unheard: World) -> None:
    assert assessments.progress().outdated == 1

    reassess(unheard)

    assert assessments.progress().outdated == 0
    assert assessments.mark_outdated(at=LATER) == 0


def test_an_ended_episode_is_left_as_it_was_judged(unheard: World) -> None:
    type(unheard.episode).objects.filter(pk=unheard.episode.pk).update(ended_on=NOW.date())

    assert assessments.progress().total == 0
    assert assessments.mark_outdated(at=LATER) == 0


def test_the_sweep_does_it_and_healthz_shows_the_number(unheard: World, client: Client) -> None:
    heartbeats.show_progress(heartbeats.REASSESSMENT, items=0, total=1)
    assert client.get("/healthz").json()["outdated_assessments"] == 1

    tasks.run_sweep(at=LATER)

    assert client.get("/healthz").json()["outdated_assessments"] == 0
    assert Assessment.objects.filter(cause=AssessmentCause.ENGINE_CHANGED).count() == 1
    assert Notification.objects.count() == 0
