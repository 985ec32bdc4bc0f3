"""What somebody chose holds for what can wait; what presses is sent to everybody at once, whatever is chosen."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail

from monitoring.alerts import alerts, cover, evidence
from monitoring.engine.records import Tier
from monitoring.messages import choices, mailing, notifications
from monitoring.messages.choices import Wishes
from monitoring.models import Alert, Notification
from monitoring.models.alerts import AlertKind
from monitoring.models.notifications import NotificationState
from monitoring.operations import tasks
from patients.models import Clinic
from tests.conftest import World
from tests.factories import NOW

LONDON = "Europe/London"
NIGHT = (time(22), time(7))


def raise_one(world: World, *, kind: AlertKind = AlertKind.DETERIORATION, tier: Tier, at: datetime = NOW) -> Alert:
    return evidence.raise_alert(episode=world.episode, kind=kind, tier=tier, at=at)


def choose(world: World, **wishes: object) -> None:
    """Let everybody who may be told choose the same."""
    for person in (world.chris, world.cora):
        choices.choose(wishes=Wishes(**wishes), by=person, at=NOW)


def states() -> set[str]:
    return set(Notification.objects.values_list("state", flat=True))


def test_who_chose_nothing_is_mailed_about_everything(north: World) -> None:
    for kind, tier in ((AlertKind.DETERIORATION, Tier.REVIEW), (AlertKind.RELAPSE, Tier.PRIORITY)):
        raise_one(north, kind=kind, tier=tier)

    assert states() == {NotificationState.QUEUED}
    assert set(Notification.objects.values_list("due_at", flat=True)) == {NOW}


@pytest.mark.parametrize(
    ("tier", "wish"), [(Tier.REVIEW, {"wants_review": False}), (Tier.PRIORITY, {"wants_priority": False})]
)
def test_who_wants_no_mail_of_a_tier_finds_its_alerts_on_the_pages_and_is_not_asked_again(
    north: World, mailoutbox: list[mail.EmailMessage], tier: Tier, wish: dict[str, bool]
) -> None:
    choose(north, **wish)
    raise_one(north, tier=tier)

    tasks.deliver_due(clinic_id=north.clinic.pk, at=NOW + timedelta(days=1))

    assert states() == {NotificationState.KEPT}
    assert mailoutbox == []
    assert cover.keep(at=NOW) == 0, "it is nobody's, and those who see it were told as they chose"


@pytest.mark.parametrize(
    ("kind", "tier"),
    [
        (AlertKind.RISK_ANSWER, Tier.URGENT),
        (AlertKind.RISK_ANSWER, Tier.REVIEW),
        (AlertKind.BODY_WARNING, Tier.PRIORITY),
        (AlertKind.EXTREME_RATING, Tier.URGENT),
    ],
)
def test_what_presses_is_mailed_at_once_at_night_too_and_says_that_it_is_urgent(
    north: World, mailoutbox: list[mail.EmailMessage], kind: AlertKind, tier: Tier
) -> None:
    choose(north, wants_priority=False, wants_review=False, quiet=NIGHT)
    night = datetime(2026, 11, 28, 23, 0, tzinfo=UTC)

    raise_one(north, kind=kind, tier=tier, at=night)
    tasks.deliver_due(clinic_id=north.clinic.pk, at=night)

    assert mailoutbox
    assert {message.subject for message in mailoutbox} == {"Urgent: something needs attention"}


def test_what_can_wait_does_not_call_itself_urgent(north: World, mailoutbox: list[mail.EmailMessage]) -> None:
    raise_one(north, tier=Tier.PRIORITY)

    tasks.deliver_due(clinic_id=north.clinic.pk, at=NOW)

    assert [message.subject for message in mailoutbox] == ["Something needs attention"]


@pytest.mark.parametrize("is_urgent", [False, True])
def test_all_words_are_the_same_whatever_the_alert_is_about(north: World, is_urgent: bool) -> None:
    """Two wordings in all for each reader: what it is about cannot be read from them."""
    for words in (notifications.wording, notifications.wording_for_admins):
        subject, body = words(clinic=north.clinic, is_urgent=is_urgent)
        assert "urgent" in subject.lower() or not is_urgent
        assert not any(name in subject + body for name in ("Ann", "mood", "safety", "risk"))


@pytest.mark.parametrize(
    ("at", "quiet", "due"),
    [
        # Over midnight: before, in the evening, in the morning, at its end.
        ("2026-11-30 21:59", NIGHT, "2026-11-30 21:59"),
        ("2026-11-30 22:00", NIGHT, "2026-12-01 07:00"),
        ("2026-12-01 06:59", NIGHT, "2026-12-01 07:00"),
        ("2026-12-01 07:00", NIGHT, "2026-12-01 07:00"),
        # Within a day.
        ("2026-11-30 12:30", (time(12), time(13)), "2026-11-30 13:00"),
        ("2026-11-30 13:30", (time(12), time(13)), "2026-11-30 13:30"),
        # In summer the clinic's clock is an hour ahead of UTC; in the night of the change seven o'clock is still seven.
        ("2026-07-01 21:30", NIGHT, "2026-07-02 06:00"),
        ("2026-10-24 22:00", NIGHT, "2026-10-25 07:00"),
        ("2026-03-28 23:00", NIGHT, "2026-03-29 06:00"),
        ("2026-11-30 23:00", None, "2026-11-30 23:00"),
    ],
)
def test_what_can_wait_is_sent_when_the_quiet_hours_end_on_the_clinics_clock(
    north: World, at: str, quiet: tuple[time, time] | None, due: str
) -> None:
    Clinic.objects.filter(pk=north.clinic.pk).update(time_zone=LONDON)
    choose(north, quiet=quiet)
    moment = datetime.fromisoformat(f"{at}+00:00")
    north.episode.refresh_from_db()

    raise_one(north, tier=Tier.REVIEW, at=moment)

    assert Notification.objects.get().due_at == datetime.fromisoformat(f"{due}+00:00")


def test_a_refused_message_is_not_tried_again_in_quiet_hours(north: World, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(north, quiet=(time(12, 1), time(14)))
    noon = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    Clinic.objects.filter(pk=north.clinic.pk).update(time_zone="UTC")
    raise_one(north, tier=Tier.REVIEW, at=noon)
    message = Notification.objects.get()
    monkeypatch.setattr(mailing, "hand_over", lambda **_: False)

    notifications.deliver(clinic_id=north.clinic.pk, notification_id=message.pk, at=noon)

    message.refresh_from_db()
    assert message.due_at == datetime(2026, 11, 30, 14, 0, tzinfo=UTC)


def test_what_gets_urgent_is_told_to_who_kept_it_quiet(north: World) -> None:
    choose(north, wants_review=False)
    raise_one(north, tier=Tier.REVIEW)
    raise_one(north, tier=Tier.URGENT, at=NOW + timedelta(hours=1))

    assert states() == {NotificationState.KEPT, NotificationState.QUEUED}


def test_a_choice_is_each_persons_own_and_each_clinics_own(north: World) -> None:
    choices.choose(wishes=Wishes(wants_review=False), by=north.chris, at=NOW)

    assert not choices.of(north.chris).wants_review
    assert choices.of(north.cora).wants_review
    assert set(choices.of_all([north.chris, north.dana])) == {north.chris.pk, north.dana.pk}


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-30 08:59", "2026-11-30 09:00"),
        ("2026-11-30 09:00", "2026-12-07 09:00"),
        ("2026-12-06 23:59", "2026-12-07 09:00"),
        ("2026-03-25 12:00", "2026-03-30 08:00"),
    ],
)
def test_the_next_digest_is_when_the_clinic_opens_on_a_monday(north: World, at: str, due: str) -> None:
    north.clinic.time_zone, north.clinic.staffed_from = LONDON, time(9)
    moment = datetime.fromisoformat(f"{at}+00:00")

    assert choices.next_digest(north.clinic, at=moment) == datetime.fromisoformat(f"{due}+00:00")


def test_whoever_is_given_an_alert_keeps_the_own_choice(north: World) -> None:
    alert = raise_one(north, tier=Tier.PRIORITY)
    choices.choose(wishes=Wishes(wants_priority=False), by=north.cora, at=NOW)

    alerts.give(alert=alert, to=north.cora, by=north.chris, version=alert.version, note="", at=NOW)

    assert Notification.objects.get(recipient=north.cora).state == NotificationState.KEPT
