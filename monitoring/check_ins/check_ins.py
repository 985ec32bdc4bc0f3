"""Open, save and submit a check-in. A submitted row is the thing that must never be lost.

Safety answers act inside the transaction that stores them: an alert exists if and only if the answer does.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from monitoring import engine
from monitoring.alerts import evidence, screening
from monitoring.attention import needs
from monitoring.engine.records import Checklist, Domain, InstrumentSpec, Tier
from monitoring.models import CheckIn, CheckInDraft, CheckInSlot, MonitoringPlan, OwnItem, Score
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.plans import medicines, own_items, plans
from monitoring.plans.medicines import MedicineAnswers
from patients import audit
from patients.care import care
from patients.models import Episode, Intervention, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.rights import consent

# A bad day asks these three; it counts the same. Source: DESIGN.md 6; choice of the three: docs/decisions/0040.
SHORT_FORM = (Domain.SLEEP, Domain.MOOD, Domain.FUNCTION)
# A missed week can be entered for so long after it ran out; nobody remembers more. Source: ENGINE 5, edge cases.
# Under this key a draft keeps what was said about medicines, as the fields of the form.
MEDICINES = "medicines"
# And under this one note, wish and event, as the fields of the form.
WORDS = "words"


class CheckInClosed(Exception):
    """Nothing is due, or this week has been answered already."""


class NothingSaid(Exception):
    """Nothing was answered, written or wished: stored, it would look like a week that was answered."""


class SameKeyOtherAnswers(Exception):
    """The key was used before with other answers; neither version is thrown away silently."""

    def __init__(self, stored: CheckIn) -> None:
        """Keep what is stored, for the page that shows both."""
        super().__init__(str(stored.pk))
        self.stored = stored


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One thing that happened, to be pinned to a day of the chart."""

    title: str
    happened_on: date


