"""The alert queue and one alert as the pages show them: whose, why, until when, and what happened. Reads only."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitoring import engine
from monitoring.alerts import alerts, evidence, safety_answers, silences
from monitoring.alerts.alerts import QueueFilter
from monitoring.alerts.safety_answers import SafetyAnswer
from monitoring.course import courses, persons
from monitoring.course.pictures import Course, Lane
from monitoring.engine import Domain, FindingKind, Tier
from monitoring.engine.sentences.phrases import printed_change
from monitoring.models import Alert, AlertEvent, Signal
from monitoring.models.alerts import AlertEventKind, AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.words import wording
from monitoring.words.formats import moment_words
from monitoring.words.states import State, state_of
from patients import zones
from patients.models import Episode, User
from patients.people import identities

PAGE_SIZE = 50
NOTE_WORDS = 90
# How far ahead a clock shows minutes, and how far ahead a weekday is enough.
MINUTES_LEFT = dt.timedelta(hours=1)
WEEKDAY_LEFT = dt.timedelta(days=6)
HOURS_OVER = dt.timedelta(days=2)
CHART_WINDOW = "12w"
# What is drawn of a finding that is about no series of its own.
LANES_OF: Mapping[str, frozenset[str]] = {
    FindingKind.DISCONTINUATION: frozenset({"lane-medication", "lane-side-effects", "lane-adherence"}),
    FindingKind.SIDE_EFFECT: frozenset({"lane-medication", "lane-side-effects"}),
}


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
    page: "Page[UUID]"
    open_count: int
    over_count: int
    no_owner_count: int
    last_closed_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number behind an alert."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Detail:
    """Everything the page of one alert shows."""

    alert: Alert
    row: QueueRow
    title: str
    reason: str
    # What else the assessment found that the alert is about: heading and sentences.
    more: tuple[tuple[str, str], ...]
    answers: tuple[SafetyAnswer, ...]
    # The newest evidence that the page shows: who closes a safety answer has had it on the screen.
    shown: UUID
    # Why the alert is about something that is over, where it is.
    settled: str
    numbers: tuple[Number, ...]
    clearing: str
    course: Course | None
    note: str
    wish: str
    events: tuple[AlertEvent, ...]
    needs_contact: bool


TAB_NAMES: Mapping[QueueFilter, Promise] = {
    QueueFilter.OPEN: gettext_lazy("Open"),
    QueueFilter.MINE: gettext_lazy("Mine"),
    QueueFilter.NO_OWNER: gettext_lazy("No owner"),
    QueueFilter.CLOSED: gettext_lazy("Closed"),
}


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """How many open alerts someone sees: all, the own, those of no one, those whose time is over."""

    open: int
    mine: int
    no_owner: int
    over: int


def load_queue(
    *, episodes: QuerySet[Episode], which: QueueFilter, page_number: str, user: User, at: dt.datetime
) -> Queue:
    """Return one list of the queue as of a moment, with the counts of the others."""
    counted = _count_open(episodes=episodes, user=user, at=at)
    counts = {QueueFilter.OPEN: counted.open, QueueFilter.MINE: counted.mine, QueueFilter.NO_OWNER: counted.no_owner}
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
    return Queue(
        which=which,
        tabs=tuple(Tab(which=tab, name=TAB_NAMES[tab], count=counts.get(tab)) for tab in QueueFilter),
        rows=tuple(
            row_of(alert, answers.get(pk, ()), at=at) for pk in shown if (alert := alerts_by_id.get(pk)) is not None
        ),
        page=shown,
        open_count=counted.open,
        over_count=counted.over,
        no_owner_count=counted.no_owner,
        last_closed_at=None if counted.open else alerts.last_closed_at(episodes=episodes),
    )


def _count_open(*, episodes: QuerySet[Episode], user: User, at: dt.datetime) -> _Counts:
    waiting = Alert.objects.open().filter(episode__in=episodes.values("pk"))
    counted = waiting.aggregate(
        open=Count("pk"),
        mine=Count("pk", filter=Q(owner=user)),
        no_owner=Count("pk", filter=Q(owner__isnull=True)),
        over=Count("pk", filter=Q(due_at__lt=at)),
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
    )


def load_detail(alert: Alert, *, at: dt.datetime) -> Detail:
    """Return one alert with its reasons, its picture and its history."""
    silences.bring_up_to_date([alert], at=at)
    answers = safety_answers.load([alert], at=at).get(alert.pk, ())
    signal = answers[0].signal if answers else alert.signal
    row = row_of(alert, answers, at=at)
    check_in = alert.check_in
    events = tuple(alerts.history(alert))
    others = () if answers or signal is None else _others(alert, signal)
    return Detail(
        alert=alert,
        row=row,
        title=wording.title(signal) if signal else row.kind,
        reason="" if answers else (wording.reason(signal) if signal else row.what),
        more=tuple((wording.title(other), wording.reason(other, with_timing=False)) for other in others),
        answers=answers,
        shown=alerts.since_opened(alert)[-1].pk,
        settled=_settled(alert, events),
        numbers=tuple(_numbers(alert.signal)) if alert.signal and not answers else (),
        clearing=wording.clearing(signal) if signal else "",
        course=_course(alert, signal, others, at),
        note=check_in.note if check_in and check_in.note_is_shared else "",
        wish=check_in.get_contact_wish_display() if check_in else "",
        events=events,
        needs_contact=alert.kind == AlertKind.RISK_ANSWER,
    )


def _others(alert: Alert, signal: Signal) -> tuple[Signal, ...]:
    """Return what the same assessment found besides that raises an alert of this kind, the loudest first."""
    found = Signal.objects.filter(assessment=signal.assessment_id).exclude(pk=signal.pk)
    same = [other for other in found if evidence.ALERT_OF.get(other.kind) == alert.kind]
    return tuple(sorted(same, key=lambda other: -Tier(other.tier).rank))


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


def _settled(alert: Alert, events: Sequence[AlertEvent]) -> str:
    """Return that a check-in came since an alert about missed ones was raised, while someone has it."""
    came = next((event for event in events if event.kind == AlertEventKind.CHECK_IN_CAME), None)
    if came is None or not alert.is_open or came.at < alert.raised_at:
        return ""
    return _("A check-in was received on %(when)s.") % {"when": moment_words(came.at, "D j M, H:i")}


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


def _numbers(signal: Signal) -> list[Number]:
    """Return the numbers behind a signal, those that are there, in the order of the argument."""
    parts = signal.parts
    pairs: list[tuple[str, object]] = [
        (_average_before(parts.get("before_n") or 0), parts.get("before_mean")),
        (_average_since(parts.get("after_n") or 0), parts.get("after_mean")),
        (_("Change, in points"), _change(signal)),
        (_("Usual range"), _range(parts.get("usual_low"), parts.get("usual_high"))),
        (_("Check-ins in a row outside the usual range"), parts.get("outside_in_a_row")),
        (_("Began about"), date_format(began_on, "j M Y") if (began_on := wording.began_on(signal)) else None),
        (_("Days after %(event)s") % {"event": parts.get("event")}, parts.get("event_days")),
        (_("Days without a check-in"), parts.get("silent_days")),
        (_("Chance that it is a true change"), f"{signal.chance:.0%}" if signal.chance is not None else None),
        *((wording.symptom_name(code), _severities(*course)) for code, course in _symptoms(parts).items()),
    ]
    return [Number(name=name, value=_in_words(value)) for name, value in pairs if value is not None]


def _symptoms(parts: Mapping[str, Any]) -> Mapping[str, Sequence[int | None]]:
    """Return how bad the symptoms of a finding were before what it followed, and how bad they are now."""
    if "symptom" in parts:
        return {parts["symptom"]: (parts.get("before"), parts.get("now"))}
    severities: Mapping[str, Sequence[int | None]] = parts.get("severities", {})
    return severities


def _severities(before: int | None, now: int | None) -> str:
    """Say how bad a symptom was and is; what was not asked before is not called absent."""
    words = [_("not asked") if severity is None else wording.severity_words(severity) for severity in (before, now)]
    return _("%(before)s before, %(now)s now") % {"before": words[0], "now": words[1]}


def _average_before(number: int) -> str:
    """Name the average of so many check-ins before a change."""
    return ngettext("Average before (%(n)s check-in)", "Average before (%(n)s check-ins)", number) % {"n": number}


def _average_since(number: int) -> str:
    """Name the average of so many check-ins since a change."""
    return ngettext("Average since (%(n)s check-in)", "Average since (%(n)s check-ins)", number) % {"n": number}


def _change(signal: Signal) -> str | None:
    """Return the change with the word for its direction: a sign alone would mislead on a scale that runs down."""
    change = printed_change(wording.finding_of(signal))
    if not change or not signal.direction:
        return None
    rises_well = signal.direction == engine.Direction.HIGHER_IS_BETTER
    words = _("%(points)s better") if (change > 0) == rises_well else _("%(points)s worse")
    return words % {"points": _in_words(abs(change))}


def _range(low: object, high: object) -> str | None:
    """Return both ends of a range, None where it is not known."""
    return None if low is None or high is None else _("%(low)s to %(high)s") % {"low": low, "high": high}


def _in_words(value: object) -> str:
    """Return a number as people read it."""
    return str(localize(round(value, 1))) if isinstance(value, float) else str(value)


def _course(alert: Alert, signal: Signal | None, others: Sequence[Signal], at: dt.datetime) -> Course | None:
    """Return the last weeks of what the alert is about: its ratings and instruments, or its lanes beside mood."""
    if signal is None:
        return None
    course = persons.load_person(alert.episode, courses.View(window=CHART_WINDOW), at=at).course
    keys = {key for one in (signal, *others) for key in (*one.domains, one.instrument) if key}
    panels = tuple(panel for panel in course.panels if keys & {panel.key, panel.instrument})
    lanes: tuple[Lane, ...] = ()
    if not panels:
        beside = {*signal.parts.get("domains", ()), Domain.MOOD.value}
        panels = tuple(panel for panel in course.panels if panel.key in beside)
    if not keys:
        lanes = tuple(lane for lane in course.lanes if lane.key in LANES_OF.get(signal.kind, ()))
    return replace(course, panels=panels, lanes=lanes, has_links=False) if panels or lanes else None
