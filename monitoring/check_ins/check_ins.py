"""Send a check-in. A submitted row is the thing that must never be lost.

Safety answers act inside the transaction that stores them: an alert exists if and only if the answer does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from monitoring import engine
from monitoring.alerts import evidence, screening
from monitoring.attention import needs
from monitoring.check_ins import contents, weeks
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.engine.records import Domain, Tier
from monitoring.messages import reminders
from monitoring.models import CheckIn, CheckInDraft, CheckInSlot, Score
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import CheckInMode, ContactWish
from monitoring.plans import medicines, plans
from patients import audit
from patients.care import life_events
from patients.models import Episode, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.rights import consent


class NothingSaid(Exception):
    """Nothing was answered, written or wished: stored, it would look like a week that was answered."""


class SameKeyOtherAnswers(Exception):
    """The key was used before with other answers; neither version is thrown away silently."""

    def __init__(self, stored: CheckIn) -> None:
        """Keep what is stored, for the page that shows both."""
        super().__init__(str(stored.pk))
        self.stored = stored


@dataclass(frozen=True)
class Receipt:
    """What came of a submit: the row, whether it was there already, and about which matters a page must come first."""

    check_in: CheckIn
    is_repeat: bool
    owed: tuple[AlertKind, ...]


@transaction.atomic
def submit(
    *,
    episode: Episode,
    slot_id: UUID,
    client_key: UUID,
    answers: CheckInAnswers,
    corrects: UUID | None = None,
    is_by_phone: bool = False,
    by: User,
    at: datetime,
) -> Receipt:
    """Store a check-in, score it, screen it and make its assessment due: all or nothing.

    The same key with the same answers gives the row that is there, so a double tap or a retry is harmless. A
    correction replaces what it corrects and keeps it. Asked on the telephone, it is stored with who asked.

    Raises:
        CheckInClosed: the week was answered by another key, or has run out; what was to be corrected was already.
        NothingSaid: nothing was answered, written or wished.
        SameKeyOtherAnswers: the key is known with other answers.
        ConsentMissing: no consent.
    """
    if answers.says_nothing:
        raise NothingSaid
    slot = CheckInSlot.objects.select_for_update().filter(pk=slot_id, episode=episode).first()
    repeated = _repeated(episode, client_key, answers, at)
    if repeated is not None:
        return repeated
    original = _original(episode, slot, corrects, at) if corrects else None
    if original is None:
        weeks.check_can_answer(slot, episode, at=at)
    if slot is None:
        raise CheckInClosed
    slot.episode = episode  # with its patient, as it is at hand: not read again
    check_in = _store(slot, client_key, answers, original, asked_by=by if is_by_phone else None, at=at)
    if original is None:
        close_week(slot, at=at)
    owed = keep(check_in, answers, original, by, at)
    return Receipt(check_in, is_repeat=False, owed=owed)


def close_week(slot: CheckInSlot, *, at: datetime) -> None:
    """Mark a week as answered; no link of a message opens it any more."""
    CheckInSlot.objects.filter(pk=slot.pk).update(answered_at=at)
    reminders.close_links(slot_id=slot.pk, at=at)


def supersede(original: CheckIn, *, at: datetime) -> None:
    """Let a check-in and its scores no longer count, because a correction replaces them."""
    original.superseded_at = at
    original.save(update_fields=["superseded_at"])
    Score.objects.filter(check_in=original).update(superseded_at=at)


def keep(
    check_in: CheckIn, answers: CheckInAnswers, original: CheckIn | None, by: User, at: datetime
) -> tuple[AlertKind, ...]:
    """Write all that follows from a row that has just been stored; return about which matters a page must come first."""
    _score(check_in, answers)
    owed = _act_on_answers(check_in, answers, original, by, at)
    _finish(check_in, answers, original, by, at)
    return owed


def _original(episode: Episode, slot: CheckInSlot | None, corrects: UUID, at: datetime) -> CheckIn:
    """Return the check-in that is corrected, no longer counting from now on.

    Raises:
        CheckInClosed: it was corrected before, or the next week has begun.
        ConsentMissing: no consent.
    """
    original = weeks.correctable(episode, at=at)
    if slot is None or original is None or original.pk != corrects or original.slot_id != slot.pk:
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)
    supersede(original, at=at)
    return original


def _repeated(episode: Episode, client_key: UUID, answers: CheckInAnswers, at: datetime) -> Receipt | None:
    """Return the receipt of an earlier submit with this key, if there was one."""
    stored = CheckIn.versions.filter(episode=episode, client_key=client_key).first()
    if stored is None:
        return None
    if stored.body_digest != answers.digest():
        raise SameKeyOtherAnswers(stored)
    findings = screening.screen(episode, answers.items, stored.slot, symptoms=answers.medicines.symptoms, at=at)
    owed = screening.pages_owed(findings, episode, slot=stored.slot)
    return Receipt(stored, is_repeat=True, owed=owed)


def _store(
    slot: CheckInSlot,
    client_key: UUID,
    answers: CheckInAnswers,
    original: CheckIn | None,
    *,
    asked_by: User | None,
    at: datetime,
) -> CheckIn:
    """Write the row. A late entry is about the day it was begun in time, or due; a correction about what it corrects."""
    is_late = contents.is_late(slot, original, at=at)
    draft = CheckInDraft.objects.filter(slot=slot).first()
    return CheckIn.objects.create(
        episode=slot.episode,
        slot=slot,
        corrects=original,
        client_key=client_key,
        about_on=original.about_on if original else contents.about_on(slot, draft, at=at),
        submitted_at=at,
        is_late=is_late,
        mode=CheckInMode.PHONE if asked_by else CheckInMode.WEB,
        interviewer_id=asked_by.pk if asked_by else draft.interviewer_id if draft else None,
        **columns_of(answers),
    )


def columns_of(answers: CheckInAnswers) -> dict[str, Any]:
    """Return the columns of a row that hold what was said."""
    return dict(
        body_digest=answers.digest(),
        is_short=answers.is_short,
        own_item_id=answers.own_item,
        own_rating=answers.own_rating,
        side_effects={code: dict(parts) for code, parts in answers.medicines.symptoms.items()},
        other_symptom=answers.medicines.other,
        answers={code: dict(items) for code, items in answers.items.items()},
        note=answers.note,
        note_is_shared=answers.note_is_shared,
        contact_wish=answers.contact_wish,
        language=answers.language,
        **{domain.value: answers.ratings.get(domain) for domain in Domain},
    )


def _finish(check_in: CheckIn, answers: CheckInAnswers, original: CheckIn | None, by: User, at: datetime) -> None:
    """Write what goes with a stored check-in, and make its assessment due."""
    medicines.store(check_in, answers.medicines)
    if answers.pin is not None:
        life_events.add_life_event(
            episode=check_in.episode, title=answers.pin.title, happened_on=answers.pin.happened_on, by=by, at=at
        )
    CheckInDraft.objects.filter(slot_id=check_in.slot_id).delete()
    plans.make_due(episode_ids=[check_in.episode_id], at=at)
    action = AuditAction.CHECK_IN_CORRECTED if original else AuditAction.CHECK_IN_SUBMITTED
    audit.record(action, by=by, about=check_in, at=at)
    needs.update(episode_ids=[check_in.episode_id], at=at)


def _score(check_in: CheckIn, answers: CheckInAnswers) -> None:
    """Write one score per questionnaire, with the version that was asked."""
    for code, items in answers.items.items():
        score = engine.score(code, items)
        Score.objects.create(
            episode=check_in.episode,
            check_in=check_in,
            instrument=code,
            instrument_version=score.version,
            about_on=check_in.about_on,
            entered_at=check_in.submitted_at,
            value=score.value,
            answered_items=score.answered,
            is_prorated=score.prorated,
            language=answers.language and engine.instrument_in(engine.INSTRUMENTS[code], answers.language).language,
        )


def _act_on_answers(
    check_in: CheckIn, answers: CheckInAnswers, original: CheckIn | None, by: User, at: datetime
) -> tuple[AlertKind, ...]:
    """Raise what cannot wait for a queue; return about which matters a page must come first.

    A correction raises only what it says anew: what was said before has been raised, and perhaps answered.
    """
    findings = screening.screen(
        check_in.episode,
        screening.changed(answers.items, original),
        check_in.slot,
        symptoms=screening.changed_symptoms(answers.medicines.symptoms, original),
        at=at,
    )
    if findings:
        draft = CheckInDraft.objects.filter(slot_id=check_in.slot_id).first()
        screening.raise_alerts(
            episode=check_in.episode,
            findings=findings,
            slot=check_in.slot,
            check_in=check_in,
            before=draft.answers if draft else None,
            by=by,
            at=at,
        )
    had_asked = original is not None and original.contact_wish == ContactWish.CONTACT_ME
    if answers.contact_wish == ContactWish.CONTACT_ME and not had_asked:
        evidence.raise_alert(
            episode=check_in.episode, kind=AlertKind.CONTACT_WISH, tier=Tier.PRIORITY, check_in=check_in, at=at
        )
    if original is None:
        evidence.end_silence(episode=check_in.episode, at=at)
    return screening.pages_owed(findings, check_in.episode, slot=check_in.slot)


@transaction.atomic
def screen_refused(
    *, episode: Episode, slot: CheckInSlot, answers: CheckInAnswers, by: User, at: datetime
) -> tuple[AlertKind, ...]:
    """Alert on the red flags of a form that cannot be stored any more; return about which a page must come first.

    The form was sent already from another tab, or is too old. What it says of danger counts all the same.
    """
    sent = weeks.answered(slot)
    findings = screening.screen(
        episode,
        screening.changed(answers.items, sent),
        slot,
        symptoms=screening.changed_symptoms(answers.medicines.symptoms, sent),
        at=at,
    )
    if findings:
        screening.raise_alerts(episode=episode, findings=findings, slot=slot, by=by, at=at)
        needs.update(episode_ids=[episode.pk], at=at)
    return screening.pages_owed(findings, episode, slot=slot)
