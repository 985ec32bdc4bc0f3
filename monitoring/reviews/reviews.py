"""Plan the next shared-decision review, let the patient prepare it, and keep what was agreed until it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring.models import AgreedAction, Review
from monitoring.models.reviews import MOST_TOPICS, ActionOwner
from patients import audit
from patients.clinics import hours
from patients.models import Episode, User
from patients.models.audit import AuditAction
from patients.queries import AskedQuery, compiled

# Shown as coming until the day is over.
STAYS_ON_THE_PAGE = timedelta(hours=12)
# What patients can pick with one tap. The code is stored, so that each reader sees it in the own language.
TOPICS: Mapping[str, str | Promise] = {
    "sleep": _("My sleep"),
    "mood": _("My mood"),
    "energy": _("My energy"),
    "pain": _("My pain"),
    "function": _("What I can do in a day"),
    "medicines": _("My medicines"),
    "side_effects": _("Side effects"),
    "therapy": _("How therapy is going"),
    "work_and_family": _("Work, school or family"),
    "going_well": _("Something that goes well"),
}


class NoReviewPlanned(ValueError):
    """There is nothing to prepare."""


class NotYet(ValueError):
    """A review that is still to come was neither held nor missed."""


class TooManyTopics(ValueError):
    """More than fit into one visit."""


@transaction.atomic
def plan(*, episode: Episode, planned_at: datetime, by: User, at: datetime) -> Review:
    """Agree on the day of the next review, or move it; the patient's topics stay with it.

    One whose time has passed, and of which nobody said what became of it, is moved too.
    """
    # One at a time, so that two clinicians do not both find no review.
    Episode.objects.select_for_update().get(pk=episode.pk)
    review = opened().filter(episode=episode).first() or Review(episode=episode)
    review.planned_at, review.planned_by = planned_at, by
    review.save()
    audit.record(AuditAction.PLAN_CHANGED, by=by, about=review, at=at)
    return review


@transaction.atomic
def settle(*, review: Review, was_held: bool, by: User, at: datetime) -> Review:
    """Say of a review whose time has passed that it was held, or missed; the first word counts.

    Raises:
        NotYet: its time has not come.
    """
    if review.planned_at > at:
        raise NotYet
    word = {"held_at": review.planned_at} if was_held else {"missed_at": at}
    if opened().filter(pk=review.pk).update(**word):
        audit.record(AuditAction.PLAN_CHANGED, by=by, about=review, at=at)
    review.refresh_from_db(fields=["held_at", "missed_at"])
    return review


def opened() -> QuerySet[Review]:
    """Return the reviews that are coming, or of which nobody said what became of them."""
    return Review.objects.filter(held_at__isnull=True, missed_at__isnull=True)


def waiting_for_word(episode: Episode, *, at: datetime) -> Review | None:
    """Return the review whose time has passed and of which nobody said whether it was held."""
    return opened().filter(episode=episode, planned_at__lte=at).select_related("episode", "clinic").first()


@transaction.atomic
def prepare(*, episode: Episode, topics: Sequence[str], by: User, at: datetime) -> Review:
    """Keep what the patient wants to talk about, in the patient's order.

    Raises:
        NoReviewPlanned: none is coming.
        TooManyTopics: more than three.
    """
    if len(topics) > MOST_TOPICS:
        raise TooManyTopics
    review = coming(episode, at=at)
    if review is None:
        raise NoReviewPlanned
    review.topics, review.prepared_at = list(topics), at
    review.save(update_fields=["topics", "prepared_at"])
    audit.record(AuditAction.REVIEW_PREPARED, by=by, about=review, at=at)
    return review


@transaction.atomic
def agree(
    *, episode: Episode, text: str, owner: ActionOwner, due_on: date | None = None, by: User, at: datetime
) -> AgreedAction:
    """Write down one thing that was agreed: what, who, by when."""
    action = AgreedAction.objects.create(
        episode=episode, text=text, owner=owner, due_on=due_on, agreed_at=at, agreed_by=by
    )
    audit.record(AuditAction.ACTION_AGREED, by=by, about=action, at=at)
    return action


@transaction.atomic
def finish(*, action: AgreedAction, by: User, at: datetime) -> AgreedAction:
    """Mark something agreed as done; the first time counts."""
    if AgreedAction.objects.filter(pk=action.pk, done_at__isnull=True).update(done_at=at):
        action.done_at = at
        audit.record(AuditAction.ACTION_DONE, by=by, about=action, at=at)
    return action


@transaction.atomic
def reopen(*, action: AgreedAction, by: User, at: datetime) -> AgreedAction:
    """Take back that something agreed is done; what was never done stays as it is."""
    if AgreedAction.objects.filter(pk=action.pk, done_at__isnull=False).update(done_at=None):
        action.done_at = None
        audit.record(AuditAction.ACTION_REOPENED, by=by, about=action, at=at)
    return action


def coming(episode: Episode, *, at: datetime) -> Review | None:
    """Return the review that is planned, until its day is over."""
    return next(iter(_planned(episode.pk, at - STAYS_ON_THE_PAGE)), None)


@compiled
def _planned(episode_id: UUID, since: datetime) -> QuerySet[Review]:
    planned = opened().filter(episode_id=episode_id, planned_at__gt=since)
    return planned.select_related("episode", "clinic").order_by("pk")[:1]


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What team and patient share beside the chart: the next review, its topics, and what is open."""

    review: Review | None
    topics: list[str]
    open_actions: list[AgreedAction]


