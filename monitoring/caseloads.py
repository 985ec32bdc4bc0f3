"""Everyone in somebody's care: who needs attention first, and why. As many queries for 5,000 people as for 5.

The state of a person is the more pressing of two: what the newest assessment found, and which alerts are open.
The database works out both, one light row a person; only the fifty of a page are loaded.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
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
from django.db.models.functions import TruncWeek
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
BY_RANK = tuple(State)
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

    @property
    def has_ratings(self) -> bool:
        """Say whether the sparklines have anything to show."""
        return any(value is not None for _name, spark in self.sparks for value in spark.values)


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


class Standing(NamedTuple):
    """How pressing somebody is: ranks of State, None where nothing was found."""

    episode_id: UUID
    name: str
    newest: UUID | None
    seen_at: dt.datetime | None
    found: int | None
    found_then: int | None
    alerted: int | None
    alerted_at: dt.datetime | None
    has_answered: bool

    @property
    def state(self) -> State:
        """Return the more pressing of what was found and what is open."""
        ranks = [rank for rank in (self.found, self.alerted) if rank is not None]
        if ranks:
            return BY_RANK[min(ranks)]
        if self.newest is not None:
            return State.STEADY
        return State.LEARNING if self.has_answered else State.NONE

    @property
    def has_changed(self) -> bool:
        """Say whether that differs from the last look; never looked at counts once there is something to see."""
        if self.seen_at is None:
            return self.state not in {State.STEADY, State.LEARNING}
        has_new_alert = self.alerted_at is not None and self.alerted_at > self.seen_at
        return has_new_alert or self.found != self.found_then

    @property
    def place(self) -> tuple[bool, bool, int, str]:
        """Return the place in the list: who waits, then who changed, then by need and name."""
        return (self.state not in WAITING, not self.has_changed, self.state.rank, self.name.casefold())


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
    standings = _standings(_in_scope(episodes, user, filters), user)
    counts = Counter(standing.state for standing in standings)
    shown = sorted(
        (one for one in standings if filters.state in {None, one.state}), key=lambda standing: standing.place
    )
    pages = max(-(-len(shown) // PAGE_SIZE), 1)
    page = min(max(filters.page, 1), pages)
    rows = _rows(shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], at)
    audit.record(AuditAction.CASELOAD_READ, by=user, about=None, at=at, counts={"people": len(rows)})
    return Caseload(
        filters=filters,
        total=len(standings),
        changed=sum(standing.has_changed for standing in shown),
        counts=tuple(StateCount(state=state, count=counts[state]) for state in State if state in counts),
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


def _standings(episodes: QuerySet[Episode], user: User) -> list[Standing]:
    """Return how pressing each episode is, now and at this person's last look: one light row each."""
    assessed = Assessment.objects.filter(episode=OuterRef("pk")).order_by("-as_of")
    looked = Sighting.objects.filter(episode=OuterRef("pk"), user=user)
    with_runs = episodes.annotate(
        seen_at=Subquery(looked.values("seen_at")[:1], output_field=DateTimeField()),
        newest=Subquery(assessed.values("pk")[:1], output_field=UUIDField()),
    ).annotate(
        run_then=Subquery(assessed.filter(assessed_at__lte=OuterRef("seen_at")).values("pk")[:1]),
    )
    with_ranks = with_runs.annotate(
        found=_found_rank("newest"),
        found_then=_found_rank("run_then"),
        alerted=_alert_rank(),
        alerted_at=Subquery(_open_alerts().order_by("-raised_at").values("raised_at")[:1]),
        has_answered=Exists(CheckIn.objects.filter(episode=OuterRef("pk"))),
    )
    fields = (
        "pk",
        "patient__name",
        "newest",
        "seen_at",
        "found",
        "found_then",
        "alerted",
        "alerted_at",
        "has_answered",
    )
    return [Standing(*row) for row in with_ranks.order_by().values_list(*fields)]


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


def _open_alerts() -> QuerySet[Alert]:
    return Alert.objects.open().filter(episode=OuterRef("pk"))


def _alert_rank() -> Subquery:
    """Return the most pressing state of the open alerts."""
    special = [
        When(kind=AlertKind.CONTACT_WISH, then=Value(State.ASKED.rank)),
        When(kind=AlertKind.NOT_ASSESSED, then=Value(State.WATCH.rank)),
    ]
    ranks = _open_alerts().annotate(rank=Case(*special, default=_signal_rank(), output_field=IntegerField()))
    return Subquery(ranks.order_by("rank").values("rank")[:1], output_field=IntegerField())


# ---------- the rows of one page ----------


def _rows(standings: Sequence[Standing], at: dt.datetime) -> list[Row]:
    """Return the rows of a page; one query per table, whatever the number of rows."""
    pks = [standing.episode_id for standing in standings]
    runs = [standing.newest for standing in standings]
    episodes = Episode.objects.select_related("patient").in_bulk(pks)
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
        _row(standing, episodes[pk], signals[pk], alerts[pk], check_ins[pk], slots[pk], owner_of.get(pk), at)
        for standing, pk in zip(standings, pks, strict=True)
    ]


def _grouped(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.episode_id].append(row)
    return grouped


def _row(
    standing: Standing,
    episode: Episode,
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
        states=_states(standing, alerts),
        reason=_reason(alerts, [signals[index] for _rank, index in sorted(ranked)])
        or _quiet_reason(standing, check_ins),
        sparks=tuple(_sparks(check_ins, signals, today)),
        last_check_in=check_ins[-1].submitted_at if check_ins else None,
        answered=sum(slot.answered_at is not None for slot in closed),
        asked=len(closed),
        owner=str(owner) if owner else "",
        owner_initials=owner.initials if owner else "",
        open_alerts=len(alerts),
        has_changed=standing.has_changed,
    )


def _age(birth_date: dt.date | None, today: dt.date) -> int | None:
    if birth_date is None:
        return None
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _states(standing: Standing, alerts: Sequence[Alert]) -> tuple[State, ...]:
    """Return the state, and beside it a request for contact: two marks, never merged."""
    state = standing.state
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


def _quiet_reason(standing: Standing, check_ins: Sequence[Any]) -> str:
    """Return what to say of somebody nothing was found about."""
    if check_ins:
        return _("Within the usual range")
    return _("No check-in yet") if standing.newest is None else _("No lasting change in the scores")


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