@dataclass(frozen=True, kw_only=True)
class CheckInAnswers:
    """Everything a patient said in one check-in. None means skipped; it is never zero.

    The language of the page is no part of what was said: the same answers in two languages are the same check-in.
    """

    ratings: Mapping[Domain, int | None]
    own_item: UUID | None = None
    own_rating: int | None = None
    medicines: MedicineAnswers = field(default_factory=MedicineAnswers)
    items: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    pin: Pin | None = None
    note: str = ""
    note_is_shared: bool = True
    contact_wish: ContactWish = ContactWish.JUST_RECORD
    is_short: bool = False
    language: str = ""

    @property
    def says_nothing(self) -> bool:
        """Say whether nothing was chosen, written or wished. A list of symptoms without a tick says something."""
        numbers = [
            *self.ratings.values(),
            self.own_rating,
            *(one for part in self.items.values() for one in part.values()),
        ]
        is_wish = self.contact_wish != ContactWish.JUST_RECORD
        words = self.note.strip() or self.pin or is_wish or self.medicines.intakes or self.medicines.symptoms
        return not words and all(number is None for number in numbers)

    def digest(self) -> str:
        """Return a fingerprint: the same answers always give the same one."""
        content = [
            {domain.value: self.ratings.get(domain) for domain in Domain},
            {code: dict(items) for code, items in self.items.items()},
            [self.note, self.note_is_shared, self.contact_wish, self.is_short],
            [self.own_item, self.own_rating, medicines.as_fields(self.medicines), self.medicines.symptoms],
            [self.pin.title, self.pin.happened_on] if self.pin else [],
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What came of a submit: the row, whether it was there already, and whether help must be shown."""

    check_in: CheckIn
    is_repeat: bool
    needs_help: bool


@dataclass(frozen=True, kw_only=True)
class FormContent:
    """What one form asks, in the order of its pages."""

    domains: tuple[Domain, ...]
    own_item: OwnItem | None = None
    medicines: tuple[Intervention, ...] = ()
    checklist: Checklist | None = None
    instruments: tuple[InstrumentSpec, ...] = ()


def domains_asked(*, is_short: bool) -> tuple[Domain, ...]:
    """Return the ratings of the form, in the order of every page."""
    return SHORT_FORM if is_short else tuple(Domain)


def instruments_asked(slot: CheckInSlot, *, is_short: bool) -> list[InstrumentSpec]:
    """Return the questionnaires that this week asks for; none on a bad day."""
    if is_short:
        return []
    plan = MonitoringPlan.objects.get(episode_id=slot.episode_id)
    return [engine.INSTRUMENTS[code] for code in plans.instruments_due(slot, plan)]


def what_is_asked(slot: CheckInSlot, *, is_short: bool, at: datetime) -> FormContent:
    """Return what the form of a week asks: a correction asks what was asked, a late entry the ratings alone.

    Questionnaires and medicines are about the days before they are answered, so that they cannot be entered late.
    """
    original = answered(slot)
    domains = domains_asked(is_short=is_short)
    own_item = original.own_item if original else own_items.own_item(slot.episode)
    if is_short:
        return FormContent(domains=domains)
    if original.is_late if original else slot.closes_at <= at:
        return FormContent(domains=domains, own_item=own_item)
    known = medicines.known(slot.episode)
    day = original.about_on if original else plans.local_day(at, slot.episode.patient.time_zone)
    return FormContent(
        domains=domains,
        own_item=own_item,
        medicines=tuple(medicines.taken_on(known, day)),
        checklist=medicines.checklist_on(known, day),
        instruments=tuple(instruments_asked(slot, is_short=False)),
    )


# ---------- which weeks can be answered ----------


def late_slot(episode: Episode, *, at: datetime) -> CheckInSlot | None:
    """Return the newest week that ran out unanswered and can still be entered."""
    missed = CheckInSlot.objects.filter(episode=episode, answered_at__isnull=True)
    return missed.filter(closes_at__lte=at, closes_at__gt=at - plans.LATE_WINDOW).order_by("-week_of").first()


def answered(slot: CheckInSlot) -> CheckIn | None:
    """Return the check-in of a week that counts."""
    if slot.answered_at is None:
        return None
    return CheckIn.objects.filter(slot=slot).select_related("own_item").first()


def correctable(episode: Episode, *, at: datetime) -> CheckIn | None:
    """Return the check-in whose answers can still be changed: the newest week's, until the next one opens."""
    newest = CheckInSlot.objects.filter(episode=episode, opens_at__lte=at).order_by("-week_of").first()
    return answered(newest) if newest else None


def check_can_answer(slot: CheckInSlot | None, episode: Episode, *, at: datetime) -> None:
    """Refuse a check-in that is not due, or that the patient has not agreed to.

    Raises:
        CheckInClosed: nothing is due, it is answered, or it ran out too long ago.
        ConsentMissing: no consent.
    """
    if slot is None or slot.answered_at is not None:
        raise CheckInClosed
    if slot.opens_at > at or slot.closes_at <= at - plans.LATE_WINDOW:
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)


@transaction.atomic
def begin(*, episode: Episode, is_short: bool, slot: CheckInSlot | None = None, at: datetime) -> CheckInDraft:
    """Open the form of this week, or of a missed one, or go on with one that was begun; its answers stay.

    Raises:
        CheckInClosed: nothing is due.
        ConsentMissing: no consent.
    """
    slot = slot or plans.open_slot(episode, at=at)
    check_can_answer(slot, episode, at=at)
    defaults = {"is_short": is_short, "updated_at": at}
    draft, _ = CheckInDraft.objects.update_or_create(
        slot=slot, defaults=defaults, create_defaults=defaults | {"client_key": uuid4()}
    )
    return draft


@transaction.atomic
def begin_correction(*, episode: Episode, at: datetime) -> CheckInDraft:
    """Open the form again with the answers that were given in it.

    Raises:
        CheckInClosed: nothing can be changed any more.
        ConsentMissing: no consent.
    """
    original = correctable(episode, at=at)
    if original is None or original.slot is None:
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)
    given = {"client_key": uuid4(), "is_short": original.is_short, "answers": _given(original)}
    draft, _ = CheckInDraft.objects.update_or_create(
        slot=original.slot, defaults={"updated_at": at}, create_defaults=given | {"updated_at": at}
    )
    return draft


def _given(original: CheckIn) -> dict[str, object]:
    """Return the answers of a stored check-in as a draft keeps them."""
    ratings = {domain.value: original.ratings[domain] for domain in domains_asked(is_short=original.is_short)}
    own = {own_key(original.own_item.pk): original.own_rating} if original.own_item else {}
    return {**ratings, **own, MEDICINES: medicines.as_fields(medicines.reported(original)), **original.answers}


