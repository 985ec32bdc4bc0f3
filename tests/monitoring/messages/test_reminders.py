"""One neutral message when a week opens, one more two days later, and a link that opens one form."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from pytest_django.fixtures import Settings

from monitoring.messages import reminders
from monitoring.messages.reminders import Later, LinkClosed
from monitoring.models import CheckInLink, CheckInSlot, MonitoringPlan
from monitoring.models.plans import PauseReason
from monitoring.operations import tasks
from monitoring.plans import plans
from patients.models import AuditEvent, Clinic, Episode
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MINUTE = timedelta(minutes=1)
OPENING = datetime(2026, 11, 16, 3, 30, tzinfo=UTC)  # Monday at nine in Kolkata


@pytest.fixture
def asked(north: World) -> World:
    """Ann wants messages; her week opens on Monday at nine."""
    agree(north, is_given=True)
    factories.make_plan(north.episode, starts_on=OPENING.date())
    return north


def agree(world: World, *, is_given: bool, purpose: ConsentPurpose = ConsentPurpose.REMINDERS) -> None:
    consent.decide(patient=world.episode.patient, purpose=purpose, is_given=is_given, by=world.ann, at=OPENING)


def sweep(world: World, at: datetime) -> int:
    """Open what is due and send what is owed in Ann's clinic."""
    plans.open_due_slots(at=at)
    plans.mark_missed(at=at)
    return sum(reminders.deliver(clinic_id=world.clinic.pk, slot_id=pk, at=at) for pk in reminders.due(at=at))


def token_in(letter: EmailMessage) -> str:
    found = re.search(r"/c/([^/\s]+)/", str(letter.body))
    assert found
    return found[1]


def the_slot() -> CheckInSlot:
    return CheckInSlot.objects.select_related("episode__patient__user", "clinic").get()


# --- When -----------------------------------------------------------------------------------------------------------


def test_a_message_goes_out_when_the_week_opens_and_once_more_after_two_days(
    asked: World, mailoutbox: list[EmailMessage]
) -> None:
    reminder = OPENING + timedelta(days=2)
    around = [instant + MINUTE * n for instant in (OPENING, reminder) for n in (-1, 0, 1)]
    rest = [reminder + timedelta(hours=hours) for hours in range(4, 5 * 24 + 1, 4)]

    sent = {at: sweep(asked, at) for at in [*around, *rest]}

    assert [at for at, count in sent.items() if count] == [OPENING, reminder, OPENING + WEEK]
    assert [letter.to for letter in mailoutbox] == [["ann@north.example"]] * 3
    assert [slot.reminders_sent for slot in CheckInSlot.objects.order_by("week_of")] == [2, 1]


