"""Everyone in somebody's care: who needs attention first, and why. As many queries for 5,000 people as for 5.

How much somebody needs attention is stored (monitoring.needs), so a page sorts narrow rows and loads only its own fifty.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    FilteredRelation,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, TruncWeek
from django.utils.translation import gettext as _

from monitoring import caseload_rows
from monitoring.caseload_rows import BY_RANK, WAITING, Listed, Row
from monitoring.models import Alert, Need
from monitoring.states import State
from patients import audit
from patients.access import Whose
from patients.models import Episode, User
from patients.models.audit import AuditAction

PAGE_SIZE = 50
# Beyond, every page of the team says "99+" instead of counting on.
MOST_COUNTED = 99
# More than this share of those who answer, beginning in one week, is hardly chance; in a handful of people it may be.
COMMON_SHARE = 0.15
COMMON_LEAST = 4
COMMON_LOOK_BACK = dt.timedelta(weeks=4)
# Source: SAFETY 2.6. Typing a name asks some ten times.
SEARCHES_A_MINUTE = 60
# Names the number of people found in the audit line of a search.
FOUND = "found"
# Somebody who was never looked at is new as soon as there is something to see.
NOTHING_TO_SEE = (State.STEADY, State.LEARNING)
# Nobody in need who was seen already stands behind somebody whose only news is good.
PRESSING = (State.WORSE, State.WATCH)


class TooManySearches(Exception):
    """Somebody looks for more names in a minute than a person does."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the address of the page asks for."""

    whose: Whose = Whose.MINE
    state: State | None = None
    # Only those who changed since this person last looked.
    changed: bool = False
    # Never part of an address: it comes in the body of a request.
    name: str = ""
    page: int = 1


@dataclass(frozen=True, kw_only=True)
class StateCount:
    """How many people are in a state."""

    state: State
    count: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows under one head that says what they have in common."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class CommonWeek:
    """A week in which unusually many people of the clinic began to get worse."""

    week_of: dt.date
    worse: int
    people: int


