"""Nothing changes until a named colleague accepts, and nothing is handed to nobody."""

from datetime import timedelta
from typing import Any

import pytest

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.models import Alert, AlertEvent, HandOver, HandOverLetter
from monitoring.models.alerts import AlertKind
from monitoring.models.care import HandOverState
from monitoring.worklists.transfers import hand_overs
from monitoring.worklists.transfers.hand_overs import (
    HandOverConflict,
    HandOverWaits,
    NotTheOneAsked,
    ReasonMissing,
    ReceiverNotPossible,
)
from patients.access.permissions import visible_episodes
from patients.care import teams
from patients.models import AuditEvent
from patients.people import people
from tests.conftest import World
from tests.factories import NOW, WEEK

SOON = NOW + timedelta(hours=1)


def ask(world: World, **more: Any) -> HandOver:
    return hand_overs.ask(
        **{"episode": world.episode, "to": world.dana, "note": "Look at sleep.", "by": world.chris, "at": NOW} | more
    )


def responsible(world: World) -> str:
    return str(teams.responsible_clinician(world.episode))


def told(hand_over: HandOver) -> list[str]:
    letters = HandOverLetter.objects.filter(hand_over=hand_over, occasion=hand_over.version)
    return sorted(str(letter.recipient) for letter in letters)


def test_until_it_is_accepted_the_one_before_stays_responsible_and_the_colleague_is_told(north: World) -> None:
    hand_over = ask(north)

    assert (responsible(north), hand_over.state, told(hand_over)) == ("Chris", "waiting", ["Dana"])
    assert not visible_episodes(user=north.dana, roles=frozenset({"clinician"})).filter(pk=north.episode.pk).exists()


def test_who_accepts_is_responsible_gets_the_open_alerts_and_nobody_is_removed(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)
    alerts.acknowledge(alert=alert, by=north.chris, version=alert.version, at=NOW)
    loose = evidence.raise_alert(episode=north.episode, kind=AlertKind.CONTACT_WISH, tier=Tier.PRIORITY, at=NOW)
    hand_over = ask(north)

    done = hand_overs.accept(hand_over=hand_over, version=hand_over.version, by=north.dana, at=SOON)

    assert (responsible(north), done.state, told(done)) == ("Dana", "accepted", ["Chris"])
    assert {str(one) for one in teams.care_team(north.episode)} == {"Chris", "Dana"}
    assert Alert.objects.get(pk=alert.pk).owner == north.dana
    assert AlertEvent.objects.filter(alert=alert, receiver=north.dana).exists()
    assert Alert.objects.get(pk=loose.pk).owner is None


def test_who_returns_it_says_why_and_nothing_changes(north: World) -> None:
    hand_over = ask(north)

    with pytest.raises(ReasonMissing):
        hand_overs.give_back(hand_over=hand_over, version=1, reason=" ", by=north.dana, at=SOON)
    done = hand_overs.give_back(hand_over=hand_over, version=1, reason="I am away in May.", by=north.dana, at=SOON)

    assert (done.state, done.reason, responsible(north), told(done)) == (
        "returned",
        "I am away in May.",
        "Chris",
        ["Chris"],
    )


def test_only_who_was_asked_answers(north: World) -> None:
    hand_over = ask(north)

    for step in (hand_overs.accept, hand_overs.give_back):
        reason = {"reason": "No."} if step is hand_overs.give_back else {}
        with pytest.raises(NotTheOneAsked):
            step(hand_over=hand_over, version=1, by=north.cora, at=SOON, **reason)


def test_what_was_taken_back_cannot_be_accepted_any_more(north: World) -> None:
    hand_over = ask(north)
    done = hand_overs.withdraw(hand_over=hand_over, version=1, by=north.chris, at=SOON)

    with pytest.raises(HandOverConflict) as problem:
        hand_overs.accept(hand_over=hand_over, version=1, by=north.dana, at=SOON)

    assert problem.value.hand_over.state == HandOverState.WITHDRAWN
    assert (responsible(north), told(done)) == ("Chris", ["Dana"])


def test_one_is_asked_at_a_time(north: World) -> None:
    ask(north)

    with pytest.raises(HandOverWaits):
        ask(north)


def test_who_is_responsible_a_coordinator_and_a_stranger_cannot_be_asked(north: World) -> None:
    for nobody in (north.chris, north.cora, north.eve, north.ann):
        with pytest.raises(ReceiverNotPossible):
            ask(north, to=nobody)


