"""Everyone in somebody's care: who needs attention first, and why. As many queries for 5,000 people as for 5.

How much somebody needs attention is stored (monitoring.needs), so a page sorts narrow rows and loads only its own fifty.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower, TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring import plans, wording
from monitoring.engine import DEFAULT, Domain, FindingKind
from monitoring.engine.baseline import usual_range
from monitoring.models import Alert, CheckIn, CheckInSlot, Need, Review, Signal
from monitoring.models.alerts import AlertKind
from monitoring.trajectories import Spark, State, state_of
from patients import audit
from patients.models import CareTeamMembership, Episode, User
from patients.models.audit import AuditAction

PAGE_SIZE = 50
SPARK_WEEKS = 12
# What a usual range needs: the weeks it looks back on, and those it leaves out.
USUAL_WEEKS = DEFAULT.usual_window + DEFAULT.usual_held_out
MOST_REASONS = 2
# More than this share of those who answer, beginning in one week, is hardly chance; in a handful of people it may be.
COMMON_SHARE = 0.15
COMMON_LEAST = 4
COMMON_LOOK_BACK = dt.timedelta(weeks=4)
BY_RANK = tuple(State)
WAITING = (State.SAFETY, State.ASKED)
# Somebody who was never looked at is new as soon as there is something to see.
NOTHING_TO_SEE = (State.STEADY, State.LEARNING)


class Whose(StrEnum):
    """Whose people a caseload shows."""

    MINE = "mine"
    TEAM = "team"
    CLINIC = "clinic"


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
class Row:
    """One person on the caseload."""

    episode_id: UUID
    name: str
    age: int | None
    problems: str
    states: tuple[State, ...]
    reason: str
    sparks: tuple[tuple[str, Spark], ...]
    last_check_in: dt.datetime | None
    answered: int
    asked: int
    owner: str
    owner_initials: str
    review_at: dt.datetime | None
    open_alerts: int
    has_changed: bool

    @property
    def about(self) -> str:
        """Return age and problems, as far as they are known."""
        return ", ".join(filter(None, ("" if self.age is None else str(self.age), self.problems)))

    @property
    def is_waiting(self) -> bool:
        """Say whether a safety answer or a request for contact waits for somebody."""
        return self.states[0] in WAITING

    @property
    def has_ratings(self) -> bool:
        """Say whether the sparklines have anything to show."""
        return any(value is not None for _name, spark in self.sparks for value in spark.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The answers of one person in the order of their days, one series a rating."""

    last: dt.datetime | None
    days: Sequence[dt.date]
    ratings: Mapping[Domain, Sequence[int | None]]


NO_ANSWERS = Answers(last=None, days=(), ratings=dict.fromkeys(Domain, ()))


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
    total: int
    changed: int
    counts: tuple[StateCount, ...]
    # Those who wait for somebody now come first, looked at or not.
    waiting_rows: tuple[Row, ...]
    changed_rows: tuple[Row, ...]
    other_rows: tuple[Row, ...]
    last_looked_at: dt.datetime | None
    page: int
    pages: int
    common_week: CommonWeek | None


def open_alert_count(episodes: QuerySet[Episode]) -> int:
    """Return how many alerts of these episodes still need somebody."""
    return Alert.objects.open().filter(episode__in=episodes).count()


