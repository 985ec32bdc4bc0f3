"""What the computer brings to an alert: one for a matter, louder or again, and when it stays quiet."""

from datetime import timedelta

import pytest

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Finding, FindingKind, Tier
from monitoring.models import Alert, AlertEvent, Notification
from monitoring.models.alerts import AlertEventKind, AlertKind, AlertState
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.alerts.raising import close_it, raise_one


def test_the_same_signal_joins_the_open_alert(north: World) -> None:
    first = raise_one(north)
    second = raise_one(north, at=NOW + timedelta(days=7))

    assert first.pk == second.pk
    assert list(second.events.order_by("at").values_list("kind", flat=True)) == ["raised", "seen_again"]


def test_a_louder_tier_shortens_the_clock_and_a_quieter_one_does_not_lengthen_it(north: World) -> None:
    alert = raise_one(north)
    later = alert.due_at

    urgent = raise_one(north, tier=Tier.URGENT)
    again = raise_one(north, tier=Tier.REVIEW)

    assert urgent.due_at < later
    assert again.due_at == urgent.due_at
    assert again.tier == Tier.URGENT


def test_a_closed_signal_that_simply_goes_on_stays_closed_for_eight_weeks(north: World) -> None:
    alert = close_it(north, raise_one(north))

    still = raise_one(north, at=NOW + timedelta(weeks=1))
    assert still.state == AlertState.CLOSED

    late = raise_one(north, at=NOW + timedelta(weeks=8))
    assert late.pk == alert.pk
    assert late.state == AlertState.NEW


def test_a_signal_that_had_cleared_reopens_its_alert_with_its_history(north: World) -> None:
    alert = raise_one(north)
    alert = alerts.acknowledge(alert=alert, by=north.chris, version=alert.version, at=NOW)
    alert = close_it(north, alert)
    assert alert.owner == north.chris
    evidence.mark_cleared(episode=north.episode, kinds=[], at=NOW + timedelta(weeks=1))

    back = raise_one(north, at=NOW + timedelta(weeks=2))

    assert back.pk == alert.pk
    assert back.state == AlertState.NEW
    assert back.owner is None
    kinds = list(AlertEvent.objects.filter(alert=back).order_by("at", "id").values_list("kind", flat=True))
    assert kinds == [
        AlertEventKind.RAISED,
        AlertEventKind.ACKNOWLEDGED,
        AlertEventKind.CLOSED,
        AlertEventKind.REOPENED,
    ]


def test_a_louder_tier_never_gives_a_later_clock(north: World) -> None:
    """Due at ten and not looked at: at half past nine it gets louder, and is still due at ten."""
    alert = raise_one(north)
    Alert.objects.filter(pk=alert.pk).update(due_at=NOW + timedelta(minutes=30))

    assert raise_one(north, tier=Tier.URGENT).due_at == NOW + timedelta(minutes=30)


def test_of_one_matter_only_one_alert_is_open(north: World) -> None:
    closed = close_it(north, raise_one(north))
    Alert.objects.filter(pk=closed.pk).update(kind=AlertKind.SIDE_EFFECT)
    other = raise_one(north)
    Alert.objects.filter(pk=closed.pk).update(kind=AlertKind.DETERIORATION)

    with pytest.raises(alerts.AlreadyOpen) as refused:
        alerts.reopen(alert=closed, by=north.cora, version=closed.version, note="Not settled.", at=NOW)
    assert refused.value.alert.pk == other.pk


def finding(kind: FindingKind, tier: Tier) -> Finding:
    return Finding(kind=kind, tier=tier)


def test_findings_of_the_same_matter_raise_one_alert_with_the_loudest_reason(north: World) -> None:
    found = [finding(FindingKind.DETERIORATION, Tier.REVIEW), finding(FindingKind.SUDDEN_CHANGE, Tier.PRIORITY)]

    evidence.record_findings(episode=north.episode, findings=found, as_of=NOW, at=NOW)

    alert = Alert.objects.get()
    assert (alert.kind, alert.tier) == (AlertKind.DETERIORATION, Tier.PRIORITY)


@pytest.mark.parametrize("kind", FindingKind)
def test_nothing_below_review_and_no_improvement_pages_anybody(north: World, kind: FindingKind) -> None:
    found = [finding(kind, Tier.WATCH)]
    if kind in {FindingKind.IMPROVEMENT, FindingKind.RESPONSE, FindingKind.REMISSION}:
        found.append(finding(kind, Tier.URGENT))

    evidence.record_findings(episode=north.episode, findings=found, as_of=NOW, at=NOW)

    assert Alert.objects.count() == Notification.objects.count() == 0
