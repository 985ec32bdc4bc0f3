"""From a check-in to an alert in the background: once, again after a crash, and loud when it cannot be done."""

from datetime import timedelta

import pytest

from monitoring import engine
from monitoring.assessments import assessments
from monitoring.models import Alert, Assessment, MonitoringPlan, Notification, Signal
from monitoring.models.alerts import AlertKind
from monitoring.operations import tasks
from patients.care import treatments
from patients.care.treatments import Dose
from patients.models.care import InterventionKind
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

STEADY = [6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 7, 6, 6]
FALL = [2, 2, 1, 2]


@pytest.fixture
def falling(north: World) -> World:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    moods = [*STEADY, *FALL]
    others = {name: list(moods) for name in ("sleep", "energy", "function")}
    factories.make_history(north.episode, by=north.ann, moods=list(moods), **others)
    return north


def test_a_lasting_fall_becomes_an_alert_with_its_reasons(falling: World) -> None:
    assessments.assess_episode(episode_id=falling.episode.pk, at=NOW)

    alert = Alert.objects.get(kind=AlertKind.DETERIORATION)
    assert alert.signal.contrast < -3
    assert alert.signal.parts
    assert Notification.objects.filter(alert=alert, recipient=falling.chris).exists()


def test_an_assessment_is_done_once(falling: World) -> None:
    first = assessments.assess_episode(episode_id=falling.episode.pk, at=NOW)
    second = assessments.assess_episode(episode_id=falling.episode.pk, at=NOW)

    assert first is not None
    assert second is None
    assert Assessment.objects.count() == 1


def test_every_assessment_names_engine_and_rules(falling: World) -> None:
    done = assessments.assess_episode(episode_id=falling.episode.pk, at=NOW)

    assert (done.engine_version, done.rules_digest) == (engine.ENGINE_VERSION, engine.DEFAULT.digest)


def test_an_assessment_as_of_the_past_looks_at_nothing_later_and_pages_nobody(falling: World) -> None:
    done = assessments.assess_as_of(episode=falling.episode, as_of=NOW - WEEK * 5, at=NOW)

    assert not Signal.objects.filter(assessment=done, kind__in=["deterioration", "sudden_change"]).exists()
    assert Alert.objects.count() == 0


def test_a_failure_is_put_off_and_after_three_tries_people_are_told(
    falling: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("poison")

    monkeypatch.setattr(engine, "judge", fail)
    for attempt in range(3):
        at = NOW + timedelta(hours=attempt)
        assert assessments.assess_episode(episode_id=falling.episode.pk, at=at) is None

    plan = MonitoringPlan.objects.get(episode=falling.episode)
    assert plan.failed_assessments == 3
    assert plan.assessment_due_at == NOW + timedelta(hours=3)
    assert Alert.objects.get().kind == AlertKind.NOT_ASSESSED
    assert Assessment.objects.count() == 0


def test_one_poisoned_episode_does_not_stop_the_others(falling: World, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.make_plan(falling.bens_episode, starts_on=NOW.date())
    factories.make_check_in(falling.bens_episode, by=falling.ben)
    real = engine.judge

    def fail_for_ann(history: engine.History, rules: object) -> object:
        if len(history.check_ins) > 1:
            raise ValueError("poison")
        return real(history, rules)

    monkeypatch.setattr(engine, "judge", fail_for_ann)
    tasks.sweep_clinic(clinic_id=falling.clinic.pk, at=NOW)

    assert [done.episode for done in Assessment.objects.all()] == [falling.bens_episode]


def test_a_changed_intervention_makes_an_episode_due(falling: World) -> None:
    assessments.assess_episode(episode_id=falling.episode.pk, at=NOW)
    treatments.start_intervention(
        episode=falling.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=NOW.date(),
        dose=Dose(label="50 mg"),
        by=falling.chris,
        at=NOW + timedelta(minutes=5),
    )

    tasks.sweep_clinic(clinic_id=falling.clinic.pk, at=NOW + timedelta(minutes=6))

    assert Assessment.objects.count() == 2


def test_the_history_tells_starts_changes_and_stops_in_words(north: World) -> None:
    started = treatments.start_intervention(
        episode=north.episode,
        kind=InterventionKind.MEDICATION,
        name="Sertraline",
        started_on=(NOW - WEEK * 8).date(),
        dose=Dose(label="50 mg", amount=50, unit="mg"),
        by=north.chris,
        at=NOW,
    )
    treatments.change_intervention(
        intervention=started,
        dose=Dose(label="100 mg", amount=100, unit="mg"),
        from_on=(NOW - WEEK * 4).date(),
        by=north.chris,
        at=NOW,
    )
    treatments.stop_intervention(intervention=started, stopped_on=NOW.date(), reason="Nausea", by=north.chris, at=NOW)

    history = factories.load_history(north.episode, as_of=NOW)

    assert [(step.change, step.label, step.dose_before, step.dose_after) for step in history.interventions] == [
        ("start", "Sertraline 50 mg", None, 50.0),
        ("change", "Sertraline 50 mg → 100 mg", 50.0, 100.0),
        ("stop", "Sertraline", 100.0, 0.0),
    ]


def test_missed_weeks_are_counted_past_the_week_that_is_still_open(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 10).date())
    factories.make_history(north.episode, by=north.ann, moods=[6, 6, 6, 6, 6, 6, None, None, None], until=NOW)

    history = factories.load_history(north.episode, as_of=NOW)

    assert [slot.missed for slot in history.schedule.slots][-3:] == [False, True, True]
