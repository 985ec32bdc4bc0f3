"""An alert is left alone as agreed with the patient: never about safety, and never longer or quieter than agreed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from monitoring.alerts import alerts, evidence, pauses
from monitoring.alerts.pauses import Agreed, LevelNotPossible, PauseNotAllowed
from monitoring.engine.records import Direction, Domain, Finding, FindingKind, Tier
from monitoring.escalation import steps
from monitoring.models import Alert, Assessment, ExpectedLevel, Notification
from monitoring.models.alerts import ActionCode, AlertKind, AlertState, StepKind
from patients.models.audit import AuditAction, AuditEvent
from tests import factories
from tests.conftest import World
from tests.factories import NOW

WEEK = timedelta(days=7)


def fall(
    after: float, *, domain: Domain = Domain.SLEEP, also: tuple[str, ...] = (), tier: Tier = Tier.REVIEW
) -> Finding:
    parts: dict[str, Any] = {"after_mean": after, "before_mean": 7.0, "name": str(domain), "also": list(also)}
    return Finding(
        kind=FindingKind.DETERIORATION,
        tier=tier,
        domain=domain,
        direction=Direction.HIGHER_IS_BETTER,
        onset_on=NOW.date(),
        parts=parts,
    )


def found(world: World, *findings: Finding, at=NOW) -> Alert | None:
    run = Assessment.objects.create(
        episode=world.episode, as_of=at, engine_version="test", rules_digest="test", assessed_at=at
    )
    evidence.record_findings(episode=world.episode, findings=findings, assessment=run, as_of=at, at=at)
    return Alert.objects.filter(episode=world.episode, kind=AlertKind.DETERIORATION).first()


def pause(world: World, alert: Alert, **given: Any) -> Alert:
    values = {"until": NOW + WEEK, "note": "Moving house this week.", "version": alert.version, "at": NOW} | given
    return pauses.pause(alert=alert, by=world.chris, **values)


def the_alert(world: World) -> Alert:
    alert = found(world, fall(4.0))
    assert alert is not None
    return alert


def test_a_paused_alert_leaves_the_list_and_comes_back_by_itself(north: World) -> None:
    alert = pause(north, the_alert(north))

    assert list(Alert.objects.waiting()) == []
    assert (alert.next_step, alert.next_step_at) == (StepKind.WOKEN, NOW + WEEK)
    assert steps.run(at=NOW + WEEK - timedelta(minutes=1)) == 0

    assert steps.run(at=NOW + WEEK) == 1
    woken = Alert.objects.waiting().get()
    assert woken.owner == north.chris
    assert woken.due_at is not None and woken.due_at > NOW + WEEK
    assert Notification.objects.filter(alert=alert, step=1).get().recipient == north.chris
    assert AuditEvent.objects.filter(action=AuditAction.ALERT_SNOOZED).exists()


def test_what_is_found_again_as_loud_as_before_does_not_wake_it_and_what_is_louder_does(north: World) -> None:
    pause(north, the_alert(north))

    found(north, fall(4.0), at=NOW + timedelta(days=1))
    assert not Alert.objects.waiting().exists()

    found(north, fall(4.0, tier=Tier.PRIORITY), at=NOW + timedelta(days=2))
    assert Alert.objects.waiting().get().tier == Tier.PRIORITY


def test_while_the_agreed_level_holds_nobody_is_paged_and_below_it_somebody_is(north: World) -> None:
    alert = pause(north, the_alert(north), agreed=Agreed(level=3.5))

    found(north, fall(3.5), at=NOW + timedelta(days=1))
    assert not Alert.objects.waiting().exists()
    found(north, fall(3.4), at=NOW + timedelta(days=2))

    assert Alert.objects.waiting().get() == alert
    assert Alert.objects.get().snoozed_until is None


def test_another_rating_that_falls_too_is_not_covered_by_the_level(north: World) -> None:
    alert = the_alert(north)
    pauses.accept(
        alert=alert, by=north.chris, version=alert.version, agreed=Agreed(level=3.5), note="Shift work.", at=NOW
    )

    found(north, fall(4.0, also=("energy",)), at=NOW + WEEK * 9)

    assert Alert.objects.waiting().get().state == AlertState.NEW


def test_a_new_normal_closes_the_alert_and_stays_until_somebody_ends_it(north: World) -> None:
    alert = the_alert(north)
    closed = pauses.accept(
        alert=alert, by=north.chris, version=alert.version, agreed=Agreed(level=3.5), note="Shift work.", at=NOW
    )
    assert (closed.state, closed.closed_action) == (AlertState.CLOSED, ActionCode.NEW_NORMAL)

    found(north, fall(4.0), at=NOW + WEEK * 9)
    assert not Alert.objects.waiting().exists()

    pauses.end_level(level=pauses.standing(north.episode).get(), by=north.chris, at=NOW + WEEK * 9)
    found(north, fall(4.0), at=NOW + WEEK * 10)
    assert Alert.objects.waiting().exists()
    with pytest.raises(alerts.StepNotAllowed):
        pauses.end_level(level=ExpectedLevel.objects.get(), by=north.chris, at=NOW + WEEK * 10)


def test_a_level_ends_with_its_day(north: World) -> None:
    pause(north, the_alert(north), agreed=Agreed(level=3.5))

    assert pauses.expected(north.episode, at=NOW + WEEK).levels == {"sleep": 3.5}
    assert pauses.expected(north.episode, at=NOW + WEEK + timedelta(days=1)).levels == {}


def test_a_level_of_a_scale_that_runs_down_is_read_the_other_way(north: World) -> None:
    agreed = pauses.AgreedLevels(levels={"pain": 5.0})
    pain = Finding(
        kind=FindingKind.DETERIORATION, tier=Tier.REVIEW, domain=Domain.PAIN, direction=Direction.HIGHER_IS_WORSE,
        parts={"after_mean": 5.5},
    )  # fmt: skip

    assert agreed.is_worse(pain)
    assert not agreed.covers(pain)


def test_a_safety_alert_is_never_paused_in_code_or_database(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)

    with pytest.raises(PauseNotAllowed):
        pause(north, alert)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(snoozed_until=NOW + WEEK)


@pytest.mark.parametrize("cause", ["alert", "answer"])
def test_mood_is_not_paused_while_safety_is_in_question(north: World, cause: str) -> None:
    mood = found(north, fall(3.0, domain=Domain.MOOD))
    assert mood is not None
    assert pauses.may_pause(mood)
    if cause == "alert":
        evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    else:
        factories.make_plan(north.episode, instruments={"PHQ-9": 1})
        factories.make_check_in(north.episode, by=north.ann, at=NOW, items={"PHQ-9": factories.phq9(item_9=1)})

    with pytest.raises(PauseNotAllowed):
        pause(north, mood)
    with pytest.raises(PauseNotAllowed):
        pauses.accept(alert=mood, by=north.chris, version=mood.version, agreed=Agreed(level=3), note="No.", at=NOW)


def test_sleep_may_be_paused_while_safety_is_in_question(north: World) -> None:
    sleep = the_alert(north)
    evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)

    assert pauses.may_pause(sleep)


@pytest.mark.parametrize("until", [NOW, NOW - WEEK, NOW + timedelta(days=29)], ids=["now", "over", "too far"])
def test_a_pause_ends_within_four_weeks(north: World, until: Any) -> None:
    with pytest.raises(PauseNotAllowed):
        pause(north, the_alert(north), until=until)


def test_a_pause_needs_its_reason_and_the_alert_that_was_on_the_screen(north: World) -> None:
    alert = the_alert(north)

    with pytest.raises(alerts.NoteMissing):
        pause(north, alert, note="  ")
    with pytest.raises(alerts.AlertConflict):
        pause(north, alert, version=alert.version + 1)


@pytest.mark.parametrize("level", [-1.0, 10.5])
def test_a_level_lies_on_its_scale(north: World, level: float) -> None:
    with pytest.raises(LevelNotPossible):
        pause(north, the_alert(north), agreed=Agreed(level=level))


def test_an_alert_about_no_single_rating_has_no_level(north: World) -> None:
    several = found(north, fall(3.0, also=("energy",)))
    assert several is not None
    assert pauses.series_of(several) == ""
    with pytest.raises(LevelNotPossible):
        pause(north, several, agreed=Agreed(level=3))


def test_the_next_staffed_hour_is_an_hour_from_now_or_the_opening(north: World) -> None:
    alert = the_alert(north)
    alert.episode.clinic = north.clinic

    assert pauses.next_staffed_hour(alert, at=NOW) == NOW + timedelta(hours=1)
    saturday = NOW + timedelta(days=5)
    opening = pauses.next_staffed_hour(alert, at=saturday)
    assert opening is not None and opening.date() == date(2026, 11, 23)


def test_whoever_takes_a_paused_alert_wakes_it(north: World) -> None:
    alert = pause(north, the_alert(north))

    alerts.start_work(alert=alert, by=north.chris, version=alert.version, note="Rang all the same.", at=NOW)

    assert Alert.objects.waiting().get() == alert
