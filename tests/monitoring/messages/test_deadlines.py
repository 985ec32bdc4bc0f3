"""The deadline that is printed is the instant that is enforced: in every zone, in the nights the clocks change too."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks

from monitoring.messages import reminders
from monitoring.messages.reminders import LinkClosed
from monitoring.models import CheckInLink, CheckInSlot
from monitoring.models.plans import ReminderChannel
from monitoring.plans import plans
from patients import zones
from patients.accounts import invitations, mails
from patients.models import Clinic, Invitation
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.templatetags.care_tags import works_until
from tests import factories
from tests.conftest import World
from tests.factories import WEEK

# "until Monday 23 November at 09:00" in a mail about a check-in; "until Monday 23 November, 09:00 in Berlin" elsewhere.
UNTIL = re.compile(r"(?:until|before) \w+day (\d+ \w+)(?: at|,) (\d\d:\d\d)")
SECOND = timedelta(seconds=1)
# Zones with the Sunday, or the day, on which their clocks change: forward, then back.
CHANGES = [
    ("Europe/Berlin", date(2027, 3, 28), time(2, 30)),
    ("Europe/Berlin", date(2026, 10, 25), time(2, 30)),
    ("America/Los_Angeles", date(2027, 3, 14), time(2, 30)),
    ("America/Los_Angeles", date(2026, 11, 1), time(1, 30)),
    ("America/Havana", date(2026, 3, 8), time(0, 0)),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15)),
    ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45)),
    ("Africa/Casablanca", date(2026, 2, 15), time(2, 30)),
    ("Asia/Kathmandu", date(2026, 10, 25), time(9, 0)),
    ("Pacific/Kiritimati", date(2026, 10, 25), time(23, 45)),
]  # fmt: skip


def printed(text: str, *, year: int) -> datetime:
    """Return the wall-clock time that a text gives as its deadline."""
    found = UNTIL.search(text)
    assert found, text
    return datetime.strptime(f"{year} {found[1]} {found[2]}", "%Y %d %B %H:%M")  # noqa: DTZ007


def enforced(wall: datetime, zone: str) -> datetime:
    return zones.local_instant(wall.date(), wall.time(), zone)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    zone=st.sampled_from(zones.places()),
    day=st.dates(date(2026, 1, 5), date(2027, 12, 20)),
    at=st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60)),
)
def test_a_mail_prints_the_instant_at_which_its_link_ends(zone: str, day: date, at: time) -> None:
    closes_at = zones.local_instant(day, at, zone)
    letter = reminders.Letter(
        slot_id=Clinic().pk, channel=ReminderChannel.EMAIL, address="a@example.org", language="en", zone=zone,
        clinic=Clinic(public_name="North"), path="/c/x/", expires_at=closes_at,
    )  # fmt: skip
    mail.outbox = []

    assert reminders.send_email(letter)

    wall = printed(str(mail.outbox[0].body), year=closes_at.astimezone(ZoneInfo(zone)).year)
    assert enforced(wall, zone) == closes_at


@pytest.mark.parametrize(("zone", "changes_on", "at"), CHANGES)
@pytest.mark.parametrize("weeks_after", [0, 1], ids=["closes in the change", "opens in the change"])
def test_a_week_ends_when_its_mail_says_also_where_the_clocks_change(
    north: World, mailoutbox: list[EmailMessage], zone: str, changes_on: date, at: time, weeks_after: int
) -> None:
    due_on = changes_on - WEEK + WEEK * weeks_after
    north.episode.patient.time_zone = zone
    north.episode.patient.save(update_fields=["time_zone"])
    consent.decide(patient=north.episode.patient, purpose=ConsentPurpose.REMINDERS, is_given=True, by=north.ann,
                   at=factories.NOW - WEEK * 80)  # fmt: skip
    opens_at = zones.local_instant(due_on, at, zone)
    plans.start(episode=north.episode, weekday=due_on.isoweekday(), local_time=at, starts_on=due_on, by=None,
                at=opens_at)  # fmt: skip
    slot = CheckInSlot.objects.get()
    assert slot.opens_at == opens_at

    assert reminders.deliver(clinic_id=north.clinic.pk, slot_id=slot.pk, at=opens_at)

    body = str(mailoutbox[0].body)
    ends_at = enforced(printed(body, year=(due_on + WEEK).year), zone)
    token = re.search(r"/c/([^/\s]+)/", body)
    assert token is not None
    assert CheckInLink.objects.get().expires_at == slot.closes_at == ends_at
    assert reminders.find_link(token=token[1], at=ends_at - SECOND) == slot
    with pytest.raises(LinkClosed):
        reminders.find_link(token=token[1], at=ends_at)
    # The next week opens at this very instant: no minute belongs to two weeks, and none to no week.
    plans.open_due_slots(at=ends_at)
    assert plans.open_slot(north.episode, at=ends_at - SECOND) == slot
    assert CheckInSlot.objects.latest("week_of").opens_at == ends_at


@pytest.mark.parametrize(
    ("clinic_zone", "patient_zone"),
    [("Europe/Berlin", "Europe/Berlin"), ("Europe/Berlin", "Asia/Kolkata"), ("Pacific/Kiritimati", "America/Los_Angeles")],
)  # fmt: skip
@pytest.mark.parametrize("invited_on", [date(2026, 10, 23), date(2027, 3, 26), date(2026, 11, 16)])
def test_an_invitation_prints_the_minute_and_the_place_of_its_end_in_the_mail_and_on_paper(
    north: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    clinic_zone: str,
    patient_zone: str,
    invited_on: date,
) -> None:
    """The nights in which Europe's clocks change lie within the three days of two of them."""
    at = datetime.combine(invited_on, time(20, 10, 42), tzinfo=UTC)
    Clinic.objects.filter(pk=north.clinic.pk).update(time_zone=clinic_zone)
    patient = factories.make_patient("New Person", time_zone=patient_zone)
    with django_capture_on_commit_callbacks(execute=True):
        link = invitations.invite_patient(patient=patient, email="new@example.org", by=north.sam, at=at)
        mails.send_invitation(invitation=link.invitation, url="https://care.example.org/join/")
    invitation = Invitation.objects.get(patient=patient)
    mail_words, slip_words = str(mailoutbox[0].body), f"before {works_until(invitation, for_reader=True)}"

    ends_at = enforced(printed(mail_words, year=invitation.expires_at.year), clinic_zone)
    assert enforced(printed(slip_words, year=invitation.expires_at.year), clinic_zone) == ends_at

    assert invitations.find_invitation(token=link.token, at=ends_at - SECOND) == invitation
    with pytest.raises(invitations.InvitationClosed):
        invitations.find_invitation(token=link.token, at=ends_at)
    if clinic_zone != patient_zone:
        own = invitation.expires_at.astimezone(ZoneInfo(patient_zone))
        told = rf" in {zones.place(clinic_zone)} \((\w+day )?{own:%H:%M} for you\)"
        assert re.search(told, " ".join(mail_words.split()))
        assert re.search(told, slip_words)