def own_key(item_id: UUID) -> str:
    """Return the key of an own question in a draft: an answer never passes to other words."""
    return f"own:{item_id}"


def current_draft(episode: Episode, *, slot_id: UUID | None = None, at: datetime) -> CheckInDraft | None:
    """Return the form the patient is filling in: of the named week, or the one that was touched last."""
    drafts = CheckInDraft.objects.filter(slot__episode=episode).select_related("slot__episode__patient")
    if slot_id is not None:
        drafts = drafts.filter(slot_id=slot_id)
    return next((draft for draft in drafts.order_by("-updated_at") if _can_go_on(draft, at)), None)


def _can_go_on(draft: CheckInDraft, at: datetime) -> bool:
    """Say whether a form that was begun can still be sent."""
    slot = draft.slot
    if slot.answered_at is None:
        return slot.opens_at <= at < slot.closes_at + plans.LATE_WINDOW
    original = correctable(slot.episode, at=at)
    return original is not None and original.slot_id == slot.pk


def has_begun(slot: CheckInSlot) -> bool:
    """Say whether the form of a week holds an answer already."""
    return CheckInDraft.objects.filter(slot=slot).exclude(answers={}).exists()


@transaction.atomic
def save_answers(
    *,
    draft: CheckInDraft,
    answers: Mapping[str, object],
    episode: Episode,
    by: User,
    at: datetime,
    sent_at: datetime | None = None,
) -> bool:
    """Keep the answers of one page, or the words of the last; return whether help must be shown at once.

    Args:
        draft: the form being filled in.
        episode: whose form it is.
        by: the patient.
        at: now.
        sent_at: when it left the device, by our clock; now where that is not known.
        answers: key of the page -> answer: a rating's name -> 0 to 10 or None, an instrument's code -> item -> answer.

    A safety answer alerts here already: a form that is never sent still counts. Help is owed until it was shown.

    Raises:
        CheckInClosed: the form was sent meanwhile.
    """
    locked = CheckInDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None:
        raise CheckInClosed
    # Overtaken on the way: what was answered since then stands. It is looked at for danger all the same.
    sent = sent_at or at
    is_late = locked.updated_at > sent
    before = locked.answers
    locked.answers = {**answers, **locked.answers} if is_late else {**locked.answers, **answers}
    locked.updated_at = max(locked.updated_at, sent)
    locked.save(update_fields=["answers", "updated_at"])
    draft.answers = locked.answers
    found = screening.screen(episode, screening.changed(answers, answered(locked.slot)), locked.slot)
    if not found:
        return False
    screening.raise_risk(episode=episode, found=found, slot=locked.slot, before=before, by=by, at=at)
    needs.update(episode_ids=[episode.pk], at=at)
    return screening.is_help_owed(episode, slot=locked.slot)


@transaction.atomic
def submit(
    *,
    episode: Episode,
    slot_id: UUID,
    client_key: UUID,
    answers: CheckInAnswers,
    corrects: UUID | None = None,
    by: User,
    at: datetime,
) -> Receipt:
    """Store a check-in, score it, screen it and make its assessment due: all or nothing.

    The same key with the same answers gives the row that is there, so a double tap or a retry is harmless. A
    correction replaces what it corrects and keeps it.

    Raises:
        CheckInClosed: the week was answered by another key, or has run out; what was to be corrected was already.
        NothingSaid: nothing was answered, written or wished.
        SameKeyOtherAnswers: the key is known with other answers.
        ConsentMissing: no consent.
    """
    if answers.says_nothing:
        raise NothingSaid
    slot = CheckInSlot.objects.select_for_update().filter(pk=slot_id, episode=episode).first()
    repeated = _repeated(episode, client_key, answers)
    if repeated is not None:
        return repeated
    original = _original(episode, slot, corrects, at) if corrects else None
    if original is None:
        check_can_answer(slot, episode, at=at)
    if slot is None:
        raise CheckInClosed
    check_in = _store(slot, client_key, answers, original, at)
    _score(check_in, answers)
    needs_help = _act_on_answers(check_in, answers, original, by, at)
    if original is None:
        CheckInSlot.objects.filter(pk=slot.pk).update(answered_at=at)
    _finish(check_in, answers, original, by, at)
    return Receipt(check_in, is_repeat=False, needs_help=needs_help)


