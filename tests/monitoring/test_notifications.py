"""The outbox: owed in the transaction, delivered later, retried, and never telling what it is about."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from monitoring import alerts, notifications
from monitoring.engine.records import Tier
from monitoring.models import Notification
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationState
from patients import care, people
from tests.conftest import World
from tests.factories import NOW


@pytest.fixture
def owed(north: World) -> Notification:
    alerts.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    return Notification.objects.get()


def deliver(message: Notification, *, at=NOW) -> bool:
    return notifications.deliver(clinic_id=message.clinic_id, notification_id=message.pk, at=at)


def test_a_message_goes_out_once(owed: Notification, mailoutbox: list[mail.EmailMessage]) -> None:
    assert deliver(owed) is True
    assert deliver(owed, at=NOW + timedelta(hours=1)) is False

    assert [message.to for message in mailoutbox] == [["chris@north.example"]]
    owed.refresh_from_db()
    assert (owed.state, owed.sent_at) == (NotificationState.SENT, NOW)


def test_a_refused_message_waits_longer_each_time_and_fails_after_a_day(
    owed: Notification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(mail, "send_mail", refuse)
    waits = []
    at = NOW
    while True:
        assert deliver(owed, at=at) is False
        owed.refresh_from_db()
        if owed.state == NotificationState.FAILED:
            break
        waits.append(owed.due_at - at)
        at = owed.due_at

    assert waits[0] == timedelta(minutes=2)
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=1)
    assert at - NOW > timedelta(hours=24)


def test_a_message_is_not_sent_before_it_is_due(owed: Notification, mailoutbox: list[object]) -> None:
    assert deliver(owed, at=NOW - timedelta(minutes=1)) is False
    assert mailoutbox == []


def test_who_leaves_the_clinic_leaves_nobody_alone(north: World, client: Client) -> None:
    leaving = people.held_roles().get(user=north.chris)
    people.end_role(role=leaving, by=north.cora, at=NOW)

    alerts.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    assert Notification.objects.get().recipient == north.cora
    assert care.responsible_clinician(north.episode) is None
    client.force_login(north.cora)
    page = f"/p/{north.episode.pk}/team/"
    assert page in client.get(f"/p/{north.episode.pk}/").content.decode()
    client.post(page, {"member": str(north.dana.pk), "is_responsible": "on"})
    assert care.responsible_clinician(north.episode) == north.dana


def test_without_a_care_team_the_coordinators_are_told(north: World) -> None:
    north.episode.care_team.update(left_at=NOW)

    alerts.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    assert [row.recipient for row in Notification.objects.all()] == [north.cora]