@pytest.mark.parametrize(
    ("zone", "opens_on"),
    [
        ("Europe/Berlin", date(2026, 3, 27)),
        ("Europe/Berlin", date(2026, 10, 23)),
        ("America/New_York", date(2026, 3, 6)),
        ("Australia/Lord_Howe", date(2026, 4, 3)),
        ("Asia/Kathmandu", date(2026, 5, 1)),
        ("Africa/Casablanca", date(2026, 2, 13)),
    ],
)
def test_the_reminder_comes_at_the_promised_minute_of_the_patients_clock(
    north: World, zone: str, opens_on: date, mailoutbox: list[EmailMessage]
) -> None:
    agree(north, is_given=True)
    plan = factories.make_plan(north.episode, starts_on=opens_on, weekday=opens_on.isoweekday())
    plans.change_rhythm(plan=plan, time_zone=zone, local_time=time(18, 15), by=north.ann, at=NOW)
    promised = [
        datetime.combine(opens_on + timedelta(days=days), time(18, 15), tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for days in (0, 2)
    ]

    sent = [sweep(north, at) for opening in promised for at in (opening - MINUTE, opening)]

    assert sent == [0, 1, 0, 1]


def test_every_zone_keeps_the_minute_from_2024_to_2032() -> None:
    """Sunday at half past two is when most clocks change."""
    at, first, last = time(2, 30), date(2024, 1, 7), date(2032, 12, 26)
    moved: dict[str, timedelta] = {}
    for zone in ZONES:
        plan = MonitoringPlan(weekday=7, local_time=at, time_zone=zone, starts_on=first)
        slot, tz, before = CheckInSlot(), ZoneInfo(zone), None
        for day in plans.due_days(plan, until=last):
            slot.due_on = day - timedelta(days=2)
            instant = reminders.reminder_at(slot, plan)
            local = instant.astimezone(tz)
            assert before is None or before < instant
            before = instant
            if (local.date(), local.time()) != (day, at):
                moved[zone] = max(moved.get(zone, timedelta(0)), local.replace(tzinfo=None) - datetime.combine(day, at))

    assert all(timedelta(0) < shift <= timedelta(hours=1) for shift in moved.values())
    assert "Europe/Berlin" in moved
    assert "Asia/Kathmandu" not in moved


def test_nobody_is_written_to_who_has_answered(asked: World, mailoutbox: list[EmailMessage]) -> None:
    factories.make_check_in(asked.episode, by=asked.ann, at=OPENING)

    assert sweep(asked, OPENING + timedelta(days=2)) == 0
    assert mailoutbox == []


def test_a_message_that_was_owed_during_an_outage_still_goes_out_once(
    asked: World, mailoutbox: list[EmailMessage]
) -> None:
    late = OPENING + timedelta(days=3)

    assert [sweep(asked, late), sweep(asked, late + MINUTE), sweep(asked, late + timedelta(days=1))] == [1, 0, 0]
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("hour_in_kolkata", "sent_at"),
    [(3, 9), (8, 8), (13, 13), (20, 20), (21, 33), (23, 33)],
    ids=["at night", "in the morning", "at noon", "in the evening", "too late", "near midnight"],
)
def test_a_message_that_an_outage_held_back_keeps_to_the_persons_hours(
    asked: World, mailoutbox: list[EmailMessage], hour_in_kolkata: int, sent_at: int
) -> None:
    """Ann chose nine; what is late comes by day, or at nine."""
    midnight = OPENING + timedelta(days=2) - timedelta(hours=9)

    sent = [at for at in range(hour_in_kolkata, 40) if sweep(asked, midnight + timedelta(hours=at))]

    assert sent[0] == sent_at
    assert len(mailoutbox) == 1 + (sent_at < 9)  # before nine of the second day: the reminder of nine is still to come


