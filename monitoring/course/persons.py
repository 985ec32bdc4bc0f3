"""One person's page: the course, and beside it facts, reasons, open alerts and words. Reads only."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from monitoring.alerts import safety_answers
from monitoring.alerts.safety_answers import SafetyAnswer
from monitoring.attention.usual_ranges import AgainstUsual
from monitoring.course import comparisons, course_rows, courses
from monitoring.course.pictures import Course, Panel, Target, Weeks
from monitoring.engine import FindingKind, History
from monitoring.models import Alert, CheckIn, MedicineReport, Signal
from monitoring.models.alerts import AlertKind
from monitoring.models.check_ins import ContactWish, DosesTaken
from monitoring.plans import plans, turns
from monitoring.words import lines, wording
from monitoring.words.formats import near_day
from monitoring.words.states import State, as_of, no_answer_since, state_of
from patients.care import treatments
from patients.models import Episode, Intervention, LifeEvent
from patients.people import identities, languages
from patients.queries import AskedQuery

MOST_CHANGES = 5
MOST_STOPPED = 4
DEFAULT_VIEW = courses.View()
# What the team sees of its own work.
TEAM_LANES = frozenset({"lane-alerts"})


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
    """One entry of "What changed": what and since when, the sentence with the numbers, and the rest."""

    state: State
    title: str
    heading: str
    first: str
    rest: str = ""
    clears: str = ""
    # The series it is about; empty for the person as a whole.
    subject: str = ""
    # The same with fewer words, for paper.
    line: str = ""
    # First and last day of the two stretches that the sentence compares.
    weeks: Weeks | None = None

    @property
    def reason(self) -> str:
        """Return all sentences that say why."""
        return f"{self.first} {self.rest}".strip()


def most_telling(changes: Sequence[Change], most: int) -> tuple[tuple[Change, ...], str]:
    """Return so many entries in their order, no series twice before every series once; and what else changed, in words.

    Args:
        changes: the most pressing first.
        most: how many are shown with their numbers; the others are named.
    """
    times: Counter[str] = Counter()
    turns = []
    for place, change in enumerate(changes):
        turns.append((times[change.subject], place) if change.subject else (0, place))
        times[change.subject] += 1
    shown = {place for _turn, place in sorted(turns)[:most]}
    others = dict.fromkeys(change.title for place, change in enumerate(changes) if place not in shown)
    also = _("Also: %(changes)s.") % {"changes": "; ".join(others)} if others else ""
    return tuple(changes[place] for place in sorted(shown)), also


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """An alert as the page of its person shows it."""

    id: UUID
    kind: str
    owner: str
    raised_at: dt.datetime
    due_at: dt.datetime | None
    is_over: bool
    is_safety: bool = False
    # What was answered, and what became of the form, where it is about a safety answer.
    answers: tuple[SafetyAnswer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CurrentTreatment:
    """Something that is being tried, with its present dose and since when it is that one."""

    id: UUID
    name: str
    dose: str
    # The first day of the present dose, and of the whole.
    since: dt.date
    started_on: dt.date
    first_dose: str = ""
    # The day of the newest check-in, where the patient says there that it was stopped.
    reported_stop_on: dt.date | None = None

    @property
    def was_changed(self) -> bool:
        """Say whether it began with another dose."""
        return self.since > self.started_on


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the patient wrote last for the team, and what should happen."""

    at: dt.datetime
    text: str
    wish: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """Everything the page of one person shows."""

    episode_id: UUID
    name: str
    # What tells someone from another of the same name.
    identity: str
    goal: str
    facts: tuple[Fact, ...]
    chips: tuple[Chip, ...]
    course: Course
    changes: tuple[Change, ...]
    alerts: tuple[OpenAlert, ...]
    running: tuple[CurrentTreatment, ...]
    # What was stopped, the newest first: name and day.
    stopped: tuple[tuple[str, dt.date], ...]
    note: Note | None
    # When the newest check-in came.
    sent_at: dt.datetime | None
    assessed_at: dt.datetime | None
    reviewed_on: dt.date | None
    review_was_held: bool
    comparisons: tuple[comparisons.Comparison, ...]
    expected: tuple[Target, ...]
    pause: plans.Pause | None
    has_plan: bool
    # What to say where nothing changed: never that all is well beside an open alert, or of someone who never answered.
    unchanged: str

    @property
    def told_changes(self) -> tuple[tuple[Change, ...], str]:
        """Return the changes that the page tells with their numbers, and the others by name."""
        return most_telling(self.changes, MOST_CHANGES)


