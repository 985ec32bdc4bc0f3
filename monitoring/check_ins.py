"""Open, save and submit a check-in. A submitted row is the thing that must never be lost.

Safety answers act inside the transaction that stores them: an alert exists if and only if the answer does.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from monitoring import alerts, engine, needs, plans
from monitoring.engine.records import Domain, Finding, FindingKind, InstrumentSpec, Tier
from monitoring.models import CheckIn, CheckInDraft, CheckInSlot, MonitoringPlan, Score, Sighting
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from patients import audit, consent
from patients.models import Episode, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose

# A bad day asks these three; it counts the same. Source: DESIGN.md 6; choice of the three: docs/decisions/0040.
SHORT_FORM = (Domain.SLEEP, Domain.MOOD, Domain.FUNCTION)


class CheckInClosed(Exception):
    """Nothing is due, or this week has been answered already."""


class SameKeyOtherAnswers(Exception):
    """The key was used before with other answers; neither version is thrown away silently."""

    def __init__(self, stored: CheckIn) -> None:
        """Keep what is stored, for the page that shows both."""
        super().__init__(str(stored.pk))
        self.stored = stored


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything a patient said in one check-in. None means skipped; it is never zero."""

    ratings: Mapping[Domain, int | None]
    items: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    note: str = ""
    note_is_shared: bool = True
    contact_wish: ContactWish = ContactWish.JUST_RECORD
    is_short: bool = False

    def digest(self) -> str:
        """Return a fingerprint: the same answers always give the same one."""
        content = [
            {domain.value: self.ratings.get(domain) for domain in Domain},
            {code: dict(items) for code, items in self.items.items()},
            [self.note, self.note_is_shared, self.contact_wish, self.is_short],
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What came of a submit: the row, whether it was there already, and whether help must be shown."""

    check_in: CheckIn
    is_repeat: bool
    needs_help: bool


def domains_asked(*, is_short: bool) -> tuple[Domain, ...]:
    """Return the ratings of the form, in the order of every page."""
    return SHORT_FORM if is_short else tuple(Domain)


def instruments_asked(slot: CheckInSlot, *, is_short: bool) -> list[InstrumentSpec]:
    """Return the questionnaires that this week asks for; none on a bad day."""
    if is_short:
        return []
    plan = MonitoringPlan.objects.get(episode_id=slot.episode_id)
    return [engine.INSTRUMENTS[code] for code in plans.instruments_due(slot, plan)]


def check_can_answer(slot: CheckInSlot | None, episode: Episode) -> None:
    """Refuse a check-in that is not due, or that the patient has not agreed to.

    Raises:
        CheckInClosed: nothing is due.
        ConsentMissing: no consent.
    """
    if slot is None or slot.answered_at is not None:
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)


@transaction.atomic
def begin(*, episode: Episode, is_short: bool, at: datetime) -> CheckInDraft:
    """Open this week's form, or go on with the one that was begun; its answers stay.

    Raises:
        CheckInClosed: nothing is due.
        ConsentMissing: no consent.
    """
    slot = plans.open_slot(episode, at=at)
    check_can_answer(slot, episode)
    draft, is_new = CheckInDraft.objects.get_or_create(
        slot=slot, defaults={"client_key": uuid4(), "is_short": is_short, "updated_at": at}
    )
    if not is_new and draft.is_short != is_short:
        draft.is_short = is_short
        draft.save(update_fields=["is_short"])
    return draft


def current_draft(episode: Episode, *, at: datetime) -> CheckInDraft | None:
    """Return the form the patient is filling in, if one is open."""
    slot = plans.open_slot(episode, at=at)
    if slot is None:
        return None
    return CheckInDraft.objects.select_related("slot").filter(slot=slot).first()


@transaction.atomic
def save_answers(
    *, draft: CheckInDraft, answers: Mapping[str, object], episode: Episode, by: User, at: datetime
) -> bool:
    """Keep the answers of one page; return whether help must be shown at once.

    Args:
        draft: the form being filled in.
        episode: whose form it is.
        by: the patient.
        at: now.
        answers: key of the page -> answer: a rating's name -> 0 to 10 or None, an instrument's code -> item -> answer.

    A safety answer alerts here already: a form that is never sent still counts.
    """
    locked = CheckInDraft.objects.select_for_update().get(pk=draft.pk)
    locked.answers = {**locked.answers, **answers}
    locked.updated_at = at
    locked.save(update_fields=["answers", "updated_at"])
    draft.answers = locked.answers
    items = {code: answers[code] for code in answers if code in engine.INSTRUMENTS}
    found = _screen(episode, items)
    if found:
        _raise_risk(episode, found, None, by, at)
        needs.update(episode_ids=[episode.pk])
    return bool(found)


@transaction.atomic
def submit(*, episode: Episode, slot_id: UUID, client_key: UUID, answers: Answers, by: User, at: datetime) -> Receipt:
    """Store a check-in, score it, screen it and make its assessment due: all or nothing.

    The same key with the same answers gives the row that is there, so a double tap or a retry is harmless.

    Raises:
        CheckInClosed: the week was answered by another key, or has run out.
        SameKeyOtherAnswers: the key is known with other answers.
        ConsentMissing: no consent.
    """
    slot = CheckInSlot.objects.select_for_update().filter(pk=slot_id, episode=episode).first()
    repeated = _repeated(episode, client_key, answers)
    if repeated is not None:
        return repeated
    check_can_answer(slot, episode)
    if slot is None or slot.opens_at > at or slot.closes_at <= at:
        raise CheckInClosed
    check_in = _store(episode, slot, client_key, answers, at)
    _score(check_in, answers)
    needs_help = _act_on_answers(check_in, answers, by, at)
    CheckInSlot.objects.filter(pk=slot.pk).update(answered_at=at)
    CheckInDraft.objects.filter(slot=slot).delete()
    plans.make_due(episode_ids=[episode.pk], at=at)
    audit.record(AuditAction.CHECK_IN_SUBMITTED, by=by, about=check_in, at=at)
    needs.update(episode_ids=[episode.pk])
    return Receipt(check_in, is_repeat=False, needs_help=needs_help)


def _repeated(episode: Episode, client_key: UUID, answers: Answers) -> Receipt | None:
    """Return the receipt of an earlier submit with this key, if there was one."""
    stored = CheckIn.versions.filter(episode=episode, client_key=client_key).first()
    if stored is None:
        return None
    if stored.body_digest != answers.digest():
        raise SameKeyOtherAnswers(stored)
    return Receipt(stored, is_repeat=True, needs_help=has_risk_answer(answers))


def _store(episode: Episode, slot: CheckInSlot, client_key: UUID, answers: Answers, at: datetime) -> CheckIn:
    """Write the row."""
    return CheckIn.objects.create(
        episode=episode,
        slot=slot,
        client_key=client_key,
        body_digest=answers.digest(),
        about_on=plans.local_day(at, episode.patient.time_zone),
        submitted_at=at,
        is_short=answers.is_short,
        answers={code: dict(items) for code, items in answers.items.items()},
        note=answers.note,
        note_is_shared=answers.note_is_shared,
        contact_wish=answers.contact_wish,
        **{domain.value: answers.ratings.get(domain) for domain in Domain},
    )


def _score(check_in: CheckIn, answers: Answers) -> None:
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
        )


def _act_on_answers(check_in: CheckIn, answers: Answers, by: User, at: datetime) -> bool:
    """Raise what cannot wait for a queue; return whether help must be shown."""
    found = _screen(check_in.episode, answers.items)
    if found:
        _raise_risk(check_in.episode, found, check_in, by, at)
    if answers.contact_wish == ContactWish.CONTACT_ME:
        alerts.raise_alert(
            episode=check_in.episode, kind=AlertKind.CONTACT_WISH, tier=Tier.PRIORITY, check_in=check_in, at=at
        )
    return any(finding.kind == FindingKind.RISK_ANSWER for finding in found)


def _screen(episode: Episode, items: Mapping[str, object]) -> list[Finding]:
    """Return the red flags of the answers, compared with the answers before."""
    previous = CheckIn.objects.filter(episode=episode).exclude(answers={}).order_by("-submitted_at").first()
    found: list[Finding] = []
    for code, answered in items.items():
        if isinstance(answered, Mapping):
            before = previous.answers.get(code) if previous else None
            found.extend(engine.screen_answers(code, answered, before))
    return found


def _raise_risk(episode: Episode, found: list[Finding], check_in: CheckIn | None, by: User, at: datetime) -> None:
    """Alert on red flags, in the transaction that stores the answers."""
    alerts.record_findings(episode=episode, findings=found, check_in=check_in, as_of=at, at=at)
    audit.record(AuditAction.RISK_ANSWERED, by=by, about=episode, at=at)


def has_risk(draft: CheckInDraft) -> bool:
    """Say whether the answers given so far hold one that calls for help on the screen."""
    asked = {code: items for code, items in draft.answers.items() if code in engine.INSTRUMENTS}
    return any(engine.screen_answers(code, items) for code, items in asked.items())


def has_risk_answer(answers: Answers) -> bool:
    """Say whether the answers hold one that calls for help on the screen."""
    return any(engine.screen_answers(code, items) for code, items in answers.items.items())


def slot_or_none(episode: Episode, slot_id: str) -> CheckInSlot | None:
    """Return a week of this episode by the id a form carried; None for anything else."""
    try:
        return CheckInSlot.objects.filter(episode=episode, pk=UUID(slot_id)).first()
    except ValueError:
        return None


def last_rating(episode: Episode, domain: Domain) -> int | None:
    """Return the rating of the check-in before this one, for comparison after answering."""
    last = last_check_in(episode)
    return last.ratings[domain] if last else None


def last_check_in(episode: Episode) -> CheckIn | None:
    """Return the newest submitted check-in."""
    return CheckIn.objects.filter(episode=episode).order_by("-submitted_at").first()


def seen(*, episode: Episode, by: User, at: datetime) -> None:
    """Note that a member of the team looked: the patient's receipt, and "new since I looked"."""
    Sighting.objects.update_or_create(episode=episode, user=by, defaults={"seen_at": at})


def last_sighting(episode: Episode) -> Sighting | None:
    """Return who of the team looked last."""
    return Sighting.objects.filter(episode=episode).select_related("user").order_by("-seen_at").first()