def test_a_mail_server_that_takes_a_message_at_night_again_waits_for_the_persons_hour(
    asked: World, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    """Each try is minutes after the last one, so that none of them looks late by itself."""
    working, late = settings.EMAIL_BACKEND, OPENING + timedelta(hours=11, minutes=50)
    settings.EMAIL_BACKEND = "tests.monitoring.messages.test_reminders.RefusingMail"
    for minutes in range(0, 12 * 60, 10):
        sweep(asked, OPENING + MINUTE * minutes)
    settings.EMAIL_BACKEND = working

    assert [sweep(asked, late + MINUTE * minutes) for minutes in range(10, 12 * 60, 10)] == [0] * 71
    assert the_slot().remind_at == OPENING + timedelta(days=1)
    assert sweep(asked, OPENING + timedelta(days=1)) == 1


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati"])
@pytest.mark.parametrize("own_hour", [time(0, 30), time(6), time(9), time(23)])
def test_a_late_message_never_comes_at_night_but_at_the_own_hour(zone: str, own_hour: time) -> None:
    plan = MonitoringPlan(local_time=own_hour, time_zone=zone)

    for hour in range(24 * 14):
        at = datetime(2026, 10, 19, tzinfo=UTC) + timedelta(hours=hour)
        later = reminders.within_hours(plan, at)

        clock = later.astimezone(ZoneInfo(zone))
        assert at <= later <= at + timedelta(hours=25)
        own = datetime.combine(clock.date(), own_hour)
        is_own = timedelta(0) <= clock.replace(tzinfo=None) - own <= reminders.IN_TIME
        assert is_own or reminders.DAY_BEGINS <= clock.time() < reminders.DAY_ENDS


def without_agreement(world: World) -> None:
    agree(world, is_given=False)


def without_check_ins(world: World) -> None:
    agree(world, is_given=False, purpose=ConsentPurpose.CHECK_INS)


def without_channel(world: World) -> None:
    MonitoringPlan.objects.update(remind_by="")


def with_unknown_channel(world: World) -> None:
    MonitoringPlan.objects.update(remind_by="pigeon")


def with_closed_account(world: World) -> None:
    world.ann.is_active = False
    world.ann.save()


def without_account(world: World) -> None:
    world.episode.patient.user = None
    world.episode.patient.save()


def discharged(world: World) -> None:
    Episode.objects.filter(pk=world.episode.pk).update(ended_on=OPENING.date())


@pytest.mark.parametrize(
    "change",
    [
        without_agreement,
        without_check_ins,
        without_channel,
        with_unknown_channel,
        with_closed_account,
        without_account,
        discharged,
    ],
)
def test_a_message_comes_only_to_who_wants_it_and_can_answer(
    asked: World, change: object, mailoutbox: list[EmailMessage]
) -> None:
    plans.open_due_slots(at=OPENING)
    change(asked)

    assert sweep(asked, OPENING) == 0
    assert mailoutbox == []
    assert the_slot().remind_at is None or the_slot().remind_at > OPENING


def test_who_chooses_no_messages_takes_the_agreement_back_and_can_give_it_again(asked: World) -> None:
    plan = plans.of_episode(asked.episode)

    reminders.choose(plan=plan, channel="", by=asked.ann, at=OPENING)
    assert reminders.channel_of(plan) == ""
    reminders.choose(plan=plan, channel="email", by=asked.ann, at=OPENING + MINUTE)

    assert reminders.channel_of(plan) == "email"
    assert AuditEvent.objects.filter(action=AuditAction.CONSENT_DECIDED, actor_id=asked.ann.pk).count() == 4


# --- What it says ---------------------------------------------------------------------------------------------------


def test_the_message_tells_no_condition_and_no_name(asked: World, mailoutbox: list[EmailMessage]) -> None:
    Clinic.objects.filter(pk=asked.clinic.pk).update(name="Northgate Depression Centre", public_name="Northgate")
    MonitoringPlan.objects.update(instruments={"PHQ-9": 1})
    Episode.objects.update(goal="Sleep again")

    sweep(asked, OPENING)

    [letter] = mailoutbox
    said = f"{letter.subject} {letter.body} {letter.from_email} {letter.extra_headers}".lower()
    assert "northgate" in said
    for word in ("depression", "phq", "sleep", "mood", "pain", "ann ", "archer", "missed", "forgot"):
        assert word not in said
    assert f"{settings.SITE_URL}/c/{token_in(letter)}/" in said.replace(token_in(letter).lower(), token_in(letter))
    assert "monday 23 november at 09:00" in said


def test_both_messages_read_the_same_but_for_their_links(asked: World, mailoutbox: list[EmailMessage]) -> None:
    sweep(asked, OPENING)
    sweep(asked, OPENING + timedelta(days=2))

    first, second = ((letter.subject, str(letter.body).replace(token_in(letter), "")) for letter in mailoutbox)
    assert first == second
    assert token_in(mailoutbox[0]) != token_in(mailoutbox[1])


def test_secrets_of_links_are_nowhere_stored(asked: World, mailoutbox: list[EmailMessage]) -> None:
    sweep(asked, OPENING)

    secret = token_in(mailoutbox[0]).partition(".")[2]
    assert CheckInLink.objects.get().secret_hash not in token_in(mailoutbox[0])
    assert len(secret) >= 43
    assert secret not in str(CheckInLink.objects.values())


# --- Claims and failures --------------------------------------------------------------------------------------------


class RefusingMail(EmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages: object) -> int:  # noqa: ARG002
        raise ConnectionRefusedError


def test_a_refused_message_is_sent_again_later(
    asked: World, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.monitoring.messages.test_reminders.RefusingMail"
    assert sweep(asked, OPENING) == 0
    assert not CheckInLink.objects.exists()

    settings.EMAIL_BACKEND = working
    assert sweep(asked, OPENING + MINUTE) == 0
    assert sweep(asked, OPENING + reminders.RETRY) == 1
    assert the_slot().remind_at == OPENING + timedelta(days=2)
    assert len(mailoutbox) == 1


class SecondWorker(EmailBackend):
    """While the first worker speaks to the server, another one looks for work."""

    found: list[bool]

    def send_messages(self, messages: object) -> int:
        slot = CheckInSlot._base_manager.get()
        again = reminders.deliver(clinic_id=slot.clinic_id, slot_id=slot.pk, at=OPENING)
        SecondWorker.found = [again]
        return int(super().send_messages(messages))


def test_two_workers_never_send_the_same_message(
    asked: World, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.EMAIL_BACKEND = "tests.monitoring.messages.test_reminders.SecondWorker"

    assert sweep(asked, OPENING) == 1
    assert SecondWorker.found == [False]
    assert len(mailoutbox) == 1


class Killed(Exception):
    """The worker's end."""


class DyingMail(EmailBackend):
    """The worker dies before the server has answered."""

    def send_messages(self, messages: object) -> int:  # noqa: ARG002
        raise Killed


def test_a_worker_that_dies_frees_the_message(asked: World, settings: Settings, mailoutbox: list[EmailMessage]) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.monitoring.messages.test_reminders.DyingMail"
    with pytest.raises(Killed):
        sweep(asked, OPENING)

    settings.EMAIL_BACKEND = working
    assert [sweep(asked, OPENING + MINUTE), sweep(asked, OPENING + reminders.CLAIM)] == [0, 1]


def test_the_sweep_of_all_clinics_sends_messages(asked: World, mailoutbox: list[EmailMessage]) -> None:
    tasks.run_sweep(at=OPENING)

    assert {str(letter.to) for letter in mailoutbox} == {"['ann@north.example']"}


# --- Not now --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "later", "comes"),
    [
        (OPENING, Later.TODAY, datetime(2026, 11, 16, 13, 30, tzinfo=UTC)),
        (OPENING + MINUTE * 30, Later.TOMORROW, datetime(2026, 11, 17, 3, 30, tzinfo=UTC)),
        (datetime(2026, 11, 16, 13, 31, tzinfo=UTC), Later.TODAY, None),
        (datetime(2026, 11, 22, 20, 0, tzinfo=UTC), Later.TOMORROW, None),
    ],
    ids=["this evening", "tomorrow", "the evening has begun", "the week is over then"],
)
def test_a_patient_can_be_asked_later(
    asked: World, now: datetime, later: Later, comes: datetime | None, mailoutbox: list[EmailMessage]
) -> None:
    sweep(asked, OPENING)
    owed = the_slot().remind_at

    assert reminders.postpone(slot=the_slot(), later=later, at=now) == comes
    assert (later in reminders.offered_later(the_slot(), at=now)) == (comes is not None)
    assert the_slot().remind_at == (comes or owed)
    if comes is not None:
        assert [sweep(asked, comes - MINUTE), sweep(asked, comes)] == [0, 1]
        assert the_slot().remind_at == OPENING + timedelta(days=2)


def test_who_gets_no_messages_is_not_promised_one(asked: World) -> None:
    agree(asked, is_given=False)
    plans.open_due_slots(at=OPENING)

    assert reminders.offered_later(the_slot(), at=OPENING) == {}


def test_nobody_is_written_to_during_a_pause(asked: World, mailoutbox: list[EmailMessage]) -> None:
    plan = plans.of_episode(asked.episode)
    plans.open_due_slots(at=OPENING)
    plans.pause(plan=plan, reason=PauseReason.HOLIDAY, until=date(2026, 12, 1), by=asked.ann, at=OPENING)

    assert [sweep(asked, OPENING + timedelta(hours=hours)) for hours in (0, 48, 240)] == [0, 0, 0]
    assert mailoutbox == []


# --- Links ----------------------------------------------------------------------------------------------------------


def opened(world: World) -> tuple[CheckInSlot, str]:
    plans.open_due_slots(at=OPENING)
    return the_slot(), reminders.issue_link(slot=the_slot(), at=OPENING)


def test_a_link_opens_its_week_as_often_as_it_is_pressed_until_it_is_answered(asked: World) -> None:
    slot, token = opened(asked)

    assert reminders.open_link(token=token, at=OPENING + MINUTE) == (slot, asked.ann)
    assert reminders.find_link(token=token, at=OPENING + timedelta(days=6)) == slot
    assert AuditEvent.objects.filter(action=AuditAction.LINK_OPENED, actor_id=asked.ann.pk).count() == 1

    factories.make_check_in(asked.episode, by=asked.ann, at=OPENING + timedelta(days=6))
    with pytest.raises(LinkClosed):
        reminders.find_link(token=token, at=OPENING + timedelta(days=6))


def test_a_week_that_is_sent_by_another_way_ends_its_links_too(asked: World) -> None:
    slot, _token = opened(asked)

    factories.make_check_in(asked.episode, by=asked.ann, at=NOW + timedelta(hours=1))

    assert set(CheckInLink.objects.filter(slot=slot).values_list("used_at", flat=True)) == {NOW + timedelta(hours=1)}


def test_a_link_ends_with_its_week(asked: World) -> None:
    _, token = opened(asked)

    with pytest.raises(LinkClosed):
        reminders.find_link(token=token, at=OPENING + WEEK)


def test_a_link_works_until_the_moment_its_message_names_though_the_next_week_opens_before(asked: World) -> None:
    slot, token = opened(asked)
    plan = plans.of_episode(asked.episode)
    plans.change_rhythm(plan=plan, weekday=7, by=asked.ann, at=OPENING)
    plans.change_rhythm(plan=plan, weekday=1, local_time=time(6), by=asked.ann, at=OPENING)
    next_week = OPENING + WEEK - timedelta(hours=1)
    plans.open_due_slots(at=next_week)

    assert CheckInSlot.objects.count() == 2
    assert reminders.find_link(token=token, at=next_week) == slot
    with pytest.raises(LinkClosed):
        reminders.find_link(token=token, at=slot.closes_at)


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 300, f"{'0' * 32}.{'x' * 43}", "\u202e.\u0000"])
def test_a_link_that_was_never_made_opens_nothing(asked: World, token: str) -> None:
    opened(asked)

    with pytest.raises(LinkClosed):
        reminders.find_link(token=token, at=OPENING)


