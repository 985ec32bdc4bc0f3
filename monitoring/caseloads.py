"""Everyone in somebody's care: who needs attention first, and why. As many queries for 5,000 people as for 5.

The state of a person is the more pressing of two: what the newest assessment found, and which alerts are open.
The database works it out, so that a page of fifty never loads the others.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
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
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Least, TruncWeek
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from monitoring import plans, wording
from monitoring.engine import DEFAULT, Domain, FindingKind
from monitoring.engine.baseline import usual_range
from monitoring.models import Alert, Assessment, CheckIn, CheckInSlot, Sighting, Signal
from monitoring.models.alerts import AlertKind
from monitoring.trajectories import SIGNAL_STATES, Spark, State, state_of
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
COMMON_KINDS = (FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE)
WAITING = (State.SAFETY, State.ASKED)
# Higher than any rank of State: says nothing.
NOTHING = len(State)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the address of the page asks for."""

    is_mine: bool = True
    state: State | None = None
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
    open_alerts: int
    has_changed: bool

    @property
    def is_waiting(self) -> bool:
        """Say whether a safety answer or a request for contact waits for somebody."""
        return self.states[0] in WAITING


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
    changed = Count("pk", filter=Q(has_changed=True))
    by_need = {
        row["need"]: row for row in people.values("need").annotate(people=Count("pk"), changed=changed).order_by()
    }
    counts = {rank: row["people"] for rank, row in by_need.items()}
    shown = people.filter(need=filters.state.rank) if filters.state else people
    ranks = {filters.state.rank} & counts.keys() if filters.state else counts.keys()
    pages = max(-(-sum(counts[rank] for rank in ranks) // PAGE_SIZE), 1)
    page = min(max(filters.page, 1), pages)
    on_page = list(
        shown.order_by("-is_waiting", "-has_changed", "need", "patient__name", "pk")[
            (page - 1) * PAGE_SIZE : page * PAGE_SIZE
        ]
    )
    rows = _rows(on_page, at)
    audit.record(AuditAction.CASELOAD_READ, by=user, about=None, at=at, counts={"people": len(rows)})
    return Caseload(
        filters=filters,
        total=sum(counts.values()),
        changed=sum(by_need[rank]["changed"] for rank in ranks),
        counts=tuple(StateCount(state=state, count=counts[state.rank]) for state in State if state.rank in counts),
        waiting_rows=tuple(row for row in rows if row.is_waiting),
        changed_rows=tuple(row for row in rows if row.has_changed and not row.is_waiting),
        other_rows=tuple(row for row in rows if not row.has_changed and not row.is_waiting),
        last_looked_at=Sighting.objects.filter(user=user).aggregate(last=Max("seen_at"))["last"],
        page=page,
        pages=pages,
        common_week=common_week(at=at),
    )


def common_week(*, at: dt.datetime) -> CommonWeek | None:
    """Return the newest week in which so many people of the clinic began to get worse that a common cause is likely.

    Counts all people of the present clinic who answered lately, and names none.

    Source: ENGINE 5, "simultaneous worsening in > 15 % of a clinic's patients in one week".
    """
    since = at - COMMON_LOOK_BACK
    answering = CheckIn.objects.filter(submitted_at__gt=since, submitted_at__lte=at, episode__ended_on__isnull=True)
    people = answering.values("episode").distinct().count()
    newest = Assessment.objects.filter(episode=OuterRef("episode")).order_by("-as_of").values("pk")[:1]
    worse = Signal.objects.filter(
        kind__in=COMMON_KINDS, onset_on__gt=since.date(), episode__in=answering.values("episode")
    )
    weeks = (
        worse.filter(assessment=Subquery(newest))
        .annotate(week_of=TruncWeek("onset_on"))
        .values("week_of")
        .annotate(worse=Count("episode", distinct=True))
    )
    for week in weeks.order_by("-week_of"):
        if week["worse"] >= COMMON_LEAST and week["worse"] > COMMON_SHARE * people:
            return CommonWeek(week_of=week["week_of"], worse=week["worse"], people=people)
    return None


# ---------- who, and how pressing: in the database ----------


def _in_scope(episodes: QuerySet[Episode], user: User, filters: Filters) -> QuerySet[Episode]:
    """Return the open episodes that the address asks for."""
    running = episodes.filter(ended_on__isnull=True)
    if filters.is_mine:
        mine = CareTeamMembership.objects.filter(user=user, is_responsible=True, left_at__isnull=True)
        running = running.filter(pk__in=mine.values("episode"))
    return running.filter(patient__name__icontains=filters.name) if filters.name else running


def _with_need(episodes: QuerySet[Episode], user: User) -> QuerySet[Any]:
    """Add to each episode how pressing it is, and whether that changed since this person last looked."""
    assessed = Assessment.objects.filter(episode=OuterRef("pk")).order_by("-as_of")
    looked = Sighting.objects.filter(episode=OuterRef("pk"), user=user)
    steady = Value(State.STEADY.rank)
    with_runs = episodes.annotate(
        seen_at=Subquery(looked.values("seen_at")[:1], output_field=DateTimeField()),
        newest=Subquery(assessed.values("pk")[:1], output_field=UUIDField()),
    ).annotate(
        run_then=Subquery(assessed.filter(assessed_at__lte=OuterRef("seen_at")).values("pk")[:1]),
    )
    with_ranks = with_runs.annotate(
        found=Case(When(newest__isnull=True, then=_unassessed_rank()), default=Coalesce(_found_rank("newest"), steady)),
        found_then=Coalesce(_found_rank("run_then"), steady),
        alerted=Coalesce(_alert_rank(), Value(NOTHING)),
        has_new_alert=Exists(Alert.objects.open().filter(episode=OuterRef("pk"), raised_at__gt=OuterRef("seen_at"))),
    )
    return with_ranks.annotate(need=Least("found", "alerted")).annotate(
        has_changed=_has_changed(),
        is_waiting=ExpressionWrapper(Q(need__in=[state.rank for state in WAITING]), output_field=BooleanField()),
    )


def _has_changed() -> Combinable:
    """Say whether the state differs from the one at the last look; never looked at counts once there is something."""
    never = Q(seen_at__isnull=True) & ~Q(need__in=[State.STEADY.rank, State.LEARNING.rank])
    since = Q(seen_at__isnull=False) & (~Q(found=F("found_then")) | Q(has_new_alert=True))
    return ExpressionWrapper(never | since, output_field=BooleanField())


def _found_rank(run: str) -> Subquery:
    """Return the most pressing state that an assessment found."""
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


def _unassessed_rank() -> Case:
    """Return the state of somebody who was never assessed: still learning with answers, no data without."""
    answered = Exists(CheckIn.objects.filter(episode=OuterRef("pk")))
    return Case(When(answered, then=Value(State.LEARNING.rank)), default=Value(State.NONE.rank))


def _alert_rank() -> Subquery:
    """Return the most pressing state of the open alerts."""
    open_alerts = Alert.objects.open().filter(episode=OuterRef("pk"))
    special = [
        When(kind=AlertKind.CONTACT_WISH, then=Value(State.ASKED.rank)),
        When(kind=AlertKind.NOT_ASSESSED, then=Value(State.WATCH.rank)),
    ]
    ranks = open_alerts.annotate(
        rank=Case(*special, default=_signal_rank(), output_field=IntegerField()),
    )
    return Subquery(ranks.order_by("rank").values("rank")[:1], output_field=IntegerField())


# ---------- the rows of one page ----------


def _rows(episodes: Sequence[Any], at: dt.datetime) -> list[Row]:
    """Return the rows of a page; one query per table, whatever the number of rows."""
    pks = [episode.pk for episode in episodes]
    runs = [episode.newest for episode in episodes]
    signals = _grouped(Signal.objects.filter(assessment_id__in=runs))
    alerts = _grouped(Alert.objects.open().filter(episode_id__in=pks).order_by("due_at"))
    since = at - dt.timedelta(weeks=USUAL_WEEKS)
    # Light rows: a page reads over a thousand of them.
    answers = CheckIn.objects.filter(episode_id__in=pks, submitted_at__gte=since).order_by("about_on", "submitted_at")
    check_ins = _grouped(answers.values_list("episode_id", "about_on", "submitted_at", *Domain, named=True))
    weeks = CheckInSlot.objects.filter(episode_id__in=pks, closes_at__gte=at - dt.timedelta(weeks=SPARK_WEEKS))
    slots = _grouped(weeks.values_list("episode_id", "closes_at", "answered_at", named=True))
    owners = CareTeamMembership.objects.filter(episode_id__in=pks, is_responsible=True, left_at__isnull=True)
    owner_of = {member.episode_id: member.user for member in owners.select_related("user")}
    return [
        _row(episode, signals[pk], alerts[pk], check_ins[pk], slots[pk], owner_of.get(pk), at)
        for episode, pk in zip(episodes, pks, strict=True)
    ]


def _grouped(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.episode_id].append(row)
    return grouped


def _row(
    episode: Any,
    signals: Sequence[Signal],
    alerts: Sequence[Alert],
    check_ins: Sequence[Any],
    slots: Sequence[Any],
    owner: User | None,
    at: dt.datetime,
) -> Row:
    """Return one row from what was loaded for its page."""
    today = plans.local_day(at, episode.patient.time_zone)
    closed = [slot for slot in slots if slot.answered_at is not None or slot.closes_at <= at]
    ranked = [(state.rank, index) for index, s in enumerate(signals) if (state := state_of(s.kind, s.tier)) is not None]
    return Row(
        episode_id=episode.pk,
        name=episode.patient.name,
        age=_age(episode.patient.birth_date, today),
        problems=episode.problems,
        states=_states(episode, alerts),
        reason=_reason(alerts, [signals[index] for _rank, index in sorted(ranked)])
        or _quiet_reason(episode, check_ins),
        sparks=tuple(_sparks(check_ins, signals, today)),
        last_check_in=check_ins[-1].submitted_at if check_ins else None,
        answered=sum(slot.answered_at is not None for slot in closed),
        asked=len(closed),
        owner=str(owner) if owner else "",
        owner_initials=owner.initials if owner else "",
        open_alerts=len(alerts),
        has_changed=episode.has_changed,
    )


def _age(birth_date: dt.date | None, today: dt.date) -> int | None:
    if birth_date is None:
        return None
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _states(episode: Any, alerts: Sequence[Alert]) -> tuple[State, ...]:
    """Return the state, and beside it a request for contact: two marks, never merged."""
    state = list(State)[episode.need]
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


def _quiet_reason(episode: Any, check_ins: Sequence[Any]) -> str:
    """Return what to say of somebody nothing was found about."""
    if check_ins:
        return _("Within the usual range")
    return _("No check-in yet") if episode.newest is None else _("No lasting change in the scores")


# ---------- sparklines ----------


def _sparks(check_ins: Sequence[Any], signals: Sequence[Signal], today: dt.date) -> list[tuple[str, Spark]]:
    """Return the five sparklines, with the names of their ratings."""
    last_week = plans.monday_of(today)
    mondays = [last_week - dt.timedelta(weeks=SPARK_WEEKS - 1 - week) for week in range(SPARK_WEEKS)]
    by_week = {plans.monday_of(row.about_on): row for row in check_ins}
    # This week's check-in may still come: the line ends last week until it does.
    weeks = mondays if last_week in by_week else [mondays[0] - dt.timedelta(weeks=1), *mondays[:-1]]
    rows = [by_week.get(monday) for monday in weeks]
    return [(str(wording.DOMAIN_NAMES[domain]), _spark(domain, rows, check_ins, signals)) for domain in Domain]


def _spark(domain: Domain, weeks: Sequence[Any], check_ins: Sequence[Any], signals: Sequence[Signal]) -> Spark:
    given = np.array([value for row in check_ins if (value := getattr(row, domain)) is not None], dtype=float)
    usual = usual_range(given, 1.0, DEFAULT)
    about = [state for s in signals if s.domain == domain and (state := state_of(s.kind, s.tier)) is not None]
    return Spark(
        values=tuple(getattr(row, domain) if row is not None else None for row in weeks),
        usual=(max(usual[0], 0.0), min(usual[1], 10.0)) if usual else None,
        state=min(about, key=lambda state: state.rank) if about else None,
        is_silent=weeks[-1] is None,
    )
