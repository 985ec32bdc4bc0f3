"""Which weeks can be answered, late or anew, and what was answered in them. Reads only."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from monitoring.check_ins.contents import own_key
from monitoring.models import CheckIn, CheckInSlot
from monitoring.plans import plans
from patients.models import Episode
from patients.models.consent import ConsentPurpose
from patients.rights import consent


class CheckInClosed(Exception):
    """Nothing is due, or this week has been answered already."""


def is_open(slot: CheckInSlot, *, at: datetime) -> bool:
    """Say whether a week can be answered by its dates: it has begun, and it did not run out too long ago."""
    return slot.opens_at <= at < slot.closes_at + plans.LATE_WINDOW


def is_to_be_answered(slot: CheckInSlot, *, at: datetime) -> bool:
    """Say whether a week waits for its answers and has not run out."""
    return slot.answered_at is None and slot.missed_at is None and slot.opens_at <= at < slot.closes_at


def late_slot(episode: Episode, *, at: datetime) -> CheckInSlot | None:
    """Return the newest week that ran out unanswered and can still be entered."""
    missed = CheckInSlot.objects.filter(episode=episode, answered_at__isnull=True)
    return missed.filter(closes_at__lte=at, closes_at__gt=at - plans.LATE_WINDOW).order_by("-week_of").first()


def answered(slot: CheckInSlot) -> CheckIn | None:
    """Return the check-in of a week that counts."""
    if slot.answered_at is None:
        return None
    check_in = CheckIn.objects.filter(slot=slot).select_related("own_item").first()
    if check_in is not None:
        check_in.slot = slot
    return check_in


def correctable(episode: Episode, *, at: datetime) -> CheckIn | None:
    """Return the check-in whose answers can still be changed: the newest week's, until the next one opens."""
    newest = CheckInSlot.objects.filter(episode=episode, opens_at__lte=at).order_by("-week_of").first()
    if newest is None:
        return None
    newest.episode = episode
    return answered(newest)


def check_can_answer(slot: CheckInSlot | None, episode: Episode, *, at: datetime) -> CheckInSlot:
    """Return the week; refuse a check-in that is not due, or that the patient has not agreed to.

    Raises:
        CheckInClosed: nothing is due, it is answered, or it ran out too long ago.
        ConsentMissing: no consent.
    """
    if slot is None or slot.answered_at is not None:
        raise CheckInClosed
    if not is_open(slot, at=at):
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)
    return slot


def find_slot(episode: Episode, slot_id: str) -> CheckInSlot | None:
    """Return a week of this episode, which it knows, by the id a form carried; None for anything else."""
    try:
        slot = CheckInSlot.objects.filter(episode=episode, pk=UUID(slot_id)).first()
    except ValueError:
        return None
    if slot is not None:
        slot.episode = episode
    return slot


def last_answer(slot: CheckInSlot, key: str) -> int | None:
    """Return the answer of the last check-in of an earlier week, for comparison after answering; None without one.

    Args:
        slot: the week that is being answered.
        key: under which a draft keeps the answer.
    """
    is_earlier = Q(slot__week_of__lt=slot.week_of) | Q(slot__isnull=True, about_on__lt=slot.week_of)
    earlier = CheckIn.objects.filter(is_earlier, episode_id=slot.episode_id)
    last = earlier.order_by("-about_on", "-submitted_at").first()
    answers = {} if last is None else {domain.value: value for domain, value in last.ratings.items()}
    if last is not None and last.own_item_id is not None:
        answers[own_key(last.own_item_id)] = last.own_rating
    return answers.get(key)


def last_check_in(episode: Episode) -> CheckIn | None:
    """Return the newest submitted check-in."""
    return CheckIn.objects.filter(episode=episode).order_by("-submitted_at").first()
