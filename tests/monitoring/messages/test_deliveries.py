"""A message that comes back marks its address, and its alert is told to whoever is next."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core import mail

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.messages import deliveries, notifications
from monitoring.models import Alert, Notification
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationState
from monitoring.operations import tasks
from patients.models import User
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW

LATER = NOW + timedelta(minutes=5)


def report(kind: str, address: str, *, at: datetime = LATER, sent: datetime | None = None) -> int:
    event = SimpleNamespace(event_type=kind, recipient=address, timestamp=sent or at)
    return deliveries.take_in([event], at=at)


def sent_to(mailoutbox: list[mail.EmailMessage]) -> list[str]:
    addresses = [message.to[0].partition("@")[0] for message in mailoutbox]
    mailoutbox.clear()
    return addresses


def raise_one(world: World, *, at: datetime = NOW) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        evidence.raise_alert(episode=world.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=at)


@pytest.fixture
def told(world: World, mailoutbox: list[mail.EmailMessage]) -> World:
    """Chris, alone on Ann's care team, was mailed about her alert."""
    raise_one(world)
    tasks.run_sweep(at=NOW)
    assert sent_to(mailoutbox) == ["chris"]
    return world


@pytest.mark.parametrize("kind", sorted(deliveries.RETURNED))
def test_a_message_that_comes_back_is_told_to_the_next_with_the_next_sweep(
    told: World, mailoutbox: list[mail.EmailMessage], kind: str
) -> None:
    assert report(kind, " Chris@North.example ") == 1

    tasks.run_sweep(at=LATER)

    assert sent_to(mailoutbox) == ["cora"]
    assert User.objects.get(pk=told.chris.pk).mail_returned_at == LATER
    tasks.run_sweep(at=LATER + timedelta(minutes=1))
    assert mailoutbox == []


@pytest.mark.parametrize("kind", ["deferred", "opened", "sent", "unknown", "delivered"])
def test_a_delay_and_whatever_else_happens_to_mail_marks_nobody(
    told: World, mailoutbox: list[mail.EmailMessage], kind: str
) -> None:
    assert report(kind, "chris@north.example") == 0

    tasks.run_sweep(at=LATER)

    assert mailoutbox == []
    assert User.objects.filter(mail_returned_at__isnull=False).count() == 0


@pytest.mark.parametrize("address", ["nobody@north.example", "", None])
def test_a_report_about_nobody_of_ours_changes_nothing(told: World, address: str | None) -> None:
    assert report("bounced", address) == 0


def test_new_alerts_go_to_the_next_while_an_address_gives_mail_back(
    world: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    report("bounced", "chris@north.example", at=NOW)
    raise_one(world)

    tasks.run_sweep(at=NOW)

    assert sent_to(mailoutbox) == ["cora"]


def test_when_nobody_who_can_answer_has_mail_the_admins_are_told(
    world: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    for name in ("chris", "cora"):
        report("bounced", f"{name}@north.example", at=NOW)
    raise_one(world)

    tasks.run_sweep(at=NOW)

    assert sent_to(mailoutbox) == ["sam"]


def test_when_nobody_at_all_has_mail_it_is_tried_all_the_same(
    world: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    for name in ("chris", "cora", "sam"):
        report("bounced", f"{name}@north.example", at=NOW)
    raise_one(world)

    tasks.run_sweep(at=NOW)

    assert sent_to(mailoutbox) == ["chris"]


def test_of_several_recipients_those_with_mail_are_enough(north: World) -> None:
    User.objects.filter(pk=north.chris.pk).update(mail_returned_at=NOW)
    evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)

    assert [row.recipient for row in Notification.objects.all()] == [north.cora]


def test_who_is_asked_for_by_name_and_has_no_mail_is_replaced_too(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=NOW)
    User.objects.filter(pk=north.chris.pk).update(mail_returned_at=NOW)
    north.chris.refresh_from_db()

    assert notifications.queue(alert=alert, to=[north.chris], at=NOW) == 1

    assert Notification.objects.filter(recipient=north.cora, state=NotificationState.QUEUED).exists()


def test_an_alert_that_somebody_has_taken_or_that_is_old_is_not_told_again(
    told: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    with clinic_context(clinic_id=told.clinic.pk):
        alert = Alert.objects.get()
        alerts.acknowledge(alert=alert, by=told.chris, version=alert.version, at=NOW)
    report("bounced", "chris@north.example", at=NOW + deliveries.LATELY + timedelta(minutes=1))

    tasks.run_sweep(at=NOW + timedelta(days=4))

    assert "cora" not in sent_to(mailoutbox)


def test_mail_that_arrives_frees_the_address_unless_it_was_sent_before_the_return(told: World) -> None:
    report("bounced", "chris@north.example", at=LATER)

    assert report("delivered", "chris@north.example", at=LATER, sent=NOW) == 0
    assert report("delivered", "chris@north.example", at=LATER, sent=LATER + timedelta(minutes=1)) == 1
    assert User.objects.get(pk=told.chris.pk).mail_returned_at is None


def test_a_message_to_the_only_address_there_is_is_not_sent_again_and_again(
    told: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    for name in ("chris", "cora", "sam"):
        report("bounced", f"{name}@north.example")

    for minutes in range(1, 4):
        tasks.run_sweep(at=LATER + timedelta(minutes=minutes))

    assert mailoutbox == []


def test_who_says_that_the_address_works_is_mailed_again(told: World, mailoutbox: list[mail.EmailMessage]) -> None:
    report("bounced", "chris@north.example")
    with clinic_context(clinic_id=told.clinic.pk):
        deliveries.works_again(by=told.chris, at=LATER)
        told.chris.refresh_from_db()
        evidence.raise_alert(episode=told.episode, kind=AlertKind.RELAPSE, tier=Tier.REVIEW, at=LATER)

    tasks.run_sweep(at=LATER)

    assert sent_to(mailoutbox) == ["chris", "chris"], "what came back, and what is new"
