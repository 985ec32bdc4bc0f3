"""Everyone in someone's care: who needs attention first, and why. As many queries for 5,000 people as for 5.

How much someone needs attention is stored (monitoring.attention.needs), so a page sorts narrow rows and loads only its
own fifty.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypedDict
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    FilteredRelation,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, TruncWeek
from django.utils.translation import gettext as _

from monitoring.models import Alert, Need
from monitoring.words.states import State
from monitoring.worklists import caseload_rows
from monitoring.worklists.caseload_rows import BY_RANK, WAITING, CaseloadRow, Listed
from patients import audit
from patients.access.permissions import Whose, visible_episodes
from patients.models import Episode, User
from patients.models.audit import AuditAction
from patients.people import spellings
from patients.queries import ask, compiled

PAGE_SIZE = 50
# Beyond, every page of the team says "99+" instead of counting on.
MOST_COUNTED = 99
# More than this share of those who answer, beginning in one week, is hardly chance; in a handful of people it may be.
COMMON_SHARE = 0.15
COMMON_LEAST = 4
COMMON_LOOK_BACK = dt.timedelta(weeks=4)
# See docs/safety.md#rates. Typing a name asks some ten times.
SEARCHES_A_MINUTE = 60
# Names the number of people found in the audit line of a search.
FOUND = "found"
# Someone who was never looked at is new as soon as there is something to see.
NOTHING_TO_SEE = (State.STEADY, State.LEARNING)
# No one in need who was seen already stands behind someone whose only news is good.
PRESSING = (State.WORSE, State.WATCH)


class TooManySearches(Exception):
    """Someone looks for more names in a minute than a person does."""


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
class RowGroup:
    """Rows under one head that says what they have in common."""

    title: str
    rows: tuple[CaseloadRow, ...]


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
    # Everyone, whatever the filters; those of them who changed; who is shown, and who of these changed.
    total: int
    total_changed: int
    shown: int
    changed: int
    counts: tuple[StateCount, ...]
    rows: tuple[CaseloadRow, ...]
    page: int
    pages: int
    common_week: CommonWeek | None

    @property
    def groups(self) -> tuple[RowGroup, ...]:
        """Return the rows in their order, those beside each other with the same news under one head."""
        runs = groupby(self.rows, key=lambda row: (row.is_waiting, row.has_changed and not row.is_waiting))
        groups: list[RowGroup] = []
        for (is_waiting, has_changed), run in runs:
            rows = tuple(run)
            groups.append(RowGroup(title=_title(rows, is_waiting=is_waiting, has_changed=has_changed), rows=rows))
        return tuple(groups)


def _title(rows: Sequence[CaseloadRow], *, is_waiting: bool, has_changed: bool) -> str:
    """Return the head of a group."""
    if is_waiting:
        return _("Waiting for somebody")
    if has_changed:
        return _("Changed since you last looked")
    if all(row.was_seen for row in rows):
        return _("No change since you last looked")
    return _("No change since you last looked, or not looked at yet")


def open_alert_count(*, user: User, roles: frozenset[str]) -> int:
    """Return how many alerts this person sees still need someone; no more are counted than the navigation says."""
    return len(_open_alerts(user.pk, roles=roles))


@compiled
def _open_alerts(user_id: UUID, *, roles: frozenset[str]) -> QuerySet[Alert, UUID]:
    seen = visible_episodes(user=User(pk=user_id), roles=roles)
    alerts = Alert.objects.waiting().filter(episode__in=seen).order_by()
    return alerts.values_list("pk", flat=True)[: MOST_COUNTED + 1]


def load_caseload(*, user: User, roles: frozenset[str], filters: Filters, at: dt.datetime) -> Caseload:
    """Return a page of the people in someone's care, and record that it was read.

    Args:
        user: who looks; "changed" means since this person last looked.
        roles: what this person may do in the present clinic; with the filters they say whom the page is about.
        filters: what the address asks for.
        at: now.

    Raises:
        TooManySearches: for names, within a minute.
    """
    if filters.name:
        _check_can_search(user, at)
    people = _find(user, roles, filters, at)
    rows = caseload_rows.load(people.listed, user, at)
    counts = {"people": len(rows)} | ({FOUND: people.shown} if filters.name else {})
    audit.record(AuditAction.CASELOAD_READ, by=user, about=None, at=at, counts=counts)
    if filters.name:
        shown = Episode.objects.filter(pk__in=[row.episode_id for row in rows])
        audit.record_found(shown.values_list("patient_id", flat=True), by=user, at=at)
    return Caseload(
        filters=filters,
        total=sum(group["people"] for group in people.overall),
        total_changed=sum(group["changed"] for group in people.overall),
        shown=people.shown,
        changed=people.changed,
        counts=_counts(people.groups),
        rows=tuple(rows),
        page=people.page,
        pages=people.pages,
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

    Source: docs/engine.md#series-and-periods.
    """
    since = at - COMMON_LOOK_BACK
    weeks = _weeks_of_worse(since, at, since.date())
    people = _answering(since, at).count() if weeks else 0
    common = (week for week in weeks if week["worse"] > COMMON_SHARE * people)
    return next((CommonWeek(people=people, **week) for week in common), None)


