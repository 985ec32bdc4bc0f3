"""The patient's own question: one at a time, in the patient's words, asked with every check-in and charted like the rest.

New words ask something else, so they end the old item and begin a new series; answers are never carried over.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from monitoring.models import OwnItem
from monitoring.plans import plans
from patients import audit
from patients.models import Episode, User
from patients.models.audit import AuditAction


def own_item(episode: Episode) -> OwnItem | None:
    """Return the question that is asked now, if there is one."""
    return OwnItem.objects.filter(episode=episode, until_on__isnull=True).first()


def form_values(item: OwnItem) -> dict[str, str]:
    """Return a question as its form shows it."""
    better = "high" if item.higher_is_better else "low"
    return {"wording": item.wording, "low": item.low, "high": item.high, "better": better}


def ids_of_episode(episode: Episode) -> list[UUID]:
    """Return the ids of all own items, replaced ones too: a form may be sent after the words were changed."""
    return list(OwnItem.objects.filter(episode=episode).values_list("pk", flat=True))


@transaction.atomic
def set_own_item(
    *, episode: Episode, wording: str, low: str, high: str, higher_is_better: bool, by: User, at: datetime
) -> OwnItem:
    """Ask a question in the patient's own words from now on; the same question again changes nothing.

    Args:
        episode: whom it is asked.
        wording: the question.
        low: words at 0.
        high: words at 10.
        higher_is_better: which end is the good one.
        by: the patient or a clinician.
        at: now.
    """
    question = {"wording": wording, "low": low, "high": high, "higher_is_better": higher_is_better}
    current = OwnItem.objects.select_for_update().filter(episode=episode, until_on__isnull=True).first()
    if current is not None and all(getattr(current, name) == value for name, value in question.items()):
        return current
    today = plans.local_day(at, episode.patient.time_zone)
    if current is not None:
        _end(current, today)
    item = OwnItem.objects.create(episode=episode, from_on=today, **question)
    audit.record(AuditAction.OWN_ITEM_SET, by=by, about=item, at=at)
    return item


@transaction.atomic
def drop_own_item(*, episode: Episode, by: User, at: datetime) -> None:
    """Ask no question of one's own any more; its answers stay."""
    current = OwnItem.objects.select_for_update().filter(episode=episode, until_on__isnull=True).first()
    if current is not None:
        _end(current, plans.local_day(at, episode.patient.time_zone))
        audit.record(AuditAction.OWN_ITEM_SET, by=by, about=current, at=at)


def _end(item: OwnItem, today: date) -> None:
    """Close the series of an item."""
    item.until_on = today
    item.save(update_fields=["until_on"])