def test_nobody_is_handed_over_after_care(north: World) -> None:
    type(north.episode).objects.filter(pk=north.episode.pk).update(ended_on=NOW.date())

    with pytest.raises(ReceiverNotPossible):
        ask(north)


def test_without_an_answer_it_is_taken_back_at_the_end_of_the_third_working_day(north: World) -> None:
    hand_over = ask(north)  # Monday at eleven in Berlin

    assert hand_over.lapses_at.isoformat() == "2026-11-19T16:00:00+00:00"
    assert hand_overs.lapse(at=hand_over.lapses_at - timedelta(seconds=1)) == 0
    assert hand_overs.lapse(at=hand_over.lapses_at) == 1
    assert hand_overs.lapse(at=hand_over.lapses_at) == 0
    lapsed = HandOver.objects.get(pk=hand_over.pk)
    assert (lapsed.state, responsible(north), told(lapsed)) == ("lapsed", "Chris", ["Chris", "Dana"])


def test_a_clinic_without_hours_waits_five_days(north: World) -> None:
    north.episode.clinic.staffed_weekdays = []
    north.episode.clinic.save()

    assert ask(north).lapses_at == NOW + timedelta(days=5)


def test_who_leaves_the_clinic_can_answer_no_more(north: World) -> None:
    ask(north)
    role = people.held_roles().get(user=north.dana)
    people.end_role(role=role, by=north.sam, at=SOON)

    assert hand_overs.lapse(at=SOON) == 1


def test_who_was_asked_sees_the_request_and_no_other_and_it_is_traced(north: World) -> None:
    hand_over = ask(north)
    seen = visible_episodes(user=north.dana, roles=frozenset({"clinician"}))

    assert [row.pk for row in hand_overs.seen_by(user=north.dana, episodes=seen)] == [hand_over.pk]
    assert hand_overs.news_of(north.dana, at=SOON) == {"waiting": 1, "ended": 0}
    hand_overs.record_reading(hand_over, by=north.dana, at=SOON)
    traced = AuditEvent.objects.get(action="hand_over_read")
    assert (traced.actor_id, traced.patient_id) == (north.dana.pk, north.episode.patient_id)
    hand_overs.give_back(hand_over=hand_over, version=1, reason="No room.", by=north.dana, at=SOON)
    assert not hand_overs.seen_by(user=north.dana, episodes=seen).exists()


def test_somebody_without_a_responsible_clinician_can_be_handed_over_too(north: World) -> None:
    people.end_role(role=people.held_roles().get(user=north.chris), by=north.sam, at=NOW)
    hand_over = ask(north, by=north.cora)

    hand_overs.accept(hand_over=hand_over, version=1, by=north.dana, at=SOON)

    assert (hand_over.before, responsible(north)) == (None, "Dana")


def test_who_asked_reads_for_a_week_that_it_was_answered_or_ran_out(north: World) -> None:
    hand_over = ask(north)
    assert hand_overs.news_of(north.chris, at=SOON) == {"waiting": 0, "ended": 0}
    hand_overs.give_back(hand_over=hand_over, version=1, reason="No room.", by=north.dana, at=SOON)

    assert hand_overs.news_of(north.chris, at=SOON) == {"waiting": 0, "ended": 1}
    assert hand_overs.news_of(north.dana, at=SOON) == {"waiting": 0, "ended": 0}
    assert hand_overs.news_of(north.chris, at=SOON + WEEK) == {"waiting": 0, "ended": 0}
    lapsed = ask(north, at=SOON + WEEK)
    hand_overs.lapse(at=lapsed.lapses_at)
    assert hand_overs.news_of(north.chris, at=lapsed.lapses_at) == {"waiting": 0, "ended": 1}


def test_every_state_has_its_steps_and_its_trace() -> None:
    assert set(hand_overs.TRANSITIONS) == set(HandOverState)
    assert hand_overs.TRANSITIONS[HandOverState.WAITING] == set(hand_overs.AUDIT_OF)


def test_a_second_question_is_possible_after_the_first_has_ended(north: World) -> None:
    hand_over = ask(north)
    hand_overs.lapse(at=NOW + WEEK)

    assert ask(north, at=NOW + WEEK).pk != hand_over.pk