def test_a_link_of_another_clinic_opens_nothing_here(asked: World) -> None:
    _, token = opened(asked)
    moved = f"{asked.other_clinic.pk.hex}.{token.partition('.')[2]}"

    with clinic_context(clinic_id=reminders.clinic_of_token(moved)), pytest.raises(LinkClosed):
        reminders.find_link(token=moved, at=OPENING)


def test_an_old_link_brings_a_new_one_to_the_address_on_file(asked: World, mailoutbox: list[EmailMessage]) -> None:
    _, token = opened(asked)
    CheckInSlot.objects.update(remind_at=None)
    next_week = OPENING + WEEK + MINUTE
    plans.open_due_slots(at=next_week)
    CheckInSlot.objects.update(remind_at=None)

    reminders.renew_link(token=token, at=next_week)
    assert sweep(asked, next_week) == 1

    [letter] = mailoutbox
    assert letter.to == ["ann@north.example"]
    assert reminders.find_link(token=token_in(letter), at=next_week).due_on == date(2026, 11, 23)


def test_a_new_link_is_not_sent_over_and_over(asked: World, mailoutbox: list[EmailMessage]) -> None:
    sweep(asked, OPENING)
    [letter] = mailoutbox
    sent = []
    for minutes in range(5, 400, 5):
        at = OPENING + MINUTE * minutes
        reminders.renew_link(token=token_in(letter), at=at)
        sent.append(sweep(asked, at))

    assert sum(sent[:1]) == 0
    assert 1 + sum(sent) == reminders.MOST_MESSAGES


def test_asking_for_a_new_link_in_vain_says_nothing_and_does_nothing(
    asked: World, mailoutbox: list[EmailMessage]
) -> None:
    _, token = opened(asked)
    factories.make_check_in(asked.episode, by=asked.ann, at=OPENING)

    for wanted in (token, f"{asked.clinic.pk.hex}.{'x' * 43}"):
        reminders.renew_link(token=wanted, at=OPENING + timedelta(hours=1))

    assert sweep(asked, OPENING + timedelta(hours=1)) == 0
    assert mailoutbox == []