def _answering(since: dt.datetime, at: dt.datetime) -> QuerySet[Need]:
    return Need.objects.filter(answered_at__gt=since, answered_at__lte=at, episode__ended_on__isnull=True)


@compiled
def _weeks_of_worse(since: dt.datetime, at: dt.datetime, since_on: dt.date) -> QuerySet[Need, dict[str, Any]]:
    began = _answering(since, at).filter(worse_since__gt=since_on).values(week_of=TruncWeek("worse_since"))
    return began.annotate(worse=Count("pk")).filter(worse__gte=COMMON_LEAST).order_by("-week_of")


# ---------- who, and how pressing: in the database ----------

COUNTED = {
    "people": Count("pk"),
    "changed": Count("pk", filter=Q(has_changed=True)),
}
# What Listed holds, in its order: the whole clinic is sorted by little, the rest is loaded for one page.
LISTED = ("pk", "state_rank", "has_changed", "need__assessment")
# Of whom something was found or is open.
IS_NOTED = Q(need__found__isnull=False) | Q(need__open_alerts__gt=0)


class _Whom(TypedDict):
    roles: frozenset[str]
    whose: Whose


class _Which(TypedDict):
    state: State | None
    changed: bool


@dataclass(kw_only=True)
class _PeopleFound:
    """Who is there, by state: everyone, and those of the name that is looked for; and one page of them."""

    filters: Filters
    overall: Sequence[Mapping[str, Any]]
    groups: Sequence[Mapping[str, Any]]
    listed: Sequence[Listed] = ()

    @property
    def _of_state(self) -> Sequence[Mapping[str, Any]]:
        state = self.filters.state
        return [group for group in self.groups if state in {None, BY_RANK[group["state_rank"]]}]

    @property
    def changed(self) -> int:
        """Return how many of the state that is asked for changed."""
        return sum(group["changed"] for group in self._of_state)

    @property
    def shown(self) -> int:
        """Return how many stand on all pages."""
        return self.changed if self.filters.changed else sum(group["people"] for group in self._of_state)

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(-(-self.shown // PAGE_SIZE), 1)

    @property
    def page(self) -> int:
        """Return the page that is shown: the nearest to what is asked for."""
        return min(max(self.filters.page, 1), self.pages)


def _find(user: User, roles: frozenset[str], filters: Filters, at: dt.datetime) -> _PeopleFound:
    """Return whom the address asks for. Nearly everyone begins at the first page: it is asked for with the counts."""
    whom: _Whom = {"roles": roles, "whose": filters.whose}
    which: _Which = {"state": filters.state, "changed": filters.changed}
    everybody, first = _groups.asking(user.pk, **whom), _first_page.asking(user.pk, at, **whom, **which)
    is_first = filters.page <= 1 and not filters.name
    ask(everybody, *([first] if is_first else []))
    people_found = _PeopleFound(filters=filters, overall=everybody.rows, groups=everybody.rows)
    listed: Iterable[tuple[Any, ...]] = first.rows if is_first else ()
    if not is_first:
        people = _people(user.pk, **whom)
        if filters.name:
            people = people.filter(pk__in=_named(people, filters.name))
            people_found.groups = list(_grouped(people))
        # Not compiled: each page would be kept.
        listed = _page_of(people, at, **which, page=people_found.page)
    people_found.listed = [Listed(*row) for row in listed]
    return people_found


def _named(people: QuerySet[Any, Any], search: str) -> list[UUID]:
    """Return those of the people whose name or clinic number is looked for, however it is spelled.

    Names are compared here and not in the database: one function folds what is typed and what is stored, and nothing
    beside a name can be out of date.
    """
    rows = people.order_by().values_list("pk", "patient__name", "patient__external_id")
    return [pk for pk, name, number in rows if spellings.is_found(search, name=name, number=number)]


@compiled
def _groups(user_id: UUID, *, roles: frozenset[str], whose: Whose) -> QuerySet[Any, dict[str, Any]]:
    return _grouped(_people(user_id, roles=roles, whose=whose))


@compiled
def _first_page(
    user_id: UUID, at: dt.datetime, *, roles: frozenset[str], whose: Whose, state: State | None, changed: bool
) -> QuerySet[Any, tuple[Any, ...]]:
    return _page_of(_people(user_id, roles=roles, whose=whose), at, state=state, changed=changed, page=1)


def _grouped(people: QuerySet[Any, Any]) -> QuerySet[Any, dict[str, Any]]:
    """Return how many of the people are in each state, and how many of them changed."""
    counted: QuerySet[Any, dict[str, Any]] = people.order_by().values("state_rank").annotate(**COUNTED)
    return counted


def _page_of(
    people: QuerySet[Any, Any], at: dt.datetime, *, state: State | None, changed: bool, page: int
) -> QuerySet[Any, tuple[Any, ...]]:
    """Return one page of those of the people whom the address asks for, in the order of the list."""
    if state is not None:
        people = people.filter(state_rank=state.rank)
    if changed:
        people = people.filter(has_changed=True)
    return _in_order(_with_turns(people, at)).values_list(*LISTED)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def _people(user_id: UUID, *, roles: frozenset[str], whose: Whose) -> QuerySet[Any, Any]:
    """Return the people on the list of whom may be seen and is asked for, each with the state and whether it is news."""
    user = User(pk=user_id)
    # Care has ended, and someone still has to act: whoever has an open alert stands on a list.
    is_here = Q(ended_on__isnull=True) | Q(need__open_alerts__gt=0)
    episodes = visible_episodes(user=user, roles=roles, whose=whose).filter(is_here)
    is_news = Q(look__seen_at__isnull=False, need__moved_at__gt=F("look__seen_at"))
    # Of whom nothing was found and nothing is open: without an answer there is nothing to look at yet.
    is_empty = ~IS_NOTED & Q(state_rank=State.NONE.rank)
    is_known = Q(state_rank__in=[state.rank for state in NOTHING_TO_SEE])
    return episodes.annotate(
        look=FilteredRelation("sightings", condition=Q(sightings__user=user)),
        state_rank=Coalesce("need__rank", Value(State.NONE.rank)),
    ).annotate(
        has_changed=_is_true(is_news | (Q(look__seen_at__isnull=True) & ~is_known & ~is_empty)),
    )


def _with_turns(people: QuerySet[Any, Any], at: dt.datetime) -> QuerySet[Any, Any]:
    """Return people with their turn: who waits for somebody, who presses, and the rest.

    An alert that is overdue and nobody's waits, too. The silence of someone who is asked presses; that of an old series,
    or before the first answer, does not.
    """
    overdue = Alert.objects.waiting().filter(owner__isnull=True, due_at__lt=at).order_by().values("episode")
    is_silent = Q(IS_NOTED, state_rank=State.NONE.rank)
    in_turn: QuerySet[Any, Any] = people.annotate(
        turn=Case(
            When(state_rank__in=[state.rank for state in WAITING], then=0),
            When(Q(need__open_alerts__gt=0) & Q(pk__in=overdue), then=0),
            When(Q(state_rank__in=[state.rank for state in PRESSING]) | is_silent, then=1),
            default=2,
        )
    )
    return in_turn


def _is_true(condition: Q) -> Case:
    """Return a condition as a column that is never empty."""
    return Case(When(condition, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())


def _in_order(people: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Return people in the order of the list: who waits, who presses, then who changed, then by need and name."""
    return people.order_by("turn", F("has_changed").desc(), "state_rank", Lower("patient__name"), "pk")
