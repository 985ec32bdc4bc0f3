"""The outbox: owed in the transaction, delivered later, retried, and never telling what it is about."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.messages import notifications
from monitoring.models import Alert, Notification
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.models.notifications import NotificationState
from monitoring.operations import tasks
from patients.care import teams
from patients.people import people
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW


@pytest.fixture
def owed(north: World) -> Notification:
    evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)
    return Notification.objects.get()


def deliver(message: Notification, *, at=NOW) -> bool:
    return notifications.deliver(clinic_id=message.clinic_id, notification_id=message.pk, at=at)


def test_a_message_goes_out_once(owed: Notification, mailoutbox: list[mail.EmailMessage]) -> None:
    assert deliver(owed) is True
    assert deliver(owed, at=NOW + timedelta(hours=1)) is False

    assert [message.to for message in mailoutbox] == [["chris@north.example"]]
    owed.refresh_from_db()
    assert (owed.state, owed.sent_at) == (NotificationState.SENT, NOW)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server is away: no one listens at the port that the settings name."""
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
    monkeypatch.setattr(settings, "EMAIL_PORT", 1)


def test_a_refused_message_waits_longer_each_time_and_is_tried_for_as_long_as_its_alert_is_open(
    owed: Notification, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(monkeypatch)
    waits, at = [], NOW
    while at - NOW < timedelta(hours=30):
        assert deliver(owed, at=at) is False
        owed.refresh_from_db()
        assert owed.state == NotificationState.QUEUED
        waits.append(owed.due_at - at)
        at = owed.due_at

    assert waits[0] == timedelta(minutes=2)
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=1)
    assert caplog.text.count("a message was refused") == len(waits)
    assert "chris@" not in caplog.text


def test_thirty_hours_of_refused_mail_are_a_log_line_a_banner_and_a_red_healthz(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        evidence.raise_alert(episode=world.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=now)
    tasks.run_sweep(at=now)
    client.force_login(world.chris)
    assert client.get("/healthz").status_code == 200
    with clinic_context(clinic_id=world.clinic.pk):
        alert = Alert.objects.get()
        evidence.raise_alert(episode=world.episode, kind=alert.kind, tier=Tier.URGENT, at=now)
    refuse(monkeypatch)
    for minutes in (0, 3, 10, 30 * 60):
        tasks.run_sweep(at=now + timedelta(minutes=minutes))

    health = client.get("/healthz")
    assert (health.status_code, health.json()["mail_refused"]) == (503, 2)
    assert "messages about alerts are refused" in caplog.text
    assert "E-mails about alerts have been refused since" in client.get("/caseload/").content.decode()
    other = Client()
    other.force_login(world.eve)
    assert "E-mails about alerts have been refused" not in other.get("/caseload/").content.decode()

    monkeypatch.undo()
    tasks.run_sweep(at=now + timedelta(hours=32))
    assert client.get("/healthz").json()["mail_refused"] == 0
    assert "E-mails about alerts have been refused" not in client.get("/caseload/").content.decode()


def test_what_is_closed_before_it_went_out_is_not_sent_any_more(
    north: World, owed: Notification, mailoutbox: list[object]
) -> None:
    alert = owed.alert
    alerts.close(alert=alert, by=north.chris, version=alert.version, action="talked", note="Rang.", at=NOW)

    assert deliver(owed) is False

    owed.refresh_from_db()
    assert (owed.state, mailoutbox) == (NotificationState.DROPPED, [])


def test_a_safety_answer_is_told_to_the_care_team_and_to_the_coordinators_who_triage(north: World) -> None:
    evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)

    assert {row.recipient for row in Notification.objects.all()} == {north.chris, north.cora}


def test_what_gets_louder_is_told_again_and_what_does_not_is_not(north: World) -> None:
    def told() -> int:
        return Notification.objects.filter(recipient=north.chris).count()

    def said(tier: Tier, *, comes_first: bool = False) -> None:
        evidence.raise_alert(
            episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=tier, comes_first=comes_first, at=NOW
        )

    said(Tier.REVIEW)
    said(Tier.REVIEW)
    assert told() == 1
    said(Tier.URGENT)
    assert told() == 2
    said(Tier.URGENT, comes_first=True)
    assert told() == 3
    said(Tier.URGENT)
    said(Tier.URGENT, comes_first=True)
    assert told() == 3


def test_a_message_is_not_sent_before_it_is_due(owed: Notification, mailoutbox: list[object]) -> None:
    assert deliver(owed, at=NOW - timedelta(minutes=1)) is False
    assert mailoutbox == []


def test_who_leaves_the_clinic_leaves_nobody_alone(north: World, client: Client) -> None:
    leaving = people.held_roles().get(user=north.chris)
    people.end_role(role=leaving, by=north.cora, at=NOW)

    evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    assert Notification.objects.get().recipient == north.cora
    assert teams.responsible_clinician(north.episode) is None
    client.force_login(north.cora)
    page = f"/p/{north.episode.pk}/team/"
    assert page in client.get(f"/p/{north.episode.pk}/").content.decode()
    client.post(page, {"member": str(north.dana.pk), "is_responsible": "on"})
    assert teams.responsible_clinician(north.episode) == north.dana


def test_without_a_care_team_the_coordinators_are_told(north: World) -> None:
    north.episode.care_team.update(left_at=NOW)

    evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)

    assert [row.recipient for row in Notification.objects.all()] == [north.cora]


def test_messages_that_were_given_up_wait_again_where_their_alert_is_open(north: World) -> None:
    """The data migration, on a filled table."""
    given_up = import_module("monitoring.migrations.0017_refused_messages_wait").Migration.operations[0].sql
    still_open = evidence.raise_alert(episode=north.episode, kind=AlertKind.RELAPSE, tier=Tier.REVIEW, at=NOW)
    closed = evidence.raise_alert(episode=north.episode, kind=AlertKind.SIDE_EFFECT, tier=Tier.REVIEW, at=NOW)
    alerts.close(alert=closed, by=north.chris, version=1, action=ActionCode.TALKED, note="Rang.", at=NOW)
    Notification.objects.update(state="failed")

    with connection.cursor() as cursor:
        cursor.execute(given_up)

    states = dict(Notification.objects.values_list("alert", "state"))
    assert states == {still_open.pk: NotificationState.QUEUED, closed.pk: NotificationState.DROPPED}