def load_person(
    episode: Episode,
    view: courses.View = DEFAULT_VIEW,
    *,
    around: bool = False,
    along: Sequence[AskedQuery[Any]] = (),
    at: dt.datetime,
) -> Person:
    """Return the page of one person as of a moment.

    Args:
        episode: whom; the caller has checked that this may be seen.
        view: what of the course is shown.
        around: whether to work out before and after each change, too.
        along: what else the page asks the database for, in the same go.
        at: now.
    """
    material = course_rows.load_course_rows(episode, along=along, at=at)
    course = replace(courses.build_course(episode, material, view), has_links=True)
    newest_first = sorted(material.check_ins, key=lambda row: row.submitted_at, reverse=True)
    alerts = [alert for alert in material.alerts if alert.is_open]
    running = sorted(material.interventions, key=lambda row: row.started_on, reverse=True)
    return Person(
        episode_id=episode.pk,
        name=episode.patient.name,
        identity=identities.words(episode.patient.birth_date, episode.patient.external_id),
        goal=episode.goal,
        facts=_facts(episode, material, newest_first),
        chips=_chips(material.judgement.signals, alerts, course.panels),
        course=course,
        changes=_changes(material.judgement.signals, course),
        alerts=_open_alerts(episode, alerts, at),
        running=tuple(
            replace(
                _tried(row, material.history.as_of),
                reported_stop_on=_reported_stop(row, newest_first, material.reports),
            )
            for row in running
            if row.stopped_on is None or row.stopped_on > material.history.as_of
        ),
        stopped=_stopped(running, material.history.as_of),
        note=_note(newest_first),
        sent_at=max((row.submitted_at for row in material.versions), default=None),
        assessed_at=material.judgement.assessed_at,
        reviewed_on=material.reviewed_on,
        review_was_held=material.review_was_held,
        comparisons=comparisons.compare(material.history) if around else (),
        expected=tuple(target for target in course.targets if target.is_running),
        pause=_pause(episode, material.history),
        has_plan=material.history.schedule is not None,
        unchanged=_nothing_found(material.history, alerts),
    )


def _pause(episode: Episode, history: History) -> plans.Pause | None:
    """Return the present pause of the check-ins; the history knows where there is none."""
    is_running = history.schedule is not None and not history.schedule.paused
    return None if is_running else plans.pause_in(episode.pk)


def load_own_course(episode: Episode, *, window: str, at: dt.datetime) -> Course:
    """Return what the patient sees of the own course: the same dots and levels, without marks of the team."""
    material = course_rows.load_course_rows(episode, at=at)
    course = courses.build_course(
        episode, material, courses.View(window=window, hidden=TEAM_LANES, holds_compared=False)
    )
    is_safety_open = any(alert.is_open and alert.kind == AlertKind.RISK_ANSWER for alert in material.alerts)
    ratings = [panel for panel in course.panels if not panel.is_instrument]
    return replace(course, panels=tuple(_as_own(panel, is_safety_open=is_safety_open) for panel in ratings), targets=())


def _as_own(panel: Panel, *, is_safety_open: bool) -> Panel:
    """Return a panel as the patient sees it; nothing is called the same as usual while a safety answer is open."""
    is_unsaid = is_safety_open and panel.state is State.STEADY
    return replace(panel, marks=(), targets=(), state=None if is_unsaid else panel.state)


def load_own_trend(episode: Episode, *, at: dt.datetime) -> Course:
    """Return the patient's last twelve weeks, for the page after a check-in."""
    return load_own_course(episode, window="12w", at=at)


def load_running(episode: Episode) -> tuple[CurrentTreatment, ...]:
    """Return what is being tried now, with its present dose."""
    return tuple(_tried(row) for row in treatments.interventions(episode) if row.stopped_on is None)


def load_events(episode: Episode) -> "QuerySet[LifeEvent]":
    """Return what happened meanwhile, the newest first."""
    return LifeEvent.objects.filter(episode=episode).order_by("-happened_on", "-pk")


def is_still_learning(course: Course) -> bool:
    """Say whether no usual range is known yet for any rating."""
    ratings = [panel for panel in course.panels if not panel.is_own]
    return all(panel.state in {State.LEARNING, State.NONE} and not _has_range(panel) for panel in ratings)


