"""Store what somebody filled in on paper: with the day on the paper and who typed it.

One week has one check-in. Into a week that has one the paper brings what it holds as a correction, and the version
before is kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from monitoring.check_ins import check_ins, drafts
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.check_ins import NothingSaid, Receipt
from monitoring.engine.records import Domain
from monitoring.models import CheckIn, CheckInSlot
from monitoring.models.check_ins import CheckInMode, ContactWish
from monitoring.plans import medicines, plans
from patients.models import Episode, User
from patients.models.consent import ConsentPurpose
from patients.rights import consent

WEEK = timedelta(days=7)


class PaperDayRefused(ValueError):
    """The day on the paper is to come, or lies before the period of care."""


class FormBegun(Exception):
    """The patient has begun this week's form and not sent it: typing the paper would drop those answers."""


def check_day(episode: Episode, on: date, *, at: datetime) -> None:
    """Refuse a day on which the paper cannot have been filled in.

    Raises:
        PaperDayRefused: it is to come, or lies before the period of care.
    """
    if not episode.started_on <= on <= plans.local_day(at, episode.patient.time_zone):
        raise PaperDayRefused


def of_week(episode: Episode, on: date) -> CheckIn | None:
    """Return the check-in that counts of the week of a day; of several the nearest to the day."""
    monday = plans.monday_of(on)
    rows = CheckIn.objects.filter(episode=episode, about_on__gte=monday, about_on__lt=monday + WEEK)
    return min(rows.select_related("own_item", "slot"), key=lambda row: abs(row.about_on - on), default=None)


@transaction.atomic
def enter(
    *,
    episode: Episode,
    on: date,
    client_key: UUID,
    answers: CheckInAnswers,
    by: User,
    at: datetime,
) -> Receipt:
    """Store what stands on a paper; the same key, or the same answers for the week, give the row that is there.

    Args:
        episode: whose.
        on: the day on the paper.
        client_key: of the page that sends it.
        answers: what stands on it: ratings and questionnaires.
        by: who types.
        at: now.

    Raises:
        NothingSaid: nothing stands on it.
        PaperDayRefused: see `check_day`.
        FormBegun: the patient is filling in that week's form.
        ConsentMissing: no consent.
    """
    if answers.says_nothing:
        raise NothingSaid
    check_day(episode, on, at=at)
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)
    # Of two who type the same paper the second sees what the first has stored.
    Episode.objects.select_for_update().get(pk=episode.pk)
    weeks = CheckInSlot.objects.select_for_update().filter(episode=episode, week_of=plans.monday_of(on))
    slot = weeks.first()
    stored = CheckIn.versions.filter(episode=episode, client_key=client_key).first()
    original = of_week(episode, on)
    whole = answers if original is None else _together(original, answers)
    if stored is None and original is not None and original.body_digest == whole.digest():
        stored = original
    if stored is not None:
        return Receipt(stored, is_repeat=True, owed=())
    if slot is not None and slot.answered_at is None and drafts.has_begun(slot):
        raise FormBegun
    return _store(episode, on, slot, client_key, whole, original, by=by, at=at)


def _store(
    episode: Episode,
    on: date,
    slot: CheckInSlot | None,
    client_key: UUID,
    answers: CheckInAnswers,
    original: CheckIn | None,
    *,
    by: User,
    at: datetime,
) -> Receipt:
    """Write the row, and all that follows from it."""
    if original is not None:
        check_ins.supersede(original, at=at)
        slot = original.slot
    elif slot is not None and slot.answered_at is None:
        check_ins.close_week(slot, at=at)
    else:
        slot = None
    check_in = CheckIn.objects.create(
        episode=episode,
        slot=slot,
        corrects=original,
        client_key=client_key,
        about_on=original.about_on if original else on,
        submitted_at=at,
        is_late=original.is_late if original else slot is not None and slot.closes_at <= at,
        mode=CheckInMode.PAPER,
        interviewer=by,
        **check_ins.columns_of(answers),
    )
    if slot is not None:
        slot.episode = episode
    owed = check_ins.keep(check_in, answers, original, by, at)
    return Receipt(check_in, is_repeat=False, owed=owed)


def _together(original: CheckIn, paper: CheckInAnswers) -> CheckInAnswers:
    """Return the answers of a check-in with those of a paper of its week: what stands on the paper counts."""
    said = {domain: value for domain, value in paper.ratings.items() if value is not None}
    kept: Mapping[Domain, int | None] = original.ratings
    items: dict[str, Any] = {code: dict(answers) for code, answers in original.answers.items()}
    return replace(
        CheckInAnswers(
            ratings={**kept, **said},
            own_item=original.own_item_id,
            own_rating=original.own_rating,
            medicines=medicines.reported(original),
            note=original.note,
            note_is_shared=original.note_is_shared,
            contact_wish=ContactWish(original.contact_wish),
            language=original.language,
        ),
        is_short=original.is_short and not said,
        items=items | {code: dict(answers) for code, answers in paper.items.items()},
    )
