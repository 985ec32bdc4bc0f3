"""Tell a patient that a check-in is open: one neutral message, one reminder, and the link that opens the form.

The message names the clinic as the outside may know it, and never a condition. Its link opens one week's form and
nothing else. Who does not answer is not written to again: the care team hears of silence by itself.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from monitoring.messages import mailing
from monitoring.models import CheckInLink, CheckInSlot, MonitoringPlan
from monitoring.models.plans import ReminderChannel
from monitoring.plans import plans
from patients import audit, zones
from patients.clinics import crisis
from patients.models import Clinic, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.people import languages
from patients.rights import consent
from patients.tenancy import clinic_transaction

# Days after the opening, at the same time of day, on which an unanswered week is called to mind.
REMIND_AFTER_DAYS = 2
# "Later today" is in the evening; from then on only tomorrow is left.
EVENING = time(19)
# What is later than this is caught up with by day only, or at the hour that the person chose.
IN_TIME = timedelta(hours=1)
DAY_BEGINS, DAY_ENDS = time(8), time(21)
# A worker that dies between claim and send frees the message after this long.
CLAIM = timedelta(minutes=2)
RETRY = timedelta(minutes=10)
# A link that ran out can be renewed by whoever holds it: not so often that it fills a mailbox.
NEW_LINK_EVERY = timedelta(minutes=10)
MOST_MESSAGES = 10


class LinkClosed(Exception):
    """The link is unknown, used, too old, or its week is not the one that can be answered now."""


class LinkAnswered(LinkClosed):
    """The week of the link has been sent. Only who holds the link learns it."""


class Later(StrEnum):
    """When a patient would rather be asked."""

    TODAY = "today"
    TOMORROW = "tomorrow"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message, ready to be handed to a channel."""

    slot_id: UUID
    channel: ReminderChannel
    address: str
    language: str
    zone: str
    clinic: Clinic
    path: str
    expires_at: datetime


# --- Links ----------------------------------------------------------------------------------------------------------


def issue_link(*, slot: CheckInSlot, at: datetime) -> str:
    """Return the token of a new link to a week's form. Only its hash is kept, so that it can only travel now."""
    secret = secrets.token_urlsafe(32)
    CheckInLink.objects.create(slot=slot, secret_hash=_hash(secret), sent_at=at, expires_at=slot.closes_at)
    return f"{slot.clinic_id.hex}.{secret}"


def clinic_of_token(token: str) -> UUID:
    """Return the clinic a link names; whether the link is good is decided inside that clinic.

    Raises:
        LinkClosed: the link is not of our making.
    """
    try:
        return UUID(hex=token.partition(".")[0])
    except ValueError as error:
        raise LinkClosed from error


def find_link(*, token: str, at: datetime) -> CheckInSlot:
    """Return the week that a link opens.

    Raises:
        LinkAnswered: its week has been sent.
        LinkClosed: it opens nothing, or nothing any more.
    """
    link = _known_link(token)
    if link is not None and link.slot.answered_at is not None:
        raise LinkAnswered
    if link is None or link.used_at is not None or link.expires_at <= at:
        raise LinkClosed
    # A changed rhythm may open the next week earlier: the link still works until the moment that its message names.
    if addressee(link.slot) is None or link.slot.missed_at is not None:
        raise LinkClosed
    return link.slot


@transaction.atomic
def open_link(*, token: str, at: datetime) -> tuple[CheckInSlot, User]:
    """Return the week that a link opens and whose it is, and note that it was opened.

    Raises:
        LinkClosed: it opens nothing, or nothing any more.
    """
    slot = find_link(token=token, at=at)
    patient = addressee(slot)
    if patient is None:
        raise LinkClosed
    audit.record(AuditAction.LINK_OPENED, by=patient, about=slot, at=at)
    return slot, patient


def close_links(*, slot_id: UUID, at: datetime) -> None:
    """End the links of a week that was answered through one of them."""
    CheckInLink.objects.filter(slot_id=slot_id, used_at__isnull=True).update(used_at=at)


def renew_link(*, token: str, at: datetime) -> None:
    """Owe a new link for the present week to the address on file, if the old one was ever good.

    Says nothing to the caller: not whether the link was known, nor whether anything is open.
    """
    link = _known_link(token)
    slot = plans.open_slot(link.slot.episode, at=at) if link is not None else None
    if slot is None or slot.reminders_sent >= MOST_MESSAGES:
        return
    if not CheckInLink.objects.filter(slot=slot, sent_at__gt=at - NEW_LINK_EVERY).exists():
        CheckInSlot.objects.filter(pk=slot.pk).update(remind_at=at)


