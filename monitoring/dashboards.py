"""One person's page: the course, and beside it facts, reasons, open alerts and words. Reads only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from monitoring import assessments, courses, wording
from monitoring.engine import History
from monitoring.models import Alert, CheckIn, Sighting, Signal
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.trajectories import Course, State, state_of
from patients import care
from patients.models import Episode, Intervention, LifeEvent

MOST_CHANGES = 6


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of the facts row."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A state in the heading, with the ratings it is about."""

    state: State
    detail: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry of "What changed", with its reasons."""

    state: State
    title: str
    reason: str
    clears: str


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """An alert as the page of its person shows it."""

    id: UUID
    kind: str
    owner: str
    raised_at: dt.datetime
    due_at: dt.datetime | None
    is_over: bool


@dataclass(frozen=True, kw_only=True)
class Tried:
    """Something that is being tried, with its present dose."""

    id: UUID
    name: str
    dose: str
    since: dt.date


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the patient wrote last for the team, and what should happen."""

    at: dt.datetime
    text: str
    wish: str


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """Everything the page of one person shows."""

    episode_id: UUID
    name: str
    goal: str
    facts: tuple[Fact, ...]
    chips: tuple[Chip, ...]
    course: Course
    changes: tuple[Change, ...]
    alerts: tuple[OpenAlert, ...]
    running: tuple[Tried, ...]
    note: Note | None
    assessed_at: dt.datetime | None


def load_trajectory(episode: Episode, *, window: str, at: dt.datetime) -> Trajectory:
    """Return the page of one person as of a moment.

    Args:
        episode: whom; the caller has checked that this may be seen.
        window: a key of courses.WINDOWS.
        at: now.
    """
    history = assessments.load_history(episode, as_of=at)
    judgement = courses.load_judgement(episode)
    check_ins = list(CheckIn.objects.filter(episode=episode).order_by("-submitted_at"))
    interventions = list(care.interventions(episode))
    alerts = list(Alert.objects.open().filter(episode=episode).select_related("owner").order_by("due_at"))
    course = courses.build_course(
        episode, history, judgement, interventions, late=_late_days(check_ins), weeks=courses.WINDOWS[window]
    )
    return Trajectory(
        episode_id=episode.pk,
        name=episode.patient.name,
        goal=episode.goal,
        facts=_facts(episode, history, check_ins),
        chips=_chips(judgement.signals, alerts),
        course=course,
        changes=_changes(judgement.signals, course),
        alerts=tuple(_open_alert(alert, at) for alert in alerts),
        running=tuple(_tried(row) for row in interventions if row.stopped_on is None),
        note=_note(check_ins),
        assessed_at=judgement.assessed_at,
    )


def load_own_course(episode: Episode, *, window: str, at: dt.datetime) -> Course:
    """Return what the patient sees of the own course: the same dots and levels, without marks of the team."""
    history = assessments.load_history(episode, as_of=at)
    late = set(CheckIn.objects.filter(episode=episode, is_late=True).values_list("about_on", flat=True))
    interventions = list(care.interventions(episode))
    course = courses.build_course(
        episode, history, courses.load_judgement(episode), interventions, late=late, weeks=courses.WINDOWS[window]
    )
    ratings = [panel for panel in course.panels if not panel.is_instrument]
    return replace(course, panels=tuple(replace(panel, marks=()) for panel in ratings))


def load_own_trend(episode: Episode, *, at: dt.datetime) -> Course:
    """Return the patient's last twelve weeks, for the page after a check-in."""
    return load_own_course(episode, window="12w", at=at)


def load_running(episode: Episode) -> tuple[Tried, ...]:
    """Return what is being tried now, with its present dose."""
    return tuple(_tried(row) for row in care.interventions(episode) if row.stopped_on is None)


def load_events(episode: Episode) -> "QuerySet[LifeEvent]":
    """Return what happened meanwhile, the newest first."""
    return LifeEvent.objects.filter(episode=episode).order_by("-happened_on", "-pk")


def load_sightings(episode: Episode) -> "QuerySet[Sighting]":
    """Return who of the team has looked, the last one first."""
    return Sighting.objects.filter(episode=episode).select_related("user").order_by("-seen_at")


def is_still_learning(course: Course) -> bool:
    """Say whether no usual range is known yet for any rating."""
    return all(panel.state in {State.LEARNING, State.NONE} for panel in course.panels)


