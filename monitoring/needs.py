"""Work out how much somebody needs attention, in the transaction that changes it. The only writer of Need.

The state of a person is the more pressing of two: what the newest assessment found, and which alerts are open.
Whoever changes one of them calls `update` last, with every other lock already held; the sweep mends what was missed.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DateField,
    DateTimeField,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from monitoring.engine import FindingKind
from monitoring.models import Alert, Assessment, CheckIn, Need, Signal
from monitoring.models.alerts import AlertKind, AlertState
from monitoring.trajectories import SIGNAL_STATES, State
from patients.models import Episode
from patients.tenancy import current_clinic_id

# Findings that count when many people begin to get worse in one week.
WORSENING = (FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE)
# Higher than any rank of State: says nothing.
NOTHING = len(State)
# Episodes that one sweep of a clinic mends.
MENDED_AT_ONCE = 500


class Facts(NamedTuple):
    """What the need of an episode follows from."""

    episode_id: UUID
    assessment_id: UUID | None
    assessed_at: datetime | None
    found: int | None
    worse_since: date | None
    alerted: int | None
    alerted_at: datetime | None
    open_alerts: int | None
    answered_at: datetime | None

    @property
    def rank(self) -> int:
        """Return the more pressing of what was found and what is open."""
        ranks = [rank for rank in (self.found, self.alerted) if rank is not None]
        if ranks:
            return min(ranks)
        if self.assessment_id is not None:
            return State.STEADY.rank
        return State.LEARNING.rank if self.answered_at is not None else State.NONE.rank


@transaction.atomic
def update(*, episode_ids: Collection[UUID]) -> None:
    """Store the present need of episodes of the present clinic."""
    # Locked first: of two that change one episode, the second sees what the first did.
    before = {need.episode_id: need for need in Need.objects.select_for_update().filter(episode_id__in=episode_ids)}
    needs = [_need(facts, before.get(facts.episode_id)) for facts in _facts(episode_ids)]
    fields = [field.name for field in Need._meta.concrete_fields if field.name not in {"id", "clinic", "episode"}]
    Need.objects.bulk_create(needs, update_conflicts=True, unique_fields=["episode"], update_fields=fields)


def mend(*, limit: int = MENDED_AT_ONCE) -> int:
    """Work out the need of episodes whose stored one is missing or no longer fits; return how many there were."""
    pks = list(stale().values_list("pk", flat=True)[:limit])
    if pks:
        update(episode_ids=pks)
    return len(pks)


def stale() -> QuerySet[Episode]:
    """Return the running episodes whose newest assessment or open alerts are not the ones that their need is about."""
    newest = Assessment.objects.filter(episode=OuterRef("pk")).order_by("-as_of").values("pk")[:1]
    counted = _of_episode(Alert.objects.open()).annotate(count=Count("pk")).values("count")
    with_facts = Episode.objects.filter(ended_on__isnull=True).annotate(
        newest=Subquery(newest, output_field=UUIDField()),
        counted=Coalesce(Subquery(counted, output_field=IntegerField()), Value(0)),
    )
    is_missing = Q(need__isnull=True) & (Q(newest__isnull=False) | Q(counted__gt=0))
    other_run = Q(need__isnull=False, newest__isnull=False) & (
        Q(need__assessment__isnull=True) | ~Q(need__assessment=F("newest"))
    )
    return with_facts.filter(is_missing | other_run | (Q(need__isnull=False) & ~Q(need__open_alerts=F("counted"))))


def from_scratch(episode_id: UUID) -> Need:
    """Return the need of an episode as all that is stored says, without a look at the stored need."""
    [facts] = _facts([episode_id])
    return _need(facts, None)


def _need(facts: Facts, before: Need | None) -> Need:
    """Return the row of an episode."""
    if before is None:
        found_since = _found_since(facts.episode_id)
    else:
        found_since = before.found_since if before.found == facts.found else facts.assessed_at
    return Need(
        clinic_id=current_clinic_id(),
        episode_id=facts.episode_id,
        rank=facts.rank,
        found=facts.found,
        found_since=found_since,
        moved_at=max(filter(None, (found_since, facts.alerted_at)), default=None),
        assessment_id=facts.assessment_id,
        open_alerts=facts.open_alerts or 0,
        worse_since=facts.worse_since,
        answered_at=facts.answered_at,
    )


def _found_since(episode_id: UUID) -> datetime | None:
    """Return when the newest assessment first found another state than the one before."""
    runs = Assessment.objects.filter(episode=episode_id).annotate(found=_found_rank("pk"))
    rows: Iterable[tuple[datetime, datetime, int | None]] = runs.order_by("assessed_at", "as_of").values_list(
        "assessed_at", "as_of", "found"
    )
    newest, found, since = None, None, None
    for assessed_at, as_of, rank in rows:
        if newest is not None and as_of < newest:
            continue  # about an earlier moment: the present state stayed as it was
        newest = as_of
        if rank != found:
            found, since = rank, assessed_at
    return since


# ---------- in the database ----------


def _facts(episode_ids: Collection[UUID]) -> list[Facts]:
    """Return what the database knows of episodes, in one query."""
    newest = Assessment.objects.filter(episode=OuterRef("pk")).order_by("-as_of")
    opened = _of_episode(Alert.objects.open())
    answered = _of_episode(CheckIn.objects.all()).annotate(last=Max("submitted_at")).values("last")
    with_runs = Episode.objects.filter(pk__in=episode_ids).annotate(
        newest=Subquery(newest.values("pk")[:1], output_field=UUIDField()),
        assessed_at=Subquery(newest.values("assessed_at")[:1], output_field=DateTimeField()),
    )
    with_facts = with_runs.annotate(
        found=_found_rank("newest"),
        worse_since=Subquery(_worsening(), output_field=DateField()),
        alerted=_alert_rank(),
        alerted_at=Subquery(opened.annotate(last=Max("raised_at")).values("last"), output_field=DateTimeField()),
        alerts_open=Subquery(opened.annotate(count=Count("pk")).values("count"), output_field=IntegerField()),
        answered_at=Subquery(answered, output_field=DateTimeField()),
    )
    names = ("pk", "newest", "assessed_at", "found", "worse_since", "alerted", "alerted_at", "alerts_open")
    return [Facts(*row) for row in with_facts.order_by().values_list(*names, "answered_at")]


def _of_episode(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return the rows of the outer episode, grouped into one."""
    return rows.filter(episode=OuterRef("pk")).order_by().values("episode")


