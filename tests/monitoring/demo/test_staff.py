"""The morning round of the invented staff: who takes an alert, by its age, and who settles it."""

from datetime import timedelta

import pytest

from monitoring.alerts import evidence
from monitoring.demo import staff
from monitoring.engine.records import Tier
from monitoring.models import Alert, AlertEvent
from monitoring.models.alerts import AlertKind, AlertState
from tests.conftest import World
from tests.factories import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def raise_at(world: World, kind: AlertKind, *, tier: Tier = Tier.REVIEW) -> Alert:
    return evidence.raise_alert(episode=world.episode, kind=kind, tier=tier, at=NOW)


@pytest.mark.parametrize(
    ("kind", "tier", "age", "state"),
    [
        (AlertKind.DETERIORATION, Tier.REVIEW, HOUR, AlertState.NEW),
        (AlertKind.DETERIORATION, Tier.REVIEW, DAY, AlertState.ACKNOWLEDGED),
        (AlertKind.DETERIORATION, Tier.REVIEW, 3 * DAY, AlertState.IN_PROGRESS),
        (AlertKind.DETERIORATION, Tier.URGENT, HOUR, AlertState.IN_PROGRESS),
        (AlertKind.RISK_ANSWER, Tier.REVIEW, HOUR, AlertState.IN_PROGRESS),
        (AlertKind.CONTACT_WISH, Tier.REVIEW, HOUR, AlertState.IN_PROGRESS),
    ],
)
def test_an_alert_is_taken_after_a_day_and_who_asks_for_help_is_called_at_once(
    north: World, kind: AlertKind, tier: Tier, age: timedelta, state: AlertState
) -> None:
    raise_at(north, kind, tier=tier)

    staff.morning_round(episodes=[north.episode], coordinator=north.cora, at=NOW + age)

    assert Alert.objects.get().state == state


@pytest.mark.parametrize(("kind", "closed_after"), [(AlertKind.RISK_ANSWER, DAY), (AlertKind.DETERIORATION, 18 * DAY)])
def test_a_round_closes_what_is_old_enough_with_a_note(north: World, kind: AlertKind, closed_after: timedelta) -> None:
    raise_at(north, kind)
    staff.morning_round(
        episodes=[north.episode],
        coordinator=north.cora,
        at=NOW + 3 * DAY if kind != AlertKind.RISK_ANSWER else NOW + HOUR,
    )

    staff.morning_round(episodes=[north.episode], coordinator=north.cora, at=NOW + closed_after - HOUR)
    assert Alert.objects.get().is_open

    staff.morning_round(episodes=[north.episode], coordinator=north.cora, at=NOW + closed_after)

    assert Alert.objects.get().state == AlertState.CLOSED
    action, _working, closing = staff.DEEDS[kind]
    assert AlertEvent.objects.filter(action=action, note=closing).exists()


def test_the_coordinator_calls_and_a_clinician_settles_a_safety_answer(north: World) -> None:
    raise_at(north, AlertKind.RISK_ANSWER)

    staff.morning_round(episodes=[north.episode], coordinator=north.cora, at=NOW + HOUR)
    staff.morning_round(episodes=[north.episode], coordinator=north.cora, at=NOW + DAY)

    by = dict(AlertEvent.objects.exclude(by=None).values_list("kind", "by__email"))
    assert by == {"started": "cora@north.example", "closed": "chris@north.example"}


def test_a_matter_of_treatment_is_the_responsible_clinicians(north: World) -> None:
    raise_at(north, AlertKind.DETERIORATION)

    staff.morning_round(episodes=[north.episode], coordinator=north.cora, at=NOW + DAY)

    assert Alert.objects.get().owner == north.chris


def test_every_colleague_has_a_key_of_their_own() -> None:
    everybody = [staff.ADMIN, *staff.STAFF]

    assert len({person.key for person in everybody}) == len(everybody) == 7


def test_a_round_goes_through_the_alerts_of_its_own_people_only(north: World) -> None:
    raise_at(north, AlertKind.CONTACT_WISH)

    staff.morning_round(episodes=[north.bens_episode], coordinator=north.cora, at=NOW + DAY)

    assert Alert.objects.get().state == AlertState.NEW