def _has_range(panel: Panel) -> bool:
    """Say whether a usual range is known, of someone silent too."""
    return panel.against is not None and panel.against.usual is not None


def _nothing_found(history: History, alerts: Sequence[Alert]) -> str:
    """Return what to say where no finding stands.

    Args:
        history: what was answered.
        alerts: that are open.
    """
    if not history.check_ins and not history.scores:
        return _("Nothing has been answered yet.")
    kinds = list(dict.fromkeys(alert.get_kind_display() for alert in alerts))
    if kinds:
        return _("Nothing new was found. Still open: %(alerts)s.") % {"alerts": get_text_list(kinds, _("and"))}
    return _("No lasting change was found.")


def _changes(signals: Sequence[Signal], course: Course) -> tuple[Change, ...]:
    """Return what changed, with reasons, most pressing first: found, or only where a level stands.

    Findings about one series that began on one day stand together, where the more pressing one stands.
    """
    shown = [(signal, state) for signal in signals if (state := state_of(signal.kind, signal.tier)) is not None]
    together: dict[object, list[Change]] = defaultdict(list)
    for signal, state in shown:
        subject = wording.subject_name(signal)
        key = (subject, signal.onset_on) if subject and signal.onset_on else signal.pk
        together[key].append(_change(signal, state, course))
    groups = [*together.values(), *([change] for change in _unchanged(course))]
    # A level below the usual range comes before an improvement.
    groups.sort(key=lambda group: min(change.state.rank for change in group))
    return tuple(change for group in groups for change in group)


def _change(signal: Signal, state: State, course: Course) -> Change:
    """Return one finding, with the day it began where that is known."""
    title = wording.title(signal)
    first, *others = wording.reasons(signal, with_timing=False) or [""]
    return Change(
        state=state,
        title=title,
        heading=_heading(title, signal, course),
        first=first,
        rest=" ".join(others),
        clears=wording.clearing(signal),
        subject=wording.subject_name(signal),
        line=lines.on_paper(signal),
        weeks=signal.compared_weeks,
    )


def _heading(title: str, signal: Signal, course: Course) -> str:
    """Return a title with the day of what it names: since when, or of the stop or start that it is about."""
    began_on = wording.began_on(signal)
    named_on = began_on or wording.event_on(signal)
    if named_on is None:
        return title
    day = date_format(named_on, "j M" if named_on.year == course.span.end.year else "j M Y")
    if began_on is not None:
        return _("%(title)s, since %(day)s") % {"title": title, "day": day}
    if signal.kind == FindingKind.DISCONTINUATION:
        return _("%(title)s on %(day)s") % {"title": title, "day": day}
    return _("%(title)s, after %(day)s") % {"title": title, "day": day}


def _unchanged(course: Course) -> list[Change]:
    """Return where the ratings stand of which nothing was found: one entry each outside, one for all that are alike."""
    quiet = [(panel, panel.against) for panel in course.panels if panel.against is not None]
    outside = [_outside(panel, against) for panel, against in quiet if against.is_outside]
    outside += [_answered_outside(panel, against) for panel, against in quiet if against.is_answer_outside]
    alike: dict[tuple[State, str], list[str]] = defaultdict(list)
    for panel, against in quiet:
        if not against.is_outside and not against.is_answer_outside:
            day = panel.newest_day if against.state is State.NONE else ""
            alike[against.state, day].append(panel.name)
    return [*outside, *(_alike(state, day, names) for (state, day), names in alike.items())]


def _outside(panel: Panel, against: AgainstUsual) -> Change:
    """Return the entry of a rating whose level lies outside its usual range without a finding."""
    title = _("%(subject)s: %(found)s") % {"subject": panel.name, "found": against.where}
    reason = against.numbers
    if against.state is State.WATCH:
        too_early = _("It is too early to say if this will last.")
        reason = f"{reason} {too_early}"
    return Change(state=against.state, title=title, heading=title, first=reason, subject=panel.name)


def _answered_outside(panel: Panel, against: AgainstUsual) -> Change:
    """Return the entry of a rating whose level is inside its usual range while the newest answer is not."""
    title = _("%(subject)s: %(found)s") % {"subject": panel.name, "found": _("stable, but not the newest answer")}
    reason = f"{against.numbers} {against.answer_words}"
    return Change(state=against.state, title=title, heading=title, first=reason, subject=panel.name)