def _known_link(token: str) -> CheckInLink | None:
    """Return the link of a token in the present clinic."""
    links = CheckInLink.objects.select_related("slot__episode__patient__user")
    return links.filter(secret_hash=_hash(token.partition(".")[2])).first()


def _hash(secret: str) -> str:
    """Return what is stored of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- When -----------------------------------------------------------------------------------------------------------


def addressee(slot: CheckInSlot) -> User | None:
    """Return the account of the patient whose week it is, None where there is none to write to."""
    patient = slot.episode.patient
    account = patient.user
    if account is None or not account.is_active or slot.episode.ended_on is not None:
        return None
    return account if consent.has_check_in_consent(patient) else None


def wants_messages(plan: MonitoringPlan) -> bool:
    """Say whether the patient agreed to messages and a channel for them is known."""
    return channel_of(plan) != "" and plan.paused_at is None


def reminder_at(slot: CheckInSlot, plan: MonitoringPlan) -> datetime:
    """Return when an unanswered week is called to mind: some days later, at the same minute of the patient's clock."""
    return plans.local_instant(slot.due_on + timedelta(days=REMIND_AFTER_DAYS), plan.local_time, plan.time_zone)


def within_hours(plan: MonitoringPlan, at: datetime) -> datetime:
    """Return a moment at which a message that is late may come: at once by day, else at the person's own hour.

    After an outage, or when a mail server takes a message at last, nobody's telephone rings at night.
    """
    clock = zones.on_clock(at, plan.time_zone)
    own_today = plans.local_instant(clock.date(), plan.local_time, plan.time_zone)
    if DAY_BEGINS <= clock.time() < DAY_ENDS or timedelta(0) <= at - own_today <= IN_TIME:
        return at
    if own_today > at:
        return own_today
    return plans.local_instant(clock.date() + timedelta(days=1), plan.local_time, plan.time_zone)


def choices_later(slot: CheckInSlot, plan: MonitoringPlan, *, at: datetime) -> dict[Later, datetime]:
    """Return when the patient can be asked again instead of now; nothing that the week does not last for."""
    today = plans.local_day(at, plan.time_zone)
    offered = {
        Later.TODAY: plans.local_instant(today, EVENING, plan.time_zone),
        Later.TOMORROW: plans.local_instant(today + timedelta(days=1), plan.local_time, plan.time_zone),
    }
    return {later: instant for later, instant in offered.items() if at < instant < slot.closes_at}


def offered_later(slot: CheckInSlot, *, at: datetime) -> dict[Later, datetime]:
    """Return what "not now" can mean; nothing where no message would come."""
    plan = MonitoringPlan.objects.select_related("episode__patient").get(episode_id=slot.episode_id)
    return choices_later(slot, plan, at=at) if wants_messages(plan) and addressee(slot) else {}


def postpone(*, slot: CheckInSlot, later: Later, at: datetime) -> datetime | None:
    """Write to the patient later instead; return when, None when the week does not last that long."""
    plan = MonitoringPlan.objects.get(episode_id=slot.episode_id)
    instant = choices_later(slot, plan, at=at).get(later)
    if instant is not None:
        CheckInSlot.objects.filter(pk=slot.pk, answered_at__isnull=True).update(remind_at=instant)
    return instant


def postponed_to(slot: CheckInSlot, *, at: datetime) -> datetime | None:
    """Return when the patient, who asked for it, is written to again; None where no one asked or no message comes."""
    plan = MonitoringPlan.objects.select_related("episode__patient").get(episode_id=slot.episode_id)
    if slot.remind_at is None or slot.remind_at <= at or slot.remind_at == reminder_at(slot, plan):
        return None
    return slot.remind_at if wants_messages(plan) and addressee(slot) else None


def on_own_clock(slot: CheckInSlot, instant: datetime) -> datetime:
    """Return an instant as the patient's wall clock shows it."""
    return zones.on_clock(instant, MonitoringPlan.objects.get(episode_id=slot.episode_id).time_zone)


def channel_of(plan: MonitoringPlan) -> str:
    """Return how messages reach the patient; empty where none are sent."""
    is_agreed = consent.has_consent(patient=plan.episode.patient, purpose=ConsentPurpose.REMINDERS)
    return plan.remind_by if is_agreed and plan.remind_by in CHANNELS else ""


@transaction.atomic
def choose(*, plan: MonitoringPlan, channel: str, by: User, at: datetime) -> None:
    """Record how, or that no, messages are wanted. It is the same decision as the agreement to reminders."""
    if channel == channel_of(plan):
        return
    if channel:
        MonitoringPlan.objects.filter(pk=plan.pk).update(remind_by=channel)
    consent.decide(patient=plan.episode.patient, purpose=ConsentPurpose.REMINDERS, is_given=bool(channel), by=by, at=at)