def _original(episode: Episode, slot: CheckInSlot | None, corrects: UUID, at: datetime) -> CheckIn:
    """Return the check-in that is corrected, no longer counting from now on.

    Raises:
        CheckInClosed: it was corrected before, or the next week has begun.
        ConsentMissing: no consent.
    """
    original = correctable(episode, at=at)
    if slot is None or original is None or original.pk != corrects or original.slot_id != slot.pk:
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)
    original.superseded_at = at
    original.save(update_fields=["superseded_at"])
    Score.objects.filter(check_in=original).update(superseded_at=at)
    return original


def _repeated(episode: Episode, client_key: UUID, answers: CheckInAnswers) -> Receipt | None:
    """Return the receipt of an earlier submit with this key, if there was one."""
    stored = CheckIn.versions.filter(episode=episode, client_key=client_key).first()
    if stored is None:
        return None
    if stored.body_digest != answers.digest():
        raise SameKeyOtherAnswers(stored)
    needs_help = bool(screening.red_flags(answers.items)) and screening.is_help_owed(episode, slot=stored.slot)
    return Receipt(stored, is_repeat=True, needs_help=needs_help)


def _store(
    slot: CheckInSlot, client_key: UUID, answers: CheckInAnswers, original: CheckIn | None, at: datetime
) -> CheckIn:
    """Write the row. A late entry is about the day it was due; a correction about the day it corrects."""
    is_late = original.is_late if original else slot.closes_at <= at
    about_on = slot.due_on if is_late else plans.local_day(at, slot.episode.patient.time_zone)
    return CheckIn.objects.create(
        episode=slot.episode,
        slot=slot,
        corrects=original,
        client_key=client_key,
        body_digest=answers.digest(),
        about_on=original.about_on if original else about_on,
        submitted_at=at,
        is_late=is_late,
        is_short=answers.is_short,
        own_item_id=answers.own_item,
        own_rating=answers.own_rating,
        side_effects={code: dict(parts) for code, parts in answers.medicines.symptoms.items()},
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
        care.add_life_event(
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
) -> bool:
    """Raise what cannot wait for a queue; return whether help must be shown.

    A correction raises only what it says anew: what was said before has been raised, and perhaps answered.
    """
    found = screening.screen(check_in.episode, screening.changed(answers.items, original), check_in.slot)
    if found:
        draft = CheckInDraft.objects.filter(slot_id=check_in.slot_id).first()
        screening.raise_risk(
            episode=check_in.episode,
            found=found,
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
    return bool(found) and screening.is_help_owed(check_in.episode, slot=check_in.slot)


@transaction.atomic
def screen_refused(
    *, episode: Episode, slot: CheckInSlot, items: Mapping[str, Mapping[str, int | None]], by: User, at: datetime
) -> bool:
    """Alert on the safety answers of a form that cannot be stored any more; return whether help must be shown.

    It was sent already from another tab, or is too old: what it says about safety was said all the same.
    """
    found = screening.screen(episode, screening.changed(items, answered(slot)), slot)
    if not found:
        return False
    screening.raise_risk(episode=episode, found=found, slot=slot, by=by, at=at)
    needs.update(episode_ids=[episode.pk], at=at)
    return screening.is_help_owed(episode, slot=slot)


def slot_or_none(episode: Episode, slot_id: str) -> CheckInSlot | None:
    """Return a week of this episode by the id a form carried; None for anything else."""
    try:
        return CheckInSlot.objects.filter(episode=episode, pk=UUID(slot_id)).first()
    except ValueError:
        return None


def last_answer(slot: CheckInSlot, key: str) -> int | None:
    """Return the answer of the check-in before, for comparison after answering.

    Args:
        slot: the week that is being answered.
        key: under which a draft keeps the answer.
    """
    last = CheckIn.objects.filter(episode_id=slot.episode_id).exclude(slot=slot).order_by("-submitted_at").first()
    given = {} if last is None else {domain.value: value for domain, value in last.ratings.items()}
    if last is not None and last.own_item_id is not None:
        given[own_key(last.own_item_id)] = last.own_rating
    return given.get(key)


def last_check_in(episode: Episode) -> CheckIn | None:
    """Return the newest submitted check-in."""
    return CheckIn.objects.filter(episode=episode).order_by("-submitted_at").first()