def _alike(state: State, day: str, names: Sequence[str]) -> Change:
    """Return one entry for ratings of which the same is to be said."""
    named = get_text_list([names[0], *map(languages.inside_sentence, names[1:])], _("and"))
    if state is State.STEADY:
        words, reason = _("stable"), _("Level and newest answer lie inside the usual range.")
    elif state is State.LEARNING:
        words, reason = _("no usual range yet"), _("It takes about eight check-ins.")
    else:
        words = languages.inside_sentence(no_answer_since(day)) if day else _("no answer yet")
        reason = _("There is no recent answer, so the present state is not known.")
    title = _("%(subject)s: %(found)s") % {"subject": named, "found": words}
    return Change(state=state, title=title, heading=title, first=reason)


def _chips(signals: Sequence[Signal], alerts: Sequence[Alert], panels: Sequence[Panel]) -> tuple[Chip, ...]:
    """Return the states of the heading: open safety alerts and requests, what the engine found, what is to be watched."""
    subjects: dict[State, list[str]] = defaultdict(list)
    for alert in alerts:
        if alert.kind in {AlertKind.RISK_ANSWER, AlertKind.CONTACT_WISH}:
            subjects[State.SAFETY if alert.kind == AlertKind.RISK_ANSWER else State.ASKED] = []
    for signal in signals:
        state = state_of(signal.kind, signal.tier)
        if state is not None and state is not State.SAFETY:
            subjects[state].extend(_in_a_sentence(signal, panels))
    for panel in panels:
        if panel.against is not None and panel.against.state is State.WATCH:
            subjects[State.WATCH].append(languages.inside_sentence(panel.name))
    # What gets worse is watched anyway: each series stands in one of the two.
    if watched := [name for name in subjects.get(State.WATCH, ()) if name not in subjects.get(State.WORSE, ())]:
        subjects[State.WATCH] = watched
    else:
        subjects.pop(State.WATCH, None)
    return tuple(
        Chip(state=state, detail=", ".join(dict.fromkeys(filter(None, subjects[state]))))
        for state in State
        if state in subjects
    )


def _in_a_sentence(signal: Signal, panels: Sequence[Panel]) -> Iterable[str]:
    """Return what a signal is about, as it stands within a sentence: "sleep", but "PHQ-9"; an old one with its day."""
    if not signal.domains and not signal.instrument:
        yield wording.subject_name(signal)
    for key in filter(None, (*signal.domains, signal.instrument)):
        named = languages.inside_sentence(str(wording.DOMAIN_NAMES[key])) if key in wording.DOMAIN_NAMES else key
        panel = next((panel for panel in panels if panel.key == key), None)
        yield as_of(named, panel.newest_day) if panel is not None and panel.is_silent else named


# ---------- facts, alerts and words ----------


def _facts(episode: Episode, material: course_rows.CourseRows, check_ins: Sequence[CheckIn]) -> tuple[Fact, ...]:
    """Return the facts row; what is not known is left out."""
    history = material.history
    missed = sum(slot.missed for slot in history.schedule.slots) if history.schedule else 0
    week_count = len(check_ins) + missed
    weeks = (
        _("%(answered)d of %(asked)d weeks") % {"answered": len(check_ins), "asked": week_count} if week_count else ""
    )
    last = near_day(check_ins[0].about_on, history.as_of) if check_ins else ""
    scores = [] if check_ins else sorted(history.scores, key=lambda row: row.on)[-1:]
    score = "".join(f"{row.instrument}, {near_day(row.on, history.as_of)}" for row in scores)
    facts = [
        (_("Age"), _age(episode.patient.birth_date, history.as_of)),
        (_("In treatment for"), episode.problems),
        (_("In care since"), date_format(episode.started_on, "j M Y")),
        (_("Check-ins"), weeks),
        (_("Frequency"), _rhythm(history)),
        (_("Asked for early"), _asked_early(episode, history)),
        (_("Last check-in"), last),
        (_("Last data"), score),
        (_("Responsible clinician"), material.responsible),
        (_("Telephone"), episode.patient.telephone),
        (_("How to reach the person"), episode.patient.contact),
    ]
    return tuple(Fact(name=name, value=value) for name, value in facts if value)


