"""The digest on Mondays: numbers alone, once, to who wants it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from monitoring.alerts import evidence
from monitoring.engine.records import Tier
from monitoring.messages import choices, digests, mailing
from monitoring.messages.choices import Wishes
from monitoring.models import MessageChoice
from monitoring.models.alerts import AlertKind
from monitoring.operations import tasks
from patients.models import Clinic, User
from patients.tenancy import clinic_context
from tests.conftest import World

SUNDAY = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def asked(world: World) -> World:
    """It is known whose digest is due on Monday at nine, in UTC."""
    Clinic.objects.update(time_zone="UTC")
    send(world, SUNDAY)
    return world


def send(world: World, at: datetime) -> int:
    return tasks.digest_due(clinic_id=world.clinic.pk, at=at, until=float("inf"))


def alert_at(world: World, at: datetime, *, of_ben: bool = False) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        episode = world.bens_episode if of_ben else world.episode
        evidence.raise_alert(episode=episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=at)


def test_it_comes_once_on_a_monday_to_each_who_answers_alerts(
    asked: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    assert send(asked, MONDAY - timedelta(minutes=1)) == 0
    assert [send(asked, MONDAY + timedelta(minutes=minutes)) for minutes in (0, 1, 60)] == [3, 0, 0]
    assert {address for message in mailoutbox for address in message.to} == {
        "chris@north.example",
        "dana@north.example",
        "cora@north.example",
    }

    assert send(asked, MONDAY + WEEK) == 3


def test_it_says_how_much_each_reader_may_see_and_names_nobody(
    asked: World, mailoutbox: list[mail.EmailMessage]
) -> None:
    alert_at(asked, MONDAY - timedelta(days=6))
    alert_at(asked, MONDAY - timedelta(days=20), of_ben=True)
    mailoutbox.clear()

    send(asked, MONDAY)

    told = {message.to[0].partition("@")[0]: message for message in mailoutbox}
    assert "\n2 alerts are open\n" in told["cora"].body
    assert "\n1 was raised in the last seven days\n" in told["cora"].body
    for clinician in ("chris", "dana"):
        assert "\n1 alert is open\n" in told[clinician].body
    assert "\n0 were raised in the last seven days\n" in told["dana"].body
    for message in mailoutbox:
        assert message.subject == "Your week in numbers"
        assert not any(name in message.body for name in ("Ann", "Ben", "worse", "http"))


def test_who_wants_none_gets_none(asked: World, mailoutbox: list[mail.EmailMessage]) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        choices.choose(wishes=Wishes(digest=False), by=asked.chris, at=SUNDAY)

    assert send(asked, MONDAY) == 2
    assert "chris@north.example" not in {message.to[0] for message in mailoutbox}


def test_after_an_outage_over_monday_none_comes_on_tuesday(asked: World) -> None:
    assert send(asked, MONDAY + timedelta(days=1)) == 0
    assert send(asked, MONDAY + WEEK) == 3


def test_a_server_that_refuses_is_asked_again_an_hour_later_on_the_same_day_only(
    asked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(mailing, "hand_over", lambda **_: False)
        assert send(asked, MONDAY) == 0
        assert send(asked, MONDAY + timedelta(minutes=59)) == 0

    assert send(asked, MONDAY + timedelta(minutes=60)) == 3


def test_an_address_that_gives_mail_back_and_somebody_who_left_get_none(asked: World) -> None:
    User.objects.filter(pk=asked.chris.pk).update(mail_returned_at=SUNDAY)
    User.objects.filter(pk=asked.dana.pk).update(is_active=False)

    assert send(asked, MONDAY) == 1


def test_two_sweeps_at_once_send_one(asked: World, mailoutbox: list[mail.EmailMessage]) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        due = digests.due(at=MONDAY)
        assert set(due) == set(MessageChoice.objects.values_list("pk", flat=True))

    assert [digests.deliver(clinic_id=asked.clinic.pk, choice_id=due[0], at=MONDAY) for _ in range(2)] == [True, False]
    assert len(mailoutbox) == 1
