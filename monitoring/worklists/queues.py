"""The alert queue and one alert as the pages show them: whose, why, until when, and what happened. Reads only."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitoring.alerts import alerts, evidence, safety_answers, silences
from monitoring.alerts.alerts import QueueFilter
from monitoring.alerts.safety_answers import SafetyAnswer
from monitoring.engine import Tier
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.words import wording
from monitoring.words.states import State, state_of
from patients import zones
from patients.clinics import hours
from patients.models import Clinic, Episode, User
from patients.people import identities

PAGE_SIZE = 50
NOTE_WORDS = 90
# How far ahead a clock shows minutes, and how far ahead a weekday is enough.
MINUTES_LEFT = dt.timedelta(hours=1)
WEEKDAY_LEFT = dt.timedelta(days=6)
HOURS_OVER = dt.timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Until when an alert should be answered, in words."""

    words: str
    is_over: bool = False
    is_pressing: bool = False


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One alert in the list."""

    id: UUID
    who: str
    # What tells someone from another of the same name.
    identity: str
    kind: str
    state: State
    what: str
    clock: Clock
    owner: User | None
    episode_id: UUID
    # What the queue it stands in is called; see `group_of`.
    group: str
    # Other alerts of the same person on the page: they stand together.
    more: tuple["QueueRow", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """The alerts of one kind of clock, with their heading; none over a list that has no such order."""

    heading: str
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One of the lists one can look at, with its count."""

    which: QueueFilter
    name: str | Promise
    count: int | None


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Everything the page of the queue shows."""

    which: QueueFilter
    tabs: tuple[Tab, ...]
    rows: tuple[QueueRow, ...]
    groups: tuple[Group, ...]
    page: "Page[UUID]"
    open_count: int
    over_count: int
    no_owner_count: int
    last_closed_at: dt.datetime | None
    # When somebody is there again, in words; empty while somebody is.
    opens: str


TAB_NAMES: Mapping[QueueFilter, Promise] = {
    QueueFilter.OPEN: gettext_lazy("Open"),
    QueueFilter.MINE: gettext_lazy("Mine"),
    QueueFilter.NO_OWNER: gettext_lazy("No owner"),
    QueueFilter.PAUSED: gettext_lazy("Paused"),
    QueueFilter.CLOSED: gettext_lazy("Closed"),
}
# How the queues are called, by tier; safety stands before all of them.
GROUPS: Mapping[str, Promise] = {
    Tier.URGENT: gettext_lazy("Urgent: within the hour"),
    Tier.PRIORITY: gettext_lazy("Priority: next working day"),
    Tier.REVIEW: gettext_lazy("Review: two working days"),
}


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """How many open alerts someone sees: all, the own, those of no one, those whose time is over."""

    open: int
    mine: int
    no_owner: int
    over: int
    paused: int


def load_queue(
    *, episodes: QuerySet[Episode], which: QueueFilter, page_number: str, user: User, at: dt.datetime
) -> Queue:
    """Return one list of the queue as of a moment, with the counts of the others."""
    counted = _count_open(episodes=episodes, user=user, at=at)
    counts = {
        QueueFilter.OPEN: counted.open,
        QueueFilter.MINE: counted.mine,
        QueueFilter.NO_OWNER: counted.no_owner,
        QueueFilter.PAUSED: counted.paused,
    }
    # By their ids: the whole queue is sorted, and only one page of it read with all that stands in its rows.
    listed = alerts.queue(episodes=episodes, which=which, user=user).values_list("pk", flat=True)
    pages = Paginator(listed, PAGE_SIZE)
    if which in counts:
        # Known already: the paginator need not count again.
        pages.count = counts[which]
    shown = pages.get_page(page_number)
    alerts_by_id = {alert.pk: alert for alert in alerts.seen_alerts(episodes=episodes).filter(pk__in=list(shown))}
    silences.bring_up_to_date(alerts_by_id.values(), at=at)
    answers = safety_answers.load(alerts_by_id.values(), at=at)
    rows = tuple(
        row_of(alert, answers.get(pk, ()), at=at) for pk in shown if (alert := alerts_by_id.get(pk)) is not None
    )
    return Queue(
        which=which,
        tabs=tuple(Tab(which=tab, name=TAB_NAMES[tab], count=counts.get(tab)) for tab in QueueFilter),
        rows=rows,
        groups=_grouped(rows, which),
        page=shown,
        open_count=counted.open,
        over_count=counted.over,
        no_owner_count=counted.no_owner,
        last_closed_at=None if counted.open else alerts.last_closed_at(episodes=episodes),
        opens=hours.opening_in_words(clinic, at, reader_zone=None) if (clinic := _clinic_of(alerts_by_id)) else "",
    )


def load_mine(*, episodes: QuerySet[Episode], user: User, at: dt.datetime) -> list[QueueRow]:
    """Return the alerts that someone has, the most pressing first."""
    found = list(alerts.queue(episodes=episodes, which=QueueFilter.MINE, user=user))
    answers = safety_answers.load(found, at=at)
    return [row_of(alert, answers.get(alert.pk, ()), at=at) for alert in found]


def _clinic_of(alerts_by_id: Mapping[UUID, Alert]) -> Clinic | None:
    """Return the clinic of the alerts on a page: they are all of one."""
    return next((alert.episode.clinic for alert in alerts_by_id.values()), None)


def _grouped(rows: Sequence[QueueRow], which: QueueFilter) -> tuple[Group, ...]:
    """Return the rows of a page under their headings, the alerts of a person together where the first of them stands."""
    if which in (QueueFilter.CLOSED, QueueFilter.PAUSED):
        return (Group(heading="", rows=tuple(rows)),) if rows else ()
    first_of: dict[UUID, list[QueueRow]] = {}
    for row in rows:
        first_of.setdefault(row.episode_id, []).append(row)
    together: dict[str, list[QueueRow]] = {}
    for first, *others in first_of.values():
        together.setdefault(first.group, []).append(replace(first, more=tuple(others)))
    return tuple(Group(heading=heading, rows=tuple(found)) for heading, found in together.items())


def group_of(alert: Alert) -> str:
    """Return the name of the queue in which an alert stands."""
    return _("Safety: now") if alert.kind == AlertKind.RISK_ANSWER else str(GROUPS.get(alert.tier, ""))


def _count_open(*, episodes: QuerySet[Episode], user: User, at: dt.datetime) -> _Counts:
    waiting = Alert.objects.open().filter(episode__in=episodes.values("pk"))
    is_waiting = Q(snoozed_until__isnull=True)
    counted = waiting.aggregate(
        open=Count("pk", filter=is_waiting),
        mine=Count("pk", filter=is_waiting & Q(owner=user)),
        no_owner=Count("pk", filter=is_waiting & Q(owner__isnull=True)),
        over=Count("pk", filter=is_waiting & Q(due_at__lt=at)),
        paused=Count("pk", filter=~is_waiting),
    )
    return _Counts(**counted)


def row_of(alert: Alert, answers: Sequence[SafetyAnswer] = (), *, at: dt.datetime) -> QueueRow:
    """Return an alert as a line of the list."""
    return QueueRow(
        id=alert.pk,
        who=str(alert.episode.patient),
        identity=identities.words(alert.episode.patient.birth_date, alert.episode.patient.external_id),
        kind=alert.get_kind_display(),
        state=state(alert),
        what=_in_short(alert, answers),
        clock=clock(alert, at=at),
        owner=alert.owner,
        episode_id=alert.episode_id,
        group=group_of(alert),
    )


def state(alert: Alert) -> State:
    """Return the state whose shape and colour an alert has."""
    if alert.kind == AlertKind.CONTACT_WISH:
        return State.ASKED
    return state_of(alert.kind, alert.tier) or State.WATCH


def clock(alert: Alert, *, at: dt.datetime) -> Clock:
    """Return until when an alert should be answered, in the clinic's own time.

    Args:
        alert: with its episode and clinic.
        at: now.
    """
    zone = alert.episode.clinic.time_zone
    if alert.closed_at is not None:
        words = date_format(zones.on_clock(alert.closed_at, zone), "D j M, H:i")
        return Clock(words=_("Closed %(when)s") % {"when": words})
    if alert.snoozed_until is not None:
        words = date_format(zones.on_clock(alert.snoozed_until, zone), "D j M, H:i")
        return Clock(words=_("Paused until %(when)s") % {"when": words})
    if alert.due_at is None:
        return Clock(words=_("No deadline"))
    if alert.due_at < at:
        return Clock(words=_over_words(at - alert.due_at), is_over=True)
    return Clock(
        words=_left_words(zones.on_clock(alert.due_at, zone), zones.on_clock(at, zone)),
        is_pressing=alert.tier == "urgent",
    )


def _over_words(over: dt.timedelta) -> str:
    """Say how long ago an answer was due."""
    minutes = int(over.total_seconds() // 60)
    if over < dt.timedelta(hours=1):
        return _("%(n)s min overdue") % {"n": max(minutes, 1)}
    if over < HOURS_OVER:
        return _("%(n)s h overdue") % {"n": minutes // 60}
    return ngettext("%(n)s day overdue", "%(n)s days overdue", over.days) % {"n": over.days}


def _left_words(due: dt.datetime, now: dt.datetime) -> str:
    """Say until when an answer is due; both in the clinic's time."""
    if due - now < MINUTES_LEFT:
        return _("%(n)s min left") % {"n": int((due - now).total_seconds() // 60)}
    if due.date() == now.date():
        return _("Due %(time)s") % {"time": date_format(due, "H:i")}
    form = "D H:i" if due - now < WEEKDAY_LEFT else "j M"
    return _("Due %(time)s") % {"time": date_format(due, form)}


def _in_short(alert: Alert, answers: Sequence[SafetyAnswer]) -> str:
    """Return one line: what it is about."""
    if alert.kind == AlertKind.CONTACT_WISH:
        return _wish_in_short(alert)
    if alert.kind == AlertKind.NOT_ASSESSED:
        return _("The computer could not assess this patient's answers. Please look at them yourself.")
    if answers:
        # The newest of those that press most: a later answer of less weight must not hide it.
        loudest = max(answers, key=lambda answer: evidence.loudness(answer.signal.tier, answer.signal.parts))
        return f"{loudest.in_short} {loudest.form}".strip()
    if alert.signal is not None:
        return _without(alert.get_kind_display(), wording.in_short(alert.signal))
    return alert.get_kind_display()


def _without(kind: str, words: str) -> str:
    """Return the words without the kind that the line already begins with."""
    beginning = f"{kind}: "
    rest = words.removeprefix(beginning)
    return rest[:1].upper() + rest[1:]


def _wish_in_short(alert: Alert) -> str:
    """Quote the beginning of a note that came with the request, if it was shared."""
    check_in = alert.check_in
    if check_in is None or not check_in.note or not check_in.note_is_shared:
        return str(ContactWish.CONTACT_ME.label)
    quoted = check_in.note if len(check_in.note) <= NOTE_WORDS else f"{check_in.note[:NOTE_WORDS].rstrip()}…"
    return f"“{quoted}”"
