"""A form while it is filled in: begun, kept answer by answer, picked up again. What was said in it counts at once.

It may be open in two places. Each question keeps when it was answered, and what was answered last counts, whatever
arrives last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from monitoring.alerts import screening
from monitoring.attention import needs
from monitoring.check_ins import contents, weeks
from monitoring.check_ins.contents import (
    MEDICINES,
    WORD_FIELDS,
    WORDS,
    domains_asked,
    field_of,
    own_key,
    question_of,
)
from monitoring.check_ins.weeks import CheckInClosed
from monitoring.models import CheckIn, CheckInDraft, CheckInSlot
from monitoring.models.alerts import AlertKind
from monitoring.plans import medicines, plans
from patients.models import Episode, User
from patients.models.consent import ConsentPurpose
from patients.queries import compiled
from patients.rights import consent


@transaction.atomic
def begin(*, episode: Episode, is_short: bool, slot: CheckInSlot | None = None, at: datetime) -> CheckInDraft:
    """Open the form of this week, or of a missed one, or go on with one that was begun; its answers stay.

    Raises:
        CheckInClosed: nothing is due.
        ConsentMissing: no consent.
    """
    slot = weeks.check_can_answer(slot or plans.open_slot(episode, at=at), episode, at=at)
    defaults: dict[str, Any] = {"is_short": is_short, "updated_at": at}
    begun = CheckInDraft.objects.filter(slot=slot).exists()
    # Decided once: what a form asks does not change while it is filled in.
    asked = {} if begun else {"asked": contents.decide(slot, at=at).as_json()}
    draft, _ = CheckInDraft.objects.update_or_create(
        slot=slot, defaults=defaults, create_defaults=defaults | asked | {"client_key": uuid4()}
    )
    draft.slot = slot
    return draft


@transaction.atomic
def begin_correction(*, episode: Episode, at: datetime) -> CheckInDraft:
    """Open the form again with the answers that were given in it.

    Raises:
        CheckInClosed: nothing can be changed any more.
        ConsentMissing: no consent.
    """
    original = weeks.correctable(episode, at=at)
    if original is None or original.slot is None:
        raise CheckInClosed
    consent.check_consent(patient=episode.patient, purpose=ConsentPurpose.CHECK_INS)
    values = {
        "client_key": uuid4(),
        "is_short": original.is_short,
        "answers": _as_answers(original),
        "asked": contents.decide(original.slot, original=original, at=at).as_json(),
    }
    draft, _ = CheckInDraft.objects.update_or_create(
        slot=original.slot, defaults={"updated_at": at}, create_defaults=values | {"updated_at": at}
    )
    draft.slot = original.slot
    return draft


def _as_answers(original: CheckIn) -> dict[str, object]:
    """Return the answers of a stored check-in as a draft keeps them."""
    ratings = {domain.value: original.ratings[domain] for domain in domains_asked(is_short=original.is_short)}
    own = {own_key(original.own_item.pk): original.own_rating} if original.own_item else {}
    return {**ratings, **own, MEDICINES: medicines.as_fields(medicines.reported(original)), **original.answers}


def says_the_same(stored: CheckIn, posted: Mapping[str, str]) -> bool:
    """Say whether a stored check-in holds every answer that a page brings."""
    sent = contents.fields_of(_as_answers(stored))
    return all(sent.get(name, "") == value for name, value in posted.items())


@compiled
def of_episode(episode_id: UUID) -> QuerySet[CheckInDraft]:
    """Return the forms that were begun, the one that was touched last first."""
    drafts = CheckInDraft.objects.filter(slot__episode_id=episode_id)
    return drafts.select_related("slot__episode__patient").order_by("-updated_at")


def of_slot(slot: CheckInSlot) -> CheckInDraft | None:
    """Return the form of a week, if it was begun."""
    return CheckInDraft.objects.filter(slot=slot).first()


def has_begun(slot: CheckInSlot) -> bool:
    """Say whether the form of a week holds an answer already."""
    return CheckInDraft.objects.filter(slot=slot).exclude(answers={}).exists()


def holds_own_answers(slot: CheckInSlot) -> bool:
    """Say whether the form of a week holds what the patient alone has answered, and not sent.

    A correction begins with what was sent: only what was touched in it since is unsent.
    """
    draft = CheckInDraft.objects.filter(slot=slot, interviewer__isnull=True).first()
    if draft is None:
        return False
    return bool(draft.answered_at) or (slot.answered_at is None and bool(draft.answers))


# ---------- a form that is open in two places ----------


@dataclass(frozen=True, kw_only=True)
class Said:
    """When what a page brings was said.

    Attributes:
        sent_at: when it left the device, by our clock.
        shown: the fields that the page came with; None where it does not tell, and everything in it counts as said.
        changed: field -> when it was answered on the page; what was not touched there says nothing.
    """

    sent_at: datetime
    shown: Mapping[str, str] | None = None
    changed: Mapping[str, datetime] = field(default_factory=dict)

    def times(self) -> dict[str, float]:
        """Return when each question was answered on the page: the last of its fields decides."""
        times: dict[str, float] = {}
        for name, at in self.changed.items():
            question = question_of(name)
            times[question] = max(times.get(question, 0), at.timestamp())
        return times

    def counting(self, kept: Mapping[str, float]) -> Callable[[str], float | None]:
        """Return what gives for a question when it was answered on the page; None where what is kept is newer.

        Args:
            kept: when each question was answered that is kept.
        """
        times = self.times()
        otherwise = self.sent_at.timestamp() if self.shown is None else None

        def answered(question: str) -> float | None:
            at = times.get(question, otherwise)
            return None if at is None or at < kept.get(question, 0) else at

        return answered


def newest(
    kept: Mapping[str, Any], kept_at: Mapping[str, float], given: Mapping[str, Any], said: Said
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return answers and times of a form after a page came in: of each question what was said of it last.

    Args:
        kept: answers so far, as a draft keeps them.
        kept_at: question -> when it was answered, seconds since 1970.
        given: the answers of the page.
        said: when they were given.
    """
    answered, answers, times = said.counting(kept_at), dict(kept), dict(kept_at)
    for key, answer in given.items():
        before = kept.get(key)
        if key not in kept:
            answers[key] = answer
        elif isinstance(before, dict) and isinstance(answer, dict):
            answers[key] = _newest_parts(key, before, answer, answered)
        elif answered(field_of(key)) is not None:
            answers[key] = answer
        parts = {part for one in (before, answer) if isinstance(one, dict) for part in one}
        fields = [field_of(key, part) for part in parts] if isinstance(answer, dict) else [field_of(key)]
        times |= {question: at for question in map(question_of, fields) if (at := answered(question)) is not None}
    if MEDICINES in given:
        answers[MEDICINES] = _without_contradiction(answers[MEDICINES], times)
    return answers, times


