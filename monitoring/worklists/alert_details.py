"""One alert as its page shows it: why it was raised, what is drawn of it, what happens next, and what happened."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring import engine
from monitoring.alerts import alerts, closing, evidence, pauses, safety_answers, silences
from monitoring.alerts.safety_answers import SafetyAnswer
from monitoring.course import courses, persons
from monitoring.course.pictures import Course, Lane
from monitoring.engine import Domain, FindingKind, Tier
from monitoring.engine.sentences.phrases import printed_change
from monitoring.models import Alert, AlertEvent, ExpectedLevel, Signal
from monitoring.models.alerts import PRESSING_FIRST, AlertEventKind, AlertKind, StepKind
from monitoring.words import wording
from monitoring.words.formats import moment_words
from monitoring.worklists import queues
from patients import zones
from patients.models import Episode

CHART_WINDOW = "12w"
# What is drawn of a finding that is about no series of its own.
LANES_OF: Mapping[str, frozenset[str]] = {
    FindingKind.DISCONTINUATION: frozenset({"lane-medication", "lane-side-effects", "lane-adherence"}),
    FindingKind.SIDE_EFFECT: frozenset({"lane-medication", "lane-side-effects"}),
}


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number behind an alert."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Detail:
    """Everything the page of one alert shows."""

    alert: Alert
    row: queues.QueueRow
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
    # What happens when nobody moves the alert on, in words; and whether its owner was asked for a word.
    following: str
    is_owner_asked: bool
    may_pause: bool
    levels: tuple[str, ...]
    # Other open alerts of the same person.
    others: tuple[queues.QueueRow, ...]


def load_detail(alert: Alert, *, at: dt.datetime) -> Detail:
    """Return one alert with its reasons, its picture and its history."""
    silences.bring_up_to_date([alert], at=at)
    answers = safety_answers.load([alert], at=at).get(alert.pk, ())
    signal = answers[0].signal if answers else alert.signal
    row = queues.row_of(alert, answers, at=at)
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
        shown=closing.since_opened(alert)[-1].pk,
        settled=_settled(alert, events),
        numbers=tuple(_numbers(alert.signal)) if alert.signal and not answers else (),
        clearing=wording.clearing(signal) if signal else "",
        course=_course(alert, signal, others, at),
        note=check_in.note if check_in and check_in.note_is_shared else "",
        wish=check_in.get_contact_wish_display() if check_in else "",
        events=events,
        needs_contact=alert.kind == AlertKind.RISK_ANSWER,
        following=_following(alert) if alert.is_open else "",
        is_owner_asked=_is_owner_asked(alert, events),
        may_pause=pauses.may_pause(alert),
        levels=tuple(_level_words(level) for level in pauses.standing(alert.episode)),
        others=_others_open(alert, at),
    )


def _others_open(alert: Alert, at: dt.datetime) -> tuple[queues.QueueRow, ...]:
    """Return the other open alerts of the same person, the most pressing first."""
    seen = alerts.seen_alerts(episodes=Episode.objects.filter(pk=alert.episode_id))
    others = list(seen.exclude(pk=alert.pk).exclude(closed_at__isnull=False).order_by(*PRESSING_FIRST))
    silences.bring_up_to_date(others, at=at)
    answers = safety_answers.load(others, at=at)
    return tuple(queues.row_of(other, answers.get(other.pk, ()), at=at) for other in others)


def _level_words(level: ExpectedLevel) -> str:
    """Say which level is agreed, and until when."""
    values = {"rating": wording.DOMAIN_NAMES.get(level.series, level.series), "level": localize(level.level)}
    if level.until is None:
        return _("%(rating)s: %(level)s is agreed as the new normal") % values
    return _("%(rating)s: %(level)s is agreed until %(day)s") % (values | {"day": date_format(level.until, "j M")})


def _following(alert: Alert) -> str:
    """Say what happens next, and when, unless somebody moves the alert on."""
    if alert.next_step_at is None:
        return str(alert.get_standing_display())
    zone = alert.episode.clinic.time_zone
    when = date_format(zones.on_clock(alert.next_step_at, zone), "D j M, H:i")
    second, lead = (alert.policy.second, alert.policy.lead) if alert.policy else (None, None)
    words: Mapping[str, str] = {
        StepKind.SECOND: _("If nobody takes it: %(name)s is notified on %(when)s."),
        StepKind.LEAD: _("If nobody takes it: %(name)s is notified on %(when)s."),
        StepKind.EVERYONE: _("If nobody takes it: everyone is notified on %(when)s."),
        StepKind.AGAIN: _("If nobody takes it: people are notified again on %(when)s."),
        StepKind.STILL_ON_IT: _("If its owner records nothing: they are asked on %(when)s."),
        StepKind.LAPSED: _("If its owner does not answer by %(when)s: nobody has it."),
        StepKind.WOKEN: _("Paused until %(when)s."),
        StepKind.TWELVE_HOURS: _("If nobody tries to reach the patient: everyone is notified on %(when)s."),
    }
    named = {StepKind.SECOND: second or lead, StepKind.LEAD: lead}.get(StepKind(alert.next_step))
    return words[alert.next_step] % {"name": named or _("everyone"), "when": when}


def _is_owner_asked(alert: Alert, events: Sequence[AlertEvent]) -> bool:
    """Say whether the owner of an alert was asked for a word and has given none."""
    return bool(alert.is_open and alert.owner_id and events and events[0].step == StepKind.STILL_ON_IT)


def _others(alert: Alert, signal: Signal) -> tuple[Signal, ...]:
    """Return what the same assessment found besides that raises an alert of this kind, the loudest first."""
    found = Signal.objects.filter(assessment=signal.assessment_id).exclude(pk=signal.pk)
    same = [other for other in found if evidence.ALERT_OF.get(other.kind) == alert.kind]
    return tuple(sorted(same, key=lambda other: -Tier(other.tier).rank))


def _settled(alert: Alert, events: Sequence[AlertEvent]) -> str:
    """Return that a check-in came since an alert about missed ones was raised, while someone has it."""
    came = next((event for event in events if event.kind == AlertEventKind.CHECK_IN_CAME), None)
    if came is None or not alert.is_open or came.at < alert.raised_at:
        return ""
    return _("A check-in was received on %(when)s.") % {"when": moment_words(came.at, "D j M, H:i")}


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
        (_("Truly worse, of simulated people with such answers"), _simulated(signal)),
        *((wording.symptom_name(code), _severities(*course)) for code, course in _symptoms(parts).items()),
    ]
    return [Number(name=name, value=_in_words(value)) for name, value in pairs if value is not None]


def _simulated(signal: Signal) -> str | None:
    """Return the chance that the named scale is truly worse; a chance of another thing is no number of this name."""
    return f"{signal.chance:.0%}" if signal.chance is not None and "chance_points" in signal.parts else None


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
