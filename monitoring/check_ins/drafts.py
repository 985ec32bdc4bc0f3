"""A form while it is filled in: begun, kept answer by answer, picked up again. What was said in it counts at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from monitoring.alerts import screening
from monitoring.attention import needs
from monitoring.check_ins import contents, weeks
from monitoring.check_ins.contents import MEDICINES, domains_asked, own_key
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


@transaction.atomic
def save_answers(
    *,
    draft: CheckInDraft,
    answers: Mapping[str, object],
    episode: Episode,
    by: User,
    at: datetime,
    sent_at: datetime | None = None,
) -> tuple[AlertKind, ...]:
    """Keep the answers of one page, or the words of the last; return about which matters a page must come at once.

    Args:
        draft: the form being filled in.
        episode: whose form it is.
        by: the patient.
        at: now.
        sent_at: when it left the device, by our clock; now where that is not known.
        answers: key of the page -> answer: a rating's name -> 0 to 10 or None, an instrument's code -> item -> answer.

    A red flag alerts here already: a form that is never sent still counts. Its page is owed until it was shown.

    Raises:
        CheckInClosed: the form was sent meanwhile.
    """
    locked = CheckInDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None:
        raise CheckInClosed
    # A post that was overtaken replaces no newer answer. It is screened for danger all the same.
    sent = sent_at or at
    is_late = locked.updated_at > sent
    before = locked.answers
    locked.answers = {**answers, **locked.answers} if is_late else {**locked.answers, **answers}
    locked.updated_at = max(locked.updated_at, sent)
    locked.save(update_fields=["answers", "updated_at"])
    draft.answers = locked.answers
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