# --- Sending --------------------------------------------------------------------------------------------------------


def due(*, at: datetime, limit: int = 500) -> list[UUID]:
    """Return the weeks of the present clinic about which a message is owed, oldest first."""
    return list(_owed(at).order_by("remind_at").values_list("pk", flat=True)[:limit])


def _owed(at: datetime) -> QuerySet[CheckInSlot]:
    """Return the weeks that can be answered now and about which a message is owed."""
    return CheckInSlot.objects.filter(
        remind_at__lte=at, answered_at__isnull=True, missed_at__isnull=True, closes_at__gt=at
    )


def deliver(*, clinic_id: UUID, slot_id: UUID, at: datetime) -> bool:
    """Send the message that is owed about a week, unless someone else has claimed it; return whether it went out.

    1. Claim it with a conditional update, and commit: two workers can never both send now.
    2. Send outside any transaction: a slow mail server must not hold rows.
    3. Owe the next one. A crash between 2 and 3 sends it again, with another link.
    """
    with clinic_transaction(clinic_id=clinic_id):
        letter = _claim(slot_id, at)
    if letter is None:
        return False
    is_sent = CHANNELS[letter.channel](letter)
    with clinic_transaction(clinic_id=clinic_id):
        _mark(letter, is_sent=is_sent, at=at)
    return is_sent


def _claim(slot_id: UUID, at: datetime) -> Letter | None:
    """Return the letter to send; None when it is claimed, not wanted, or about a week that another has replaced."""
    owed_at = _owed(at).filter(pk=slot_id).values_list("remind_at", flat=True).first()
    if owed_at is None or _owed(at).filter(pk=slot_id).update(remind_at=at + CLAIM) != 1:
        return None
    slot = CheckInSlot.objects.select_related("episode__patient__user", "clinic").get(pk=slot_id)
    plan = MonitoringPlan.objects.select_related("episode__patient").get(episode_id=slot.episode_id)
    account = addressee(slot)
    is_newest = plans.open_slot(slot.episode, at=at) == slot
    if account is None or not is_newest or not wants_messages(plan):
        CheckInSlot.objects.filter(pk=slot_id).update(remind_at=None)
        return None
    if at - owed_at > IN_TIME and (later := within_hours(plan, at)) > at:
        CheckInSlot.objects.filter(pk=slot_id).update(remind_at=later if later < slot.closes_at else None)
        return None
    return Letter(
        slot_id=slot.pk,
        channel=ReminderChannel(plan.remind_by),
        address=account.email,
        language=languages.of_patient(slot.episode.patient),
        zone=plan.time_zone,
        clinic=slot.clinic,
        path=reverse("open_link", args=[issue_link(slot=slot, at=at)]),
        expires_at=slot.closes_at,
    )


def _mark(letter: Letter, *, is_sent: bool, at: datetime) -> None:
    """Owe what comes next: the reminder, the same again after a failure, or nothing."""
    slot = CheckInSlot.objects.get(pk=letter.slot_id)
    plan = MonitoringPlan.objects.get(episode_id=slot.episode_id)
    reminder = reminder_at(slot, plan)
    following = (reminder if reminder > at else None) if is_sent else within_hours(plan, at + RETRY)
    if not is_sent:
        CheckInLink.objects.filter(slot=slot, sent_at=at).delete()
    # What the patient chose meanwhile is newer than the claim, and stays.
    claimed = CheckInSlot.objects.filter(pk=slot.pk, remind_at=at + CLAIM)
    claimed.update(remind_at=following, reminders_sent=F("reminders_sent") + int(is_sent))


def send_email(letter: Letter) -> bool:
    """Hand a letter to the mail server; a refusal is an answer, not a crash."""
    page = {
        "clinic": letter.clinic,
        "url": f"{settings.SITE_URL}{letter.path}",
        "help_url": f"{settings.SITE_URL}{reverse('help_of_clinic', args=[crisis.code_of(letter.clinic)])}",
        "expires_at": zones.on_clock(letter.expires_at, letter.zone),
    }
    with translation.override(letter.language):
        subject = render_to_string("emails/check_in_due_subject.txt", page).strip()
        body = render_to_string("emails/check_in_due.txt", page)
    return mailing.hand_over(subject=subject, body=body, address=letter.address)


# How each channel sends. Only these channels are offered.
CHANNELS: Mapping[str, Callable[[Letter], bool]] = {ReminderChannel.EMAIL: send_email}
