"""Care ends with somebody who takes over, never over an open safety alert, and the account follows what was chosen."""

from datetime import date, timedelta
from typing import Any

import pytest

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.models import Alert, Discharge
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.plans import plans
from monitoring.take_home import columns
from monitoring.worklists.transfers import discharges, hand_overs
from monitoring.worklists.transfers.discharges import AlreadyEnded, DayNotPossible, HandOverOpen, SafetyAlertOpen
from patients.models import ClinicRole, Episode
from patients.models.people import Role
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

TODAY = NOW.date()


def end(world: World, **more: Any) -> Discharge:
    given = {
        "episode": world.episode,
        "on": TODAY,
        "takes_over": "Dr Gray, general practice",
        "summary": "Walking helped.",
        "keeps_account": True,
        "by": world.chris,
        "at": NOW,
    }
    return discharges.discharge(**given | more)


def may_sign_in(world: World) -> bool:
    return ClinicRole.objects.filter(user=world.ann, role=Role.PATIENT, ended_at__isnull=True).exists()


def test_care_ends_on_the_day_and_the_patient_takes_home_who_takes_over(north: World) -> None:
    end(north)

    assert Episode.objects.get(pk=north.episode.pk).ended_on == TODAY
    [table] = [one for one in columns.load(north.episode.patient) if one.name == "discharges"]
    assert table.rows[0]["takes_over"] == "Dr Gray, general practice"
    assert may_sign_in(north)


def test_the_account_closes_where_that_was_chosen(north: World) -> None:
    end(north, keeps_account=False)

    assert not may_sign_in(north)


def test_who_has_no_account_is_discharged_too(north: World) -> None:
    episode = factories.make_episode(factories.make_patient("Pat Paper"), team=(north.chris,))

    end(north, episode=episode, keeps_account=False)

    assert discharges.of_episode(episode) is not None


@pytest.mark.parametrize("kind", discharges.STOPS_DISCHARGE)
def test_an_open_safety_alert_and_a_warning_of_the_body_stop_it(north: World, kind: AlertKind) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=kind, tier=Tier.URGENT, at=NOW)

    with pytest.raises(SafetyAlertOpen) as problem:
        end(north)

    assert problem.value.alert == alert
    assert Episode.objects.get(pk=north.episode.pk).ended_on is None


def test_once_the_safety_answer_is_closed_care_can_end(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 10).date())
    factories.make_check_in(north.episode, by=north.ann, items={"PHQ-9": factories.phq9(item_9=1)})
    alert = Alert.objects.get(kind=AlertKind.RISK_ANSWER)
    alerts.close(
        alert=alert,
        by=north.chris,
        version=alert.version,
        action=ActionCode.TALKED,
        note="Talked; the plan was gone through.",
        at=NOW,
        **factories.read(alert),
    )

    assert end(north).takes_over


def test_another_alert_is_told_and_stays_open(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    assert discharges.standing(north.episode).alerts == (alert,)
    end(north)

    assert Alert.objects.get(pk=alert.pk).is_open


def test_a_question_that_waits_for_an_answer_stops_it(north: World) -> None:
    hand_overs.ask(episode=north.episode, to=north.dana, by=north.chris, at=NOW)

    with pytest.raises(HandOverOpen):
        end(north)


def test_care_ends_once(north: World) -> None:
    end(north)

    with pytest.raises(AlreadyEnded):
        end(north)


@pytest.mark.parametrize("on", [TODAY + timedelta(days=2), date(2020, 1, 1)])
def test_the_last_day_lies_within_the_period_of_care(north: World, on: date) -> None:
    with pytest.raises(DayNotPossible):
        end(north, on=on)


def test_after_it_no_week_opens(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 10).date())
    plans.open_due_slots(at=NOW)
    end(north)

    assert plans.open_due_slots(at=NOW + WEEK) == 0