def asking_shared(episode: Episode, *, at: datetime) -> tuple[AskedQuery[Review], AskedQuery[AgreedAction]]:
    """Return the questions of the shared plan, to be asked together with others."""
    return _planned.asking(episode.pk, at - STAYS_ON_THE_PAGE), _open_actions.asking(episode.pk)


def shared(planned: AskedQuery[Review], open_actions: AskedQuery[AgreedAction]) -> Shared:
    """Return what the page of one person shows of the shared plan, once its questions are answered."""
    review = next(iter(planned.rows), None)
    return Shared(review=review, topics=topics_of(review) if review else [], open_actions=open_actions.rows)


@compiled
def _open_actions(episode_id: UUID) -> QuerySet[AgreedAction]:
    return actions(Episode(pk=episode_id)).filter(done_at__isnull=True)


def time_in_words(review: Review | None, *, reader_zone: str | None, form: str = "l j F Y, H:i") -> str:
    """Return when a review is, on the clinic's clock and the reader's; empty without one.

    Args:
        review: with its clinic.
        reader_zone: IANA name of the zone of who reads; None for the team, to whom the clinic's place is named.
        form: how the day and the time are written.
    """
    if review is None:
        return ""
    return hours.moment_in_words(review.clinic, review.planned_at, reader_zone=reader_zone, form=form)


def topics_of(review: Review) -> list[str]:
    """Return what the patient wants to talk about, in words."""
    return [str(TOPICS.get(topic, topic)) for topic in review.topics]


def actions(episode: Episode) -> QuerySet[AgreedAction]:
    """Return what was agreed: what is open first, by its day; then what is done, the newest first."""
    rows = AgreedAction.objects.filter(episode=episode).select_related("episode")
    return rows.order_by(F("done_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "agreed_at")


def voided_actions(episode: Episode) -> QuerySet[AgreedAction]:
    """Return what was agreed in error and taken out, the newest first."""
    rows = AgreedAction.versions.filter(episode=episode, voided_at__isnull=False).select_related("voided_by")
    return rows.order_by("-voided_at")


def own_actions(episode: Episode) -> QuerySet[AgreedAction]:
    """Return what the patient has taken on."""
    return actions(episode).filter(owner=ActionOwner.PATIENT)