@dataclass(frozen=True, kw_only=True)
class Caseload:
    """A page of the caseload."""

    filters: Filters
    # Everybody, whatever the filters; those of them who changed; who is shown, and who of these changed.
    total: int
    total_changed: int
    shown: int
    changed: int
    counts: tuple[StateCount, ...]
    rows: tuple[Row, ...]
    last_looked_at: dt.datetime | None
    page: int
    pages: int
    common_week: CommonWeek | None

    @property
    def waiting_rows(self) -> tuple[Row, ...]:
        """Return those who wait for somebody now: they come first, looked at or not."""
        return tuple(row for row in self.rows if row.is_waiting)

    @property
    def changed_rows(self) -> tuple[Row, ...]:
        """Return those who changed since this person last looked."""
        return tuple(row for row in self.rows if row.has_changed and not row.is_waiting)

    @property
    def other_rows(self) -> tuple[Row, ...]:
        """Return those who neither wait nor changed."""
        return tuple(row for row in self.rows if not row.has_changed and not row.is_waiting)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the rows in their order, those beside each other with the same news under one head."""
        runs = groupby(self.rows, key=lambda row: (row.is_waiting, row.has_changed and not row.is_waiting))
        groups: list[Group] = []
        for (is_waiting, has_changed), run in runs:
            rows = tuple(run)
            groups.append(Group(title=_title(rows, is_waiting=is_waiting, has_changed=has_changed), rows=rows))
        return tuple(groups)


def _title(rows: Sequence[Row], *, is_waiting: bool, has_changed: bool) -> str:
    """Return the head of a group."""
    if is_waiting:
        return _("Waiting for somebody")
    if has_changed:
        return _("Changed since you last looked")
    if all(row.was_seen for row in rows):
        return _("As you last saw them")
    return _("As you last saw them, or not looked at yet")


def open_alert_count(episodes: QuerySet[Episode]) -> int:
    """Return how many alerts of these episodes still need somebody; no more are counted than the navigation says."""
    return Alert.objects.open().filter(episode__in=episodes).order_by()[: MOST_COUNTED + 1].count()


def load_caseload(*, episodes: QuerySet[Episode], user: User, filters: Filters, at: dt.datetime) -> Caseload:
    """Return a page of the people in somebody's care, and record that it was read.

    Args:
        episodes: whose people are asked for, of those this person may see (patients.access.visible_episodes).
        user: who looks; "changed" means since this person last looked.
        filters: what the address asks for.
        at: now.

    Raises:
        TooManySearches: for names, within a minute.
    """
    if filters.name:
        _check_can_search(user, at)
    everybody = _with_need(episodes.filter(ended_on__isnull=True), user)
    people = everybody.filter(patient__name__icontains=filters.name) if filters.name else everybody
    groups = list(people.order_by().values("state_rank").annotate(**COUNTED))
    overall = list(everybody.order_by().values("state_rank").annotate(**COUNTED)) if filters.name else groups
    counted = [group for group in groups if filters.state in {None, BY_RANK[group["state_rank"]]}]
    changed = sum(group["changed"] for group in counted)
    shown = changed if filters.changed else sum(group["people"] for group in counted)
    pages = max(-(-shown // PAGE_SIZE), 1)
    page = min(max(filters.page, 1), pages)
    ordered = _in_order(_chosen(people, filters))[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    rows = caseload_rows.load([Listed(*one) for one in ordered.values_list(*LISTED)], at)
    counts = {"people": len(rows)} | ({FOUND: shown} if filters.name else {})
    audit.record(AuditAction.CASELOAD_READ, by=user, about=None, at=at, counts=counts)
    if filters.name:
        found = Episode.objects.filter(pk__in=[row.episode_id for row in rows])
        audit.record_found(found.values_list("patient_id", flat=True), by=user, at=at)
    return Caseload(
        filters=filters,
        total=sum(group["people"] for group in overall),
        total_changed=sum(group["changed"] for group in overall),
        shown=shown,
        changed=changed,
        counts=_counts(groups),
        rows=tuple(rows),
        last_looked_at=max((group["looked"] for group in overall if group["looked"]), default=None),
        page=page,
        pages=pages,
        common_week=common_week(at=at),
    )


def _check_can_search(user: User, at: dt.datetime) -> None:
    since = at - dt.timedelta(minutes=1)
    if audit.count(AuditAction.CASELOAD_READ, by=user, since=since, counting=FOUND) >= SEARCHES_A_MINUTE:
        raise TooManySearches


def _counts(groups: Iterable[Mapping[str, int]]) -> tuple[StateCount, ...]:
    """Return how many are in each state, the most pressing first."""
    ordered = sorted(groups, key=lambda group: group["state_rank"])
    return tuple(StateCount(state=BY_RANK[group["state_rank"]], count=group["people"]) for group in ordered)


def common_week(*, at: dt.datetime) -> CommonWeek | None:
    """Return the newest week in which so many people of the clinic began to get worse that a common cause is likely.

    Counts all people of the present clinic who answered lately, and names none.

    Source: ENGINE 5, "simultaneous worsening in > 15 % of a clinic's patients in one week".
    """
    since = at - COMMON_LOOK_BACK
    answering = Need.objects.filter(answered_at__gt=since, answered_at__lte=at, episode__ended_on__isnull=True)
    began = answering.filter(worse_since__gt=since.date()).values(week_of=TruncWeek("worse_since"))
    weeks = list(began.annotate(worse=Count("pk")).filter(worse__gte=COMMON_LEAST).order_by("-week_of"))
    people = answering.count() if weeks else 0
    common = (week for week in weeks if week["worse"] > COMMON_SHARE * people)
    return next((CommonWeek(people=people, **week) for week in common), None)


# ---------- who, and how pressing: in the database ----------

COUNTED = {
    "people": Count("pk"),
    "changed": Count("pk", filter=Q(has_changed=True)),
    "looked": Max("look__seen_at"),
}
# What Listed holds, in its order: the whole clinic is sorted by little, the rest is loaded for one page.
LISTED = (
    "pk",
    "state_rank",
    "has_changed",
    "need__assessment",
    "need__answered_at",
    "look__seen_at",
    "need__silent_at",
)


def _with_need(episodes: QuerySet[Episode], user: User) -> QuerySet[Any, Any]:
    """Return each episode with its state and whether that is news to this person."""
    is_news = Q(look__seen_at__isnull=False, need__moved_at__gt=F("look__seen_at"))
    # Of whom nothing was found and nothing is open: without an answer there is nothing to look at yet.
    is_quiet = Q(need__isnull=True) | Q(need__found__isnull=True, need__open_alerts=0)
    is_empty = is_quiet & Q(state_rank=State.NONE.rank)
    is_known = Q(state_rank__in=[state.rank for state in NOTHING_TO_SEE])
    return episodes.annotate(
        look=FilteredRelation("sightings", condition=Q(sightings__user=user)),
        state_rank=Coalesce("need__rank", Value(State.NONE.rank)),
    ).annotate(
        has_changed=_is_true(is_news | (Q(look__seen_at__isnull=True) & ~is_known & ~is_empty)),
        is_waiting=_is_true(Q(state_rank__in=[state.rank for state in WAITING])),
        # The silence of somebody who is asked presses; that of an old series, or before the first answer, does not.
        is_pressing=_is_true(
            Q(state_rank__in=[state.rank for state in PRESSING]) | (Q(state_rank=State.NONE.rank) & ~is_quiet)
        ),
    )


def _is_true(condition: Q) -> Case:
    """Return a condition as a column that is never empty."""
    return Case(When(condition, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())


def _chosen(people: QuerySet[Any, Any], filters: Filters) -> QuerySet[Any, Any]:
    """Return those of the people whom the address asks for."""
    if filters.state is not None:
        people = people.filter(state_rank=filters.state.rank)
    return people.filter(has_changed=True) if filters.changed else people


def _in_order(people: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return people in the order of the list: who waits, who presses, then who changed, then by need and name."""
    first = (F("is_waiting").desc(), F("is_pressing").desc(), F("has_changed").desc())
    return people.order_by(*first, "state_rank", Lower("patient__name"), "pk")