def _changes(signals: Sequence[Signal], course: Course) -> tuple[Change, ...]:
    """Return what changed, with reasons, most pressing first, and last what stayed as it was."""
    shown = [(signal, state) for signal in signals if (state := state_of(signal.kind, signal.tier)) is not None]
    found = [
        Change(
            state=state,
            title=wording.title(signal),
            reason=wording.reason(signal, with_timing=False),
            clears=wording.clearing(signal),
        )
        for signal, state in shown[:MOST_CHANGES]
    ]
    return (*found, *_unchanged(course))


def _unchanged(course: Course) -> list[Change]:
    """Return one entry for all ratings that are inside their usual range."""
    names = [panel.name for panel in course.panels if panel.state is State.STEADY]
    if not names:
        return []
    title = _("%(names)s: steady") % {"names": get_text_list([names[0], *map(str.lower, names[1:])], _("and"))}
    return [Change(state=State.STEADY, title=title, reason=_("Inside the usual range."), clears="")]


def _chips(signals: Sequence[Signal], alerts: Sequence[Alert]) -> tuple[Chip, ...]:
    """Return the states of the heading: open safety alerts and requests, then what the engine found."""
    subjects: dict[State, list[str]] = defaultdict(list)
    for alert in alerts:
        if alert.kind in {AlertKind.RISK_ANSWER, AlertKind.CONTACT_WISH}:
            subjects[State.SAFETY if alert.kind == AlertKind.RISK_ANSWER else State.ASKED] = []
    for signal in signals:
        state = state_of(signal.kind, signal.tier)
        if state is not None and state is not State.SAFETY:
            subjects[state].append(_in_a_sentence(signal))
    return tuple(
        Chip(state=state, detail=", ".join(dict.fromkeys(filter(None, subjects[state]))))
        for state in State
        if state in subjects
    )


def _in_a_sentence(signal: Signal) -> str:
    """Return what a signal is about, as it stands within a sentence: "sleep", but "PHQ-9"."""
    name = wording.subject_name(signal)
    return name.lower() if signal.domain else name


# ---------- facts, alerts and words ----------


def _facts(episode: Episode, history: History, check_ins: Sequence[CheckIn]) -> tuple[Fact, ...]:
    """Return the facts row; what is not known is left out."""
    missed = sum(slot.missed for slot in history.schedule.slots) if history.schedule else 0
    asked = len(check_ins) + missed
    weeks = _("%(answered)d of %(asked)d weeks") % {"answered": len(check_ins), "asked": asked} if asked else ""
    last = date_format(check_ins[0].about_on, "D j M") if check_ins else ""
    facts = [
        (_("Age"), _age(episode.patient.birth_date, history.as_of)),
        (_("In treatment for"), episode.problems),
        (_("In care since"), date_format(episode.started_on, "j M Y")),
        (_("Check-ins"), weeks),
        (_("Last check-in"), last),
        (_("Responsible"), str(care.responsible_clinician(episode) or "")),
    ]
    return tuple(Fact(name=name, value=value) for name, value in facts if value)


def _age(birth_date: dt.date | None, today: dt.date) -> str:
    """Return the age in full years."""
    if birth_date is None:
        return ""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return str(today.year - birth_date.year - (0 if had_birthday else 1))


def _tried(row: Intervention) -> Tried:
    doses = [dose.label for dose in row.doses.all()]
    return Tried(id=row.pk, name=row.name, dose=doses[-1] if doses else "", since=row.started_on)


def _open_alert(alert: Alert, at: dt.datetime) -> OpenAlert:
    return OpenAlert(
        id=alert.pk,
        kind=alert.get_kind_display(),
        owner=str(alert.owner) if alert.owner else "",
        raised_at=alert.raised_at,
        due_at=alert.due_at,
        is_over=alert.due_at is not None and alert.due_at < at,
    )


def _note(check_ins: Sequence[CheckIn]) -> Note | None:
    """Return the newest words for the team; a note kept private is never read here."""
    for row in check_ins[:1]:
        text = row.note if row.note_is_shared else ""
        if text or row.contact_wish != ContactWish.JUST_RECORD:
            return Note(at=row.submitted_at, text=text, wish=row.get_contact_wish_display())
    return None


def _late_days(check_ins: Sequence[CheckIn]) -> set[dt.date]:
    return {row.about_on for row in check_ins if row.is_late}