def _newest_parts(
    key: str, kept: Mapping[str, Any], given: Mapping[str, Any], answered: Callable[[str], float | None]
) -> dict[str, Any]:
    """Return the parts of an answer that has several questions: a part that is missing was left empty."""
    merged = {}
    for part in dict.fromkeys([*kept, *given]):
        source = kept if answered(question_of(field_of(key, part))) is None else given
        if part in source:
            merged[part] = source[part]
    return merged


def _without_contradiction(fields: Mapping[str, Any], times: Mapping[str, float]) -> dict[str, Any]:
    """Return what was said of symptoms: "none of these" and a symptom exclude each other, and the later tap counts."""
    ticked = [part for part in fields if part.startswith("has_")]
    if "no_symptoms" not in fields or not ticked:
        return dict(fields)
    none_at = times.get("no_symptoms", 0)
    newer = {part for part in ticked if times.get(part, 0) > none_at}
    gone = {"no_symptoms"} if newer else set()
    gone |= {part for part in ticked if part not in newer and times.get(part, 0) < none_at}
    return {part: value for part, value in fields.items() if question_of(part) not in gone}


def was_overtaken(draft: CheckInDraft, said: Said) -> bool:
    """Say whether a draft holds a newer answer to a question than the page that has just been kept."""
    kept_at = draft.answered_at or {}
    return any(at < kept_at.get(question, 0) for question, at in said.times().items())


def newer_fields(draft: CheckInDraft, said: Said, *, is_short: bool) -> dict[str, str | None]:
    """Return what was answered elsewhere after a page was made that sends: field -> answer, None for left empty.

    Args:
        draft: what is kept of the form.
        said: when the fields of the page were answered; what it had from the draft was not answered on it.
        is_short: whether the page is that of a bad day, which brings its own questions alone.
    """
    asked = {*contents.SHORT_FORM, WORDS}
    answers = {key: answer for key, answer in draft.answers.items() if not is_short or key in asked}
    kept, answered = contents.fields_of(answers), said.counting(draft.answered_at or {})
    # Words that are not in the draft stand on the page from what is corrected.
    known = {name for name in said.shown or () if WORDS in answers or name not in WORD_FIELDS}
    return {name: kept.get(name) for name in {*kept, *known} if answered(question_of(name)) is None}


@transaction.atomic
def save_answers(
    *,
    draft: CheckInDraft,
    answers: Mapping[str, object],
    episode: Episode,
    by: User,
    at: datetime,
    said: Said | None = None,
) -> tuple[AlertKind, ...]:
    """Keep the answers of one page, or the words of the last; return about which matters a page must come at once.

    Args:
        draft: the form being filled in.
        episode: whose form it is.
        by: the patient, or who of the team asks on the telephone: that is kept with the form.
        at: now.
        answers: key of the page -> answer: a rating's name -> 0 to 10 or None, an instrument's code -> item -> answer.
        said: when each of the answers was given; all of them now where that is not known.

    Of a question that was answered twice the later answer is kept, also where it arrives first. A red flag alerts here
    already, also one that is not kept: a form that is never sent still counts. Its page is owed until it was shown.

    Raises:
        CheckInClosed: the form was sent meanwhile.
    """
    locked = CheckInDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None:
        raise CheckInClosed
    said = said or Said(sent_at=at)
    before = locked.answers
    locked.answers, locked.answered_at = newest(before, locked.answered_at or {}, answers, said)
    locked.updated_at = max(locked.updated_at, said.sent_at)
    if by.pk != episode.patient.user_id:
        locked.interviewer = by
    locked.save(update_fields=["answers", "answered_at", "interviewer", "updated_at"])
    draft.answers, draft.answered_at = locked.answers, locked.answered_at
    original = weeks.answered(locked.slot)
    symptoms = medicines.symptoms_in(cast("Mapping[str, str]", answers.get(MEDICINES) or {}))
    findings = screening.screen(
        episode,
        screening.changed(answers, original),
        locked.slot,
        symptoms=screening.changed_symptoms(symptoms, original),
        at=at,
    )
    if findings:
        screening.raise_alerts(episode=episode, findings=findings, slot=locked.slot, before=before, by=by, at=at)
        needs.update(episode_ids=[episode.pk], at=at)
    return screening.pages_owed(findings, episode, slot=locked.slot)
