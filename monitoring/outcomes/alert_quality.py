"""Are alerts any use: how many come, how soon somebody answers, and how often anything was done. Small groups hidden.

What is counted are raisings: an alert that is opened again is raised again, with a clock of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from monitoring.engine.records import Tier
from monitoring.escalation import clocks
from monitoring.models import Alert, AlertEvent, CheckIn, EscalationStep
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind, StepKind
from monitoring.outcomes.small_cells import SMALL, Cell, shown
from patients import zones
from patients.clinics import hours
from patients.models import Clinic, User
from patients.people import people

WINDOW = timedelta(days=90)
# A kind of alert of which so few were followed by anything is shown as one to look at. Source: Ancker (2017),
# doi 10.1186/s12911-017-0430-8: of alerts that were overridden nearly always, people stop reading the others too.
RETIRE_BELOW = 0.2
# Fewer closed ones than that say nothing about a kind. Judgement, 30 November 2026.
RETIRE_FROM = 10
# New alerts that one person can work on in a working day, at most. Source: Singh (2013), doi
# 10.1001/2013.jamainternmed.61: with a median of 63 a day most call it too many, and a third missed results.
MOST_A_DAY = 20
# Closed with one of these, nothing was done about it.
WITHOUT_ACTION = frozenset({ActionCode.NOTHING_NEEDED, ActionCode.CHECK_IN_CAME})
TIER_NAMES: Mapping[str, Promise] = {
    Tier.URGENT: gettext_lazy("Urgent"),
    Tier.PRIORITY: gettext_lazy("Priority"),
    Tier.REVIEW: gettext_lazy("Review"),
    Tier.WATCH: gettext_lazy("Watch"),
    Tier.INFO: gettext_lazy("Information"),
}
RAISES = frozenset({AlertEventKind.RAISED, AlertEventKind.REOPENED})
ANSWERS = frozenset(
    {
        AlertEventKind.ACKNOWLEDGED,
        AlertEventKind.STARTED,
        AlertEventKind.NOTED,
        AlertEventKind.CLOSED,
        AlertEventKind.SNOOZED,
    }
)


@dataclass(kw_only=True)
class Raising:
    """One time that an alert was opened, and what followed."""

    kind: str
    tier: str
    at: datetime
    due_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    action: str = ""


@dataclass(frozen=True, kw_only=True)
class QualityRow:
    """One line: alerts of a tier, or of a kind.

    Attributes:
        name: of the tier or kind.
        raised: how many; None where fewer than five.
        in_time: share answered by the end of their clock, of those whose clock is over or that were answered.
        hours_to_answer: median, in hours by the wall clock; None where fewer than five were answered.
        hours_to_close: the same until they were closed.
        acted: share of the closed ones that were closed with an action.
        is_to_look_at: whether so few were followed by anything that the rule is one to look at.
    """

    name: str
    raised: int | None
    in_time: Cell
    hours_to_answer: float | None
    hours_to_close: float | None
    acted: Cell
    is_to_look_at: bool


@dataclass(frozen=True, kw_only=True)
class AlertQuality:
    """What the page and the command show.

    Attributes:
        days: how far back it counts.
        raised: raisings in that time.
        check_ins: check-ins sent in that time.
        per_hundred: raisings for 100 check-ins: at most ten are wanted; None without a check-in.
        by_tier: the loudest first.
        by_kind: the most frequent first.
        steps: how often each step of a clock was made.
        over_twelve_hours: safety answers to which nobody tried to respond within 12 hours.
        responders: how many people can take alerts.
        a_person_a_day: new alerts for each of them and working day.
        is_too_much: whether that is more than one person can work on.
    """

    days: int
    raised: int
    check_ins: int
    per_hundred: float | None
    by_tier: tuple[QualityRow, ...]
    by_kind: tuple[QualityRow, ...]
    steps: tuple[tuple[str, int], ...]
    over_twelve_hours: int
    responders: int
    a_person_a_day: float | None
    is_too_much: bool


def load(*, clinic: Clinic, at: datetime) -> AlertQuality:
    """Return how alerts went in the present clinic in the last 90 days."""
    since = at - WINDOW
    raisings = _raisings(clinic, since, at)
    check_ins = CheckIn.objects.filter(submitted_at__gt=since, submitted_at__lte=at, corrects__isnull=True).count()
    made = dict(
        EscalationStep.objects.filter(made_at__gt=since, made_at__lte=at)
        .values_list("kind")
        .annotate(count=Count("pk"))
        .order_by("kind")
    )
    responders = people.responders()
    days = _working_days(clinic, since, at)
    load_a_day = len(raisings) / (responders * days) if responders and days else None
    kinds = Counter(raising.kind for raising in raisings)
    return AlertQuality(
        days=WINDOW.days,
        raised=len(raisings),
        check_ins=check_ins,
        per_hundred=round(100 * len(raisings) / check_ins, 1) if check_ins else None,
        by_tier=_rows(
            raisings, reversed(list(Tier)), lambda one: one.tier, lambda tier: str(TIER_NAMES[Tier(tier)]), at
        ),
        by_kind=_rows(
            raisings,
            [kind for kind, _count in kinds.most_common()],
            lambda one: one.kind,
            lambda kind: str(AlertKind(kind).label),
            at,
        ),
        steps=tuple((str(StepKind(kind).label), count) for kind, count in made.items()),
        over_twelve_hours=made.get(StepKind.TWELVE_HOURS, 0),
        responders=responders,
        a_person_a_day=None if load_a_day is None else round(load_a_day, 2),
        is_too_much=load_a_day is not None and load_a_day > MOST_A_DAY,
    )


def staff_load(*, at: datetime) -> list[tuple[User, int, int]]:
    """Return who has how many open alerts, and how many of them are overdue, the most first."""
    owned: dict[UUID, list[Alert]] = defaultdict(list)
    owners: dict[UUID, User] = {}
    for alert in Alert.objects.waiting().filter(owner__isnull=False).select_related("owner"):
        if alert.owner is not None:
            owned[alert.owner.pk].append(alert)
            owners[alert.owner.pk] = alert.owner
    rows = [
        (owners[pk], len(found), sum(alert.due_at is not None and alert.due_at < at for alert in found))
        for pk, found in owned.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0].name))


def _raisings(clinic: Clinic, since: datetime, at: datetime) -> list[Raising]:
    """Return what was raised in a time, with what followed, in one query."""
    alerts = AlertEvent.objects.filter(kind__in=RAISES, at__gt=since, at__lte=at).values("alert")
    events = AlertEvent.objects.filter(alert__in=alerts, at__lte=at).order_by("alert", "at", "id")
    rows = events.values_list("alert", "alert__kind", "alert__tier", "kind", "at", "by", "action")
    found: list[Raising] = []
    current: dict[UUID, Raising] = {}
    for alert_id, kind, tier, event, moment, by, action in rows:
        if event in RAISES:
            current[alert_id] = Raising(kind=kind, tier=tier, at=moment, due_at=clocks.answer_due(clinic, tier, moment))
            if moment > since:
                found.append(current[alert_id])
        elif alert_id in current:
            _follow(current[alert_id], event, moment, by, action)
    return found


def _follow(raising: Raising, event: str, moment: datetime, by: UUID | None, action: str) -> None:
    """Add what happened to a raising; what the computer did is no answer."""
    if event in ANSWERS and by is not None and raising.answered_at is None:
        raising.answered_at = moment
    if event == AlertEventKind.CLOSED and raising.closed_at is None:
        raising.closed_at, raising.action = moment, action


def _rows(
    raisings: Sequence[Raising],
    names: Iterable[str],
    of: Callable[[Raising], str],
    words: Callable[[str], str],
    at: datetime,
) -> tuple[QualityRow, ...]:
    """Return a line for each name of which anything was raised."""
    groups = [(name, [one for one in raisings if of(one) == name]) for name in names]
    return tuple(_row(words(name), group, at) for name, group in groups if group)


def _row(name: str, group: Sequence[Raising], at: datetime) -> QualityRow:
    decided = [one for one in group if one.due_at is not None and (one.answered_at or one.due_at < at)]
    in_time = [one for one in decided if one.answered_at and one.due_at and one.answered_at <= one.due_at]
    closed = [one for one in group if one.closed_at]
    acted = [one for one in closed if one.action not in WITHOUT_ACTION]
    share = shown(len(acted), len(closed))
    return QualityRow(
        name=name,
        raised=len(group) if len(group) >= SMALL else None,
        in_time=shown(len(in_time), len(decided)),
        hours_to_answer=_median_hours((one.at, one.answered_at) for one in group),
        hours_to_close=_median_hours((one.at, one.closed_at) for one in group),
        acted=share,
        is_to_look_at=len(closed) >= RETIRE_FROM and len(acted) < RETIRE_BELOW * len(closed),
    )


def _median_hours(pairs: Iterable[tuple[datetime, datetime | None]]) -> float | None:
    """Return the median time between two moments, in hours; None of fewer than five."""
    spans = [(end - start).total_seconds() / 3600 for start, end in pairs if end is not None]
    return round(median(spans), 1) if len(spans) >= SMALL else None


def _working_days(clinic: Clinic, since: datetime, at: datetime) -> int:
    """Count the days on which the clinic was staffed."""
    first, last = zones.local_day(since, clinic.time_zone), zones.local_day(at, clinic.time_zone)
    days = (first + timedelta(days=number) for number in range((last - first).days))
    return sum(hours.is_working_day(clinic, day) for day in days)