def load_caseload(*, episodes: QuerySet[Episode], user: User, filters: Filters, at: dt.datetime) -> Caseload:
    """Return a page of the people in somebody's care, and record that it was read.

    Args:
        episodes: what this person may see (patients.access.visible_episodes).
        user: who looks; "changed" means since this person last looked.
        filters: what the address asks for.
        at: now.
    """
    people = _with_need(_in_scope(episodes, user, filters), user)
    groups = list(people.order_by().values("state_rank").annotate(**COUNTED))
    counted = [group for group in groups if filters.state in {None, BY_RANK[group["state_rank"]]}]
    changed = sum(group["changed"] for group in counted)
    pages = max(-(-(changed if filters.changed else sum(group["people"] for group in counted)) // PAGE_SIZE), 1)
    page = min(max(filters.page, 1), pages)
    rows = _rows(_shown(people, filters)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], at)
    audit.record(AuditAction.CASELOAD_READ, by=user, about=None, at=at, counts={"people": len(rows)})
    return Caseload(
        filters=filters,
        total=sum(group["people"] for group in groups),
        changed=changed,
        counts=_counts(groups),
        waiting_rows=tuple(row for row in rows if row.is_waiting),
        changed_rows=tuple(row for row in rows if row.has_changed and not row.is_waiting),
        other_rows=tuple(row for row in rows if not row.has_changed and not row.is_waiting),
        last_looked_at=max((group["looked"] for group in groups if group["looked"]), default=None),
        page=page,
        pages=pages,
        common_week=common_week(at=at),
    )


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
    recent = Case(When(worse_since__gt=since.date(), then=F("worse_since")))
    groups = list(answering.values(week_of=TruncWeek(recent)).annotate(number=Count("pk")).order_by("-week_of"))
    people = sum(group["number"] for group in groups)
    for group in groups:
        worse = group["number"] if group["week_of"] else 0
        if worse >= COMMON_LEAST and worse > COMMON_SHARE * people:
            return CommonWeek(week_of=group["week_of"], worse=worse, people=people)
    return None


# ---------- who, and how pressing: in the database ----------

COUNTED = {
    "people": Count("pk"),
    "changed": Count("pk", filter=Q(has_changed=True)),
    "looked": Max("look__seen_at"),
}
ROW_FIELDS = (
    "pk",
    "patient__name",
    "patient__birth_date",
    "patient__time_zone",
    "problems",
    "state_rank",
    "has_changed",
    "need__assessment",
    "owner_name",
    "owner_email",
    "review_at",
)


def _in_scope(episodes: QuerySet[Episode], user: User, filters: Filters) -> QuerySet[Episode]:
    """Return the open episodes that the address asks for."""
    running = episodes.filter(ended_on__isnull=True)
    if filters.whose is not Whose.CLINIC:
        mine = CareTeamMembership.objects.filter(user=user, left_at__isnull=True, episode=OuterRef("pk"))
        running = running.filter(Exists(mine.filter(is_responsible=True) if filters.whose is Whose.MINE else mine))
    return running.filter(patient__name__icontains=filters.name) if filters.name else running


def _with_need(episodes: QuerySet[Episode], user: User) -> QuerySet[Any, Any]:
    """Return each episode with its state and whether that is news to this person."""
    known = Q(state_rank__in=[state.rank for state in NOTHING_TO_SEE])
    is_news = Q(look__seen_at__isnull=False, need__moved_at__gt=F("look__seen_at"))
    return episodes.annotate(
        look=FilteredRelation("sightings", condition=Q(sightings__user=user)),
        state_rank=Coalesce("need__rank", Value(State.NONE.rank)),
    ).annotate(
        has_changed=Case(
            When(is_news | (Q(look__seen_at__isnull=True) & ~known), then=Value(value=True)),
            default=Value(value=False),
            output_field=BooleanField(),
        )
    )


def _shown(people: QuerySet[Any, Any], filters: Filters) -> Any:
    """Return the people of the list in their order: who waits, then who changed, then by need and name."""
    if filters.state is not None:
        people = people.filter(state_rank=filters.state.rank)
    if filters.changed:
        people = people.filter(has_changed=True)
    waits = Case(
        When(state_rank__in=[state.rank for state in WAITING], then=Value(value=False)),
        default=Value(value=True),
        output_field=BooleanField(),
    )
    owner = CareTeamMembership.objects.filter(episode=OuterRef("pk"), is_responsible=True, left_at__isnull=True)
    planned = Review.objects.filter(episode=OuterRef("pk"), held_at__isnull=True)
    with_more = people.annotate(
        owner_name=Subquery(owner.values("user__name")[:1], output_field=CharField()),
        owner_email=Subquery(owner.values("user__email")[:1], output_field=CharField()),
        review_at=Subquery(planned.values("planned_at")[:1], output_field=DateTimeField()),
    )
    ordered = with_more.order_by(waits, F("has_changed").desc(), "state_rank", Lower("patient__name"), "pk")
    return ordered.values_list(*ROW_FIELDS, named=True)


# ---------- the rows of one page ----------


def _rows(people: Iterable[Any], at: dt.datetime) -> list[Row]:
    """Return the rows of a page; one query per table, whatever the number of rows."""
    people = list(people)
    pks = [person.pk for person in people]
    signals = _grouped(Signal.objects.filter(assessment_id__in=[person.need__assessment for person in people]))
    alerts = _grouped(Alert.objects.open().filter(episode_id__in=pks).order_by("due_at"))
    answers, weeks = _answers(pks, at), _weeks(pks, at)
    # Translated once, not for every cell.
    names = [str(wording.DOMAIN_NAMES[domain]) for domain in Domain]
    return [
        _row(person, signals[person.pk], alerts[person.pk], answers.get(person.pk, NO_ANSWERS), weeks, names, at)
        for person in people
    ]


def _answers(pks: Sequence[UUID], at: dt.datetime) -> dict[UUID, Answers]:
    """Return what people answered lately. The database puts each series into one row: a page has over a thousand."""
    since = at - dt.timedelta(weeks=USUAL_WEEKS)
    rows = CheckIn.objects.filter(episode_id__in=pks, submitted_at__gte=since).order_by().values_list("episode_id")
    in_order = ("about_on", "submitted_at")
    series = {f"{domain}_series": ArrayAgg(domain.value, order_by=in_order) for domain in Domain}
    grouped = rows.annotate(last=Max("submitted_at"), days=ArrayAgg("about_on", order_by=in_order), **series)
    return {
        pk: Answers(last=last, days=days, ratings=dict(zip(Domain, ratings, strict=True)))
        for pk, last, days, *ratings in grouped
    }


def _weeks(pks: Sequence[UUID], at: dt.datetime) -> dict[UUID, tuple[int, int]]:
    """Return of each person how many of the last weeks were answered, and how many could be."""
    recent = CheckInSlot.objects.filter(episode_id__in=pks, closes_at__gte=at - dt.timedelta(weeks=SPARK_WEEKS))
    is_answered = Q(answered_at__isnull=False)
    counted = (
        recent.order_by()
        .values_list("episode_id")
        .annotate(
            answered=Count("pk", filter=is_answered), asked=Count("pk", filter=is_answered | Q(closes_at__lte=at))
        )
    )
    return {pk: (answered, asked) for pk, answered, asked in counted}


def _grouped(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.episode_id].append(row)
    return grouped


def _row(
    person: Any,
    signals: Sequence[Signal],
    alerts: Sequence[Alert],
    answers: Answers,
    weeks: Mapping[UUID, tuple[int, int]],
    names: Sequence[str],
    at: dt.datetime,
) -> Row:
    """Return one row from what was loaded for its page."""
    today = plans.local_day(at, person.patient__time_zone)
    answered, asked = weeks.get(person.pk, (0, 0))
    ranked = [(state.rank, index) for index, s in enumerate(signals) if (state := state_of(s.kind, s.tier)) is not None]
    reason = _reason(alerts, [signals[index] for _rank, index in sorted(ranked)])
    owner = User(name=person.owner_name, email=person.owner_email) if person.owner_email else None
    return Row(
        episode_id=person.pk,
        name=person.patient__name,
        age=_age(person.patient__birth_date, today),
        problems=person.problems,
        states=_states(BY_RANK[person.state_rank], alerts),
        reason=reason or _quiet_reason(answers, is_assessed=person.need__assessment is not None),
        sparks=tuple(zip(names, _sparks(answers, signals, today), strict=True)),
        last_check_in=answers.last,
        answered=answered,
        asked=asked,
        owner=str(owner) if owner else "",
        owner_initials=owner.initials if owner else "",
        review_at=person.review_at,
        open_alerts=len(alerts),
        has_changed=person.has_changed,
    )


def _age(birth_date: dt.date | None, today: dt.date) -> int | None:
    if birth_date is None:
        return None
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _states(state: State, alerts: Sequence[Alert]) -> tuple[State, ...]:
    """Return the state, and beside it a request for contact: two marks, never merged."""
    has_asked = any(alert.kind == AlertKind.CONTACT_WISH for alert in alerts)
    return (state, State.ASKED) if has_asked and state is not State.ASKED else (state,)


def _reason(alerts: Sequence[Alert], signals: Sequence[Signal]) -> str:
    """Return in words why somebody stands where they stand; empty when there is nothing to say."""
    # A risk answer is said by its alert: once that is closed, the answer is no longer the reason.
    found = [signal for signal in signals if signal.kind != FindingKind.RISK_ANSWER]
    kinds = {signal.kind for signal in found}
    words = [
        _("%(kind)s, %(day)s") % {"kind": alert.get_kind_display(), "day": date_format(alert.raised_at, "j M")}
        for alert in alerts
        if alert.kind not in kinds
    ]
    return "; ".join([*words, *(wording.in_short(signal) for signal in found)][:MOST_REASONS])


def _quiet_reason(answers: Answers, *, is_assessed: bool) -> str:
    """Return what to say of somebody nothing was found about."""
    if answers.days:
        return _("Within the usual range")
    return _("No lasting change in the scores") if is_assessed else _("No check-in yet")


# ---------- sparklines ----------


def _sparks(answers: Answers, signals: Sequence[Signal], today: dt.date) -> list[Spark]:
    """Return the five sparklines."""
    last_week = plans.monday_of(today)
    first = last_week - dt.timedelta(weeks=SPARK_WEEKS)
    by_week = {plans.monday_of(day): index for index, day in enumerate(answers.days) if day >= first}
    # This week's check-in may still come: the line ends last week until it does.
    start = first + dt.timedelta(weeks=1) if last_week in by_week else first
    weeks = [by_week.get(start + dt.timedelta(weeks=week)) for week in range(SPARK_WEEKS)]
    states = [(s.domain, state) for s in signals if s.domain and (state := state_of(s.kind, s.tier)) is not None]
    return [_spark(answers.ratings[domain], weeks, _worst(domain, states)) for domain in Domain]


def _worst(domain: Domain, states: Iterable[tuple[str, State]]) -> State | None:
    """Return the most pressing state that was found of a rating."""
    return min((state for name, state in states if name == domain), key=lambda state: state.rank, default=None)


def _spark(given: Sequence[int | None], weeks: Sequence[int | None], state: State | None) -> Spark:
    usual = usual_range(np.array([value for value in given if value is not None], dtype=float), 1.0, DEFAULT)
    return Spark(
        values=tuple(given[index] if index is not None else None for index in weeks),
        usual=(max(usual[0], 0.0), min(usual[1], 10.0)) if usual else None,
        state=state,
        is_silent=weeks[-1] is None,
    )
