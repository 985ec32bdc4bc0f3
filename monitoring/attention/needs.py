"""Work out how much someone needs attention, in the transaction that changes it. The only writer of Need.

The state of a person is the most pressing of three: what the newest assessment found, which alerts are open, and where
the level of a rating stands against its usual range. Silence is a state only where nothing was found.
Whoever changes one of them calls `update` last, with every other lock already held; the sweep mends what was missed.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import Coalesce

from monitoring.attention import usual_ranges
from monitoring.attention.usual_ranges import Given
from monitoring.engine import FindingKind
from monitoring.models import Alert, Assessment, Need, Signal
from monitoring.models.alerts import AlertKind
from monitoring.words.states import State, state_of
from patients.models import Episode
from patients.queries import ask, compiled
from patients.tenancy import current_clinic_id

logger = logging.getLogger(__name__)

# Findings that count when many people begin to get worse in one week.
WORSENING = (FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE)
# Alerts that no finding stands for.
SPECIAL = {AlertKind.CONTACT_WISH: State.ASKED, AlertKind.NOT_ASSESSED: State.WATCH}
# Everything that follows from something else that is stored.
DERIVED = (
    "rank",
    "found",
    "found_since",
    "moved_at",
    "assessment_id",
    "open_alerts",
    "worse_since",
    "answered_at",
    "silent_at",
)
# Episodes that one sweep of a clinic mends.
MENDED_AT_ONCE = 500


@dataclass(kw_only=True)
class Facts:
    """What the need of an episode follows from, at a moment."""

    at: datetime
    assessment_id: UUID | None = None
    assessed_at: datetime | None = None
    # Kind, tier and onset of what the newest assessment found; kind, tier and time of what is open.
    signals: list[tuple[str, str, date | None]] = field(default_factory=list)
    alerts: list[tuple[str, str, datetime]] = field(default_factory=list)
    # Ratings that a finding speaks about, and what was answered to all of them.
    found_about: set[str] = field(default_factory=set)
    answers: Given = field(default_factory=Given)

    @property
    def answered_at(self) -> datetime | None:
        """Return when the last check-in came."""
        return self.answers.answered_at

    @property
    def found(self) -> int | None:
        """Return the most pressing state that was found."""
        return most_pressing((kind, tier) for kind, tier, _onset in self.signals)

    @property
    def rank(self) -> int:
        """Return the most pressing of what was found, what is open, and where the level stands."""
        opened = (SPECIAL.get(AlertKind(kind)) or state_of(kind, tier) for kind, tier, _raised in self.alerts)
        ranks = {*(state.rank for state in opened if state), *([] if self.found is None else [self.found])}
        quiet = self._quiet
        if quiet is State.NONE:
            # Silence says nothing against a finding; who was still learned about is as silent as anyone.
            return min(ranks - {State.LEARNING.rank}, default=State.NONE.rank)
        return min(*ranks, quiet.rank) if ranks else quiet.rank

    @property
    def _quiet(self) -> State:
        """Return the state that follows from the answers alone."""
        if self.assessment_id is not None:
            return self.answers.state(self.at, found_about=self.found_about)
        return State.LEARNING if self.answered_at is not None else State.NONE


def most_pressing(signals: Iterable[tuple[str, str]]) -> int | None:
    """Return the rank of the most pressing of some findings, by kind and tier; None where they say nothing."""
    # A risk answer is said by its alert: once that is closed, the answer no longer presses.
    states = (state_of(kind, tier) for kind, tier in signals if kind != FindingKind.RISK_ANSWER)
    return min((state.rank for state in states if state is not None), default=None)


def update(*, episode_ids: Collection[UUID], at: datetime) -> None:
    """Store the present need of episodes of the present clinic.

    It only sorts a list: what it follows from is kept whether it succeeds or not, and the sweep tries again. Of many,
    one that cannot be worked out does not hold up the others.
    """
    if not _tried(episode_ids, at) and len(episode_ids) > 1:
        for pk in episode_ids:
            _tried([pk], at)


def _tried(episode_ids: Collection[UUID], at: datetime) -> bool:
    """Store needs, and say whether it went well; otherwise leave a mark for the sweep."""
    try:
        _update(episode_ids, at)
    except Exception:
        logger.exception("needs could not be worked out", extra={"episodes": len(episode_ids)})
        Need.objects.filter(episode_id__in=episode_ids).update(silent_at=at)
        return False
    return True


@transaction.atomic
def _update(episode_ids: Collection[UUID], at: datetime) -> None:
    # Locked first: of two that change one episode, the second sees what the first did.
    before = {need.episode_id: need for need in Need.objects.select_for_update().filter(episode_id__in=episode_ids)}
    needs = [_need(pk, facts, before.get(pk)) for pk, facts in _facts(episode_ids, at).items()]
    _store([need for need in needs if _differs(need, before.get(need.episode_id))])


def _store(needs: list[Need]) -> None:
    """Write rows, over those that are there."""
    if needs:
        columns = [name.removesuffix("_id") for name in DERIVED]
        Need.objects.bulk_create(needs, update_conflicts=True, unique_fields=["episode"], update_fields=columns)


def _differs(need: Need, before: Need | None) -> bool:
    """Say whether there is anything to write."""
    return before is None or any(getattr(need, name) != getattr(before, name) for name in DERIVED)


def mend(*, at: datetime, limit: int = MENDED_AT_ONCE) -> int:
    """Work out the need of episodes whose stored one is missing or no longer fits; return how many there were."""
    pks = list(stale(at=at).values_list("pk", flat=True)[:limit])
    if pks:
        update(episode_ids=pks, at=at)
    return len(pks)


def stale(*, at: datetime) -> QuerySet[Episode]:
    """Return the episodes whose need is about other assessments or alerts, or who have fallen silent since.

    Of those whose care has ended only what is open counts: it is what keeps them on the list.
    """
    newest = Assessment.objects.filter(episode=OuterRef("pk")).order_by("-as_of").values("pk")[:1]
    opened = Alert.objects.open().filter(episode=OuterRef("pk")).order_by().values("episode")
    counted = opened.annotate(count=Count("pk")).values("count")
    is_listed = Q(ended_on__isnull=True) | Q(need__open_alerts__gt=0) | Exists(opened)
    with_facts = Episode.objects.filter(is_listed).annotate(
        newest=Subquery(newest, output_field=UUIDField()),
        counted=Coalesce(Subquery(counted, output_field=IntegerField()), Value(0)),
    )
    is_missing = Q(need__isnull=True) & (Q(newest__isnull=False) | Q(counted__gt=0))
    other_run = Q(need__isnull=False, newest__isnull=False) & (
        Q(need__assessment__isnull=True) | ~Q(need__assessment=F("newest"))
    )
    other_alerts = Q(need__isnull=False) & ~Q(need__open_alerts=F("counted"))
    in_care = Q(ended_on__isnull=True) & (other_run | Q(need__silent_at__lte=at) | is_missing)
    return with_facts.filter(in_care | other_alerts | Q(need__isnull=True, counted__gt=0))


def _need(episode_id: UUID, facts: Facts, before: Need | None) -> Need:
    """Return the row of an episode."""
    if before is None:
        found_since = _found_since(episode_id)
    else:
        found_since = before.found_since if before.found == facts.found else facts.assessed_at
    raised = max((raised_at for _kind, _tier, raised_at in facts.alerts), default=None)
    onsets = (onset for kind, _tier, onset in facts.signals if kind in WORSENING and onset is not None)
    return Need(
        clinic_id=current_clinic_id(),
        episode_id=episode_id,
        rank=facts.rank,
        found=facts.found,
        found_since=found_since,
        moved_at=max(filter(None, (found_since, raised)), default=None),
        assessment_id=facts.assessment_id,
        open_alerts=len(facts.alerts),
        worse_since=max(onsets, default=None),
        answered_at=facts.answered_at,
        silent_at=facts.answers.silent_at(facts.at),
    )


def _found_since(episode_id: UUID) -> datetime | None:
    """Return when the newest assessment first found another state than the one before."""
    states: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for run, kind, tier in Signal.objects.filter(episode=episode_id).values_list("assessment_id", "kind", "tier"):
        states[run].append((kind, tier))
    runs = Assessment.objects.filter(episode=episode_id).order_by("assessed_at", "as_of")
    newest, last, since = None, None, None
    for run, assessed_at, as_of in runs.values_list("pk", "assessed_at", "as_of"):
        if newest is not None and as_of < newest:
            continue  # about an earlier moment: the present state stayed as it was
        newest, rank = as_of, most_pressing(states[run])
        if rank != last:
            last, since = rank, assessed_at
    return since


def _facts(episode_ids: Collection[UUID], at: datetime) -> dict[UUID, Facts]:
    """Return what is stored about episodes: six narrow queries in three goes, whatever their number."""
    facts = {pk: Facts(at=at) for pk in episode_ids}
    runs, alerts = _runs.asking(list(facts)), _alerts.asking(list(facts))
    ask(runs, alerts)
    of_run: dict[UUID, Facts] = {}
    for episode_id, pk, assessed_at in runs.rows:
        episode_facts = of_run[pk] = facts[episode_id]
        episode_facts.assessment_id, episode_facts.assessed_at = pk, assessed_at
    for pk, kind, tier, onset_on, domain, also in _signals(list(of_run)):
        of_run[pk].signals.append((kind, tier, onset_on))
        if state_of(kind, tier) is not None:
            of_run[pk].found_about.update((domain, *(also or ())))
    for episode_id, kind, tier, raised_at in alerts.rows:
        facts[episode_id].alerts.append((kind, tier, raised_at))
    for episode_id, answers in usual_ranges.load(episode_ids).items():
        facts[episode_id].answers = answers
    return facts


@compiled
def _runs(pks: list[UUID]) -> QuerySet[Assessment, tuple[Any, ...]]:
    runs = Assessment.objects.filter(episode_id__any=pks).order_by("episode_id", "-as_of").distinct("episode_id")
    return runs.values_list("episode_id", "pk", "assessed_at")


@compiled
def _signals(assessment_ids: list[UUID]) -> QuerySet[Signal, tuple[Any, ...]]:
    signals = Signal.objects.filter(assessment_id__any=assessment_ids)
    return signals.values_list("assessment_id", "kind", "tier", "onset_on", "domain", "parts__also")


@compiled
def _alerts(pks: list[UUID]) -> QuerySet[Alert, tuple[Any, ...]]:
    return Alert.objects.open().filter(episode_id__any=pks).values_list("episode_id", "kind", "tier", "raised_at")