def _worsening() -> QuerySet[Any, Any]:
    """Return the newest onset of a worsening that the newest assessment found."""
    worse = Signal.objects.filter(assessment=OuterRef("newest"), kind__in=WORSENING).order_by()
    return worse.values("assessment").annotate(last=Max("onset_on")).values("last")


def _found_rank(run: str) -> Subquery:
    """Return the most pressing state that an assessment found."""
    # A risk answer is said by its alert: once that is closed, the answer no longer presses.
    signals = Signal.objects.filter(assessment=OuterRef(run)).exclude(kind=FindingKind.RISK_ANSWER)
    ranks = signals.annotate(rank=_signal_rank()).filter(rank__lt=NOTHING)
    return Subquery(ranks.order_by("rank").values("rank")[:1], output_field=IntegerField())


def _signal_rank() -> Case:
    """Return the table of trajectories.SIGNAL_STATES as SQL."""
    cases = [
        When(Q(kind__in=kinds) & (Q(tier__in=tiers) if tiers else Q()), then=Value(state.rank))
        for kinds, tiers, state in SIGNAL_STATES
    ]
    return Case(*cases, default=Value(NOTHING), output_field=IntegerField())


def _alert_rank() -> Subquery:
    """Return the most pressing state of the open alerts."""
    special = [
        When(kind=AlertKind.CONTACT_WISH, then=Value(State.ASKED.rank)),
        When(kind=AlertKind.NOT_ASSESSED, then=Value(State.WATCH.rank)),
    ]
    opened = Alert.objects.exclude(state=AlertState.CLOSED).filter(episode=OuterRef("pk"))
    ranks = opened.annotate(rank=Case(*special, default=_signal_rank(), output_field=IntegerField()))
    return Subquery(ranks.order_by("rank").values("rank")[:1], output_field=IntegerField())