def _rhythm(history: History) -> str:
    """Return how often someone is asked who is not asked every week; every week goes without saying."""
    weeks = round(history.schedule.cadence_weeks) if history.schedule else 1
    return _("Every %(weeks)d weeks") % {"weeks": weeks} if weeks > 1 else ""


def _asked_early(episode: Episode, history: History) -> str:
    """Return which questionnaires come before their turn, or came last, and why; empty for none."""
    forms: dict[str, list[dt.date]] = defaultdict(list)
    for row in history.scores:
        forms[row.instrument].append(row.on)
    alike: dict[object, list[turns.EarlyForm]] = defaultdict(list)
    for early in turns.early_forms(episode, forms):
        alike[early.sign_on, early.from_on, early.answered_on].append(early)
    return " ".join(_early_words(group, history.as_of) for group in alike.values())


def _early_words(forms: Sequence[turns.EarlyForm], today: dt.date) -> str:
    """Return one sentence for questionnaires of the same days."""
    early, names = forms[0], get_text_list([form.instrument for form in forms], _("and"))
    values = {"instrument": names, "sign": near_day(early.sign_on, today)}
    if early.answered_on is not None:
        values["day"] = near_day(early.answered_on, today)
        return _("%(instrument)s of %(day)s: worse again on %(sign)s.") % values
    values["day"] = near_day(early.from_on, today)
    return _("%(instrument)s from %(day)s on: worse again on %(sign)s, and a second form confirms it or not.") % values


def _age(birth_date: dt.date | None, today: dt.date) -> str:
    """Return the age in full years."""
    if birth_date is None:
        return ""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return str(today.year - birth_date.year - (0 if had_birthday else 1))


def _tried(row: Intervention, today: dt.date | None = None) -> CurrentTreatment:
    """Return what is tried with the dose of a day; without one, the last that is known."""
    doses = [dose for dose in row.dose_steps if today is None or dose.from_on <= today] or row.dose_steps[:1]
    return CurrentTreatment(
        id=row.pk,
        name=row.name,
        dose=doses[-1].label if doses else "",
        since=doses[-1].from_on if doses else row.started_on,
        started_on=row.started_on,
        first_dose=doses[0].label if doses else "",
    )


def _stopped(rows: Iterable[Intervention], today: dt.date) -> tuple[tuple[str, dt.date], ...]:
    """Return what was stopped last: a bar that ends on the chart is easily overlooked."""
    days = [(row.name, row.stopped_on) for row in rows if row.stopped_on is not None and row.stopped_on <= today]
    return tuple(sorted(days, key=lambda pair: pair[1], reverse=True)[:MOST_STOPPED])


def _reported_stop(
    row: Intervention, newest_first: Sequence[CheckIn], reports: Mapping[UUID, Sequence[MedicineReport]]
) -> dt.date | None:
    """Return the day of the newest check-in that says how a medicine was taken, if it says that it was stopped."""
    for check_in in newest_first if reports else ():
        for report in reports.get(check_in.pk, ()):
            if report.intervention_id == row.pk:
                return check_in.about_on if report.taken == DosesTaken.STOPPED else None
    return None


def _open_alerts(episode: Episode, alerts: Sequence[Alert], at: dt.datetime) -> tuple[OpenAlert, ...]:
    """Return the open alerts of a person, what presses most first."""
    for alert in alerts:
        # The page has the episode at hand; its alerts need not ask for it.
        alert.episode = episode
    answers = safety_answers.load(alerts, at=at)
    return tuple(_open_alert(alert, answers.get(alert.pk, ()), at) for alert in alerts)


def _open_alert(alert: Alert, answers: tuple[SafetyAnswer, ...], at: dt.datetime) -> OpenAlert:
    return OpenAlert(
        id=alert.pk,
        kind=alert.get_kind_display(),
        owner=str(alert.owner) if alert.owner else "",
        raised_at=alert.raised_at,
        due_at=alert.due_at,
        is_over=alert.due_at is not None and alert.due_at < at,
        is_safety=alert.kind == AlertKind.RISK_ANSWER,
        answers=answers,
    )


def _note(check_ins: Sequence[CheckIn]) -> Note | None:
    """Return the newest words for the team; a note kept private is never read here."""
    for row in check_ins[:1]:
        text = row.note if row.note_is_shared else ""
        if text or row.contact_wish != ContactWish.JUST_RECORD:
            return Note(at=row.submitted_at, text=text, wish=row.get_contact_wish_display())
    return None
