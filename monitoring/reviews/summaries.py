"""One page about one person, for the visit, for the GP, or in plain words for the person. Reads only.

Never on it: what a safety answer said and other risk labels, private notes, other people's data. That there is such
an entry stands on the team's page in one neutral line, and never on the person's copy. Source:
docs/design.md#paper, decision 114.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitoring.course import courses, persons
from monitoring.course.pictures import Course, Panel
from monitoring.models import AgreedAction, Alert, CheckIn
from monitoring.models.alerts import AlertKind, AlertState
from monitoring.plans import medicines
from monitoring.reviews import reviews
from monitoring.words import wording
from monitoring.words.formats import short_number
from monitoring.words.states import State
from patients import audit
from patients.care import episodes, exposure, treatments
from patients.models import Clinic, Episode, Intervention, User
from patients.models.audit import AuditAction
from patients.people import languages

WINDOW = "6m"
# All ratings and instruments of one person stand on A4 up to here; what is beyond is named.
MOST_PANELS = 9
# The measure that treatment of depression is steered by stands before the other instruments.
FIRST_INSTRUMENT = "PHQ-9"
MOST_CHANGES = 4
MOST_TRIED = 8
# Of each kind but safety one can be open: every open one has room.
MOST_ALERTS = 9
MOST_ACTIONS = 5
# Letters of the person's own words that a column holds beside the rest.
MOST_LETTERS = 480
LOOK_BACK = dt.timedelta(weeks=26)
# Side effects from this severity on are named. Source: docs/design.md#lanes.
MODERATE = 2
# A safety answer is passed on by a person, never on paper.
NOT_ON_PAPER = (AlertKind.RISK_ANSWER,)
SAFETY_ENTRY = gettext_lazy("There is a safety entry in the record, not printed here.")
# Pages that one person may open in an hour; a printed caseload is not what they are for.
MOST_AN_HOUR = 120


class Audience(StrEnum):
    """For whom the page is."""

    STAFF = "staff"
    PATIENT = "patient"


class TooMany(RuntimeError):
    """Someone opened more summaries in an hour than anyone needs."""


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """What changed in one matter, in words, with its mark."""

    state: State
    title: str
    words: str


@dataclass(frozen=True, kw_only=True)
class SummaryTreatment:
    """Something that was or is tried, how much of it was taken up, and what it should bring."""

    name: str
    dose: str
    since: dt.date
    until: dt.date | None
    uptake: exposure.Uptake
    expected: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An alert, and what was done about it."""

    kind: str
    raised_at: dt.datetime
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Everything that stands on the page."""

    audience: Audience
    name: str
    # What tells someone from another of the same name.
    identity: str
    about: str
    goal: str
    clinic: str
    at: dt.datetime
    changes: tuple[ChangeLine, ...]
    # What to say where nothing changed.
    unchanged: str
    # What else changed, by name.
    other_changes: str
    course: Course
    # Names of what was asked and is not drawn: there was no room, or no answer in these weeks.
    not_drawn: tuple[str, ...]
    tried: tuple[SummaryTreatment, ...]
    side_effects: tuple[str, ...]
    alerts: tuple[Answered, ...]
    # How many entries of each list there are besides.
    more_tried: int
    more_alerts: int
    more_actions: int
    # Whether the record holds a safety alert that is open, or that was raised or closed in these weeks.
    has_safety_entry: bool
    actions: tuple[AgreedAction, ...]
    review_at: str
    # In whole sentences; what they leave out is said in words.
    note: persons.Note | None
    note_rest: str
    completion: str

    @property
    def safety_words(self) -> str:
        """Return the neutral line about a safety entry, empty where there is none."""
        return str(SAFETY_ENTRY) if self.has_safety_entry else ""

    @property
    def tried_rest(self) -> str:
        """Say how much more is or was tried."""
        return rest_words(self.more_tried)

    @property
    def alerts_rest(self) -> str:
        """Say how many alerts more there were."""
        return rest_words(self.more_alerts)

    @property
    def actions_rest(self) -> str:
        """Say how much more was agreed."""
        return rest_words(self.more_actions)

    @property
    def is_for_patient(self) -> bool:
        """Say whether it is the copy in plain words."""
        return self.audience is Audience.PATIENT


def load_summary(
    *, episode: Episode, clinic: Clinic, audience: Audience = Audience.STAFF, by: User, at: dt.datetime
) -> Summary:
    """Return the page about one person, and record that it was read.

    Raises:
        TooMany: this person has opened more than anyone needs in the last hour.
    """
    if audit.count(AuditAction.SUMMARY_READ, by=by, since=at - dt.timedelta(hours=1)) >= MOST_AN_HOUR:
        raise TooMany
    audit.record(AuditAction.SUMMARY_READ, by=by, about=episode, at=at)
    is_for_patient = audience is Audience.PATIENT
    person = persons.load_person(episode, courses.View(window=WINDOW, hidden=persons.TEAM_LANES), at=at)
    own = persons.load_own_course(episode, window=WINDOW, at=at) if is_for_patient else None
    course, not_drawn = for_paper(own or person.course)
    recent = CheckIn.objects.filter(episode=episode, submitted_at__gt=at - LOOK_BACK, submitted_at__lte=at)
    review = reviews.opened().filter(episode=episode, planned_at__gt=at).select_related("clinic").first()
    tried, alerts = _interventions(episode, at), [] if is_for_patient else _alerts(episode, at)
    changes, other_changes = _changes(person.changes)
    note, note_rest = short_note(person.note)
    actions = AgreedAction.objects.filter(episode=episode, done_at__isnull=True).order_by("due_on", "agreed_at")
    return Summary(
        audience=audience,
        name=person.name,
        identity=person.identity,
        about=_about(episode, at),
        goal=person.goal,
        clinic=clinic.public_name or clinic.name,
        at=at,
        changes=_plain_changes(own) if own else changes,
        unchanged=person.unchanged if not own else _("Nothing has been answered yet."),
        other_changes="" if own else other_changes,
        course=course,
        not_drawn=not_drawn,
        tried=tuple(_tried(row) for row in tried[:MOST_TRIED]),
        side_effects=_side_effects(recent.order_by("-about_on", "-submitted_at").first()),
        alerts=tuple(alerts[:MOST_ALERTS]),
        more_tried=max(len(tried) - MOST_TRIED, 0),
        more_alerts=max(len(alerts) - MOST_ALERTS, 0),
        more_actions=max(actions.count() - MOST_ACTIONS, 0),
        has_safety_entry=not is_for_patient and _has_safety_entry(episode, at),
        actions=tuple(actions[:MOST_ACTIONS]),
        review_at=reviews.time_in_words(
            review, reader_zone=episode.patient.time_zone if is_for_patient else None, form="D j M, H:i"
        ),
        note=note,
        note_rest=note_rest,
        completion=_completion(episode, course, at),
    )


def _about(episode: Episode, at: dt.datetime) -> str:
    """Return age, what the treatment is for and since when, as far as they are known."""
    born, today = episode.patient.birth_date, episodes.today(episode, at=at)
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None
    sentences = [
        _("%(years)d years.") % {"years": years} if years is not None else "",
        f"{episode.problems}." if episode.problems else "",
        _("In care since %(day)s.") % {"day": date_format(episode.started_on, "j M Y")},
    ]
    return " ".join(filter(None, sentences))


# ---------- what changed ----------


def _changes(changes: Sequence[persons.Change]) -> tuple[tuple[ChangeLine, ...], str]:
    """Return a few entries of "What changed", one line of numbers each, and the others by name."""
    candidates = [change for change in changes if change.state is not State.SAFETY]
    shown, others = persons.most_telling(candidates, MOST_CHANGES)
    told = (ChangeLine(state=change.state, title=change.title, words=change.line or change.first) for change in shown)
    return tuple(told), others


def for_paper(course: Course) -> tuple[Course, tuple[str, ...]]:
    """Return a course without what tells of a safety answer and without links, and the names of what is not drawn."""
    shown, left_out = _most_needed(course.panels)
    panels = (
        replace(
            panel,
            marks=tuple(mark for mark in panel.marks if mark.state is not State.SAFETY),
            state=None if panel.state is State.SAFETY else panel.state,
        )
        for panel in shown
    )
    return replace(course, panels=tuple(panels), has_links=False), tuple(panel.name for panel in left_out)


def _most_needed(panels: Sequence[Panel]) -> tuple[list[Panel], list[Panel]]:
    """Return the panels that are drawn, ratings first, then the person's own questions, then instruments; and the rest.

    An instrument without an answer in these weeks gives its place to one that was answered.
    """
    ranked = sorted(panels, key=lambda panel: (panel.is_instrument, panel.is_own, panel.key != FIRST_INSTRUMENT))
    silent = [panel for panel in ranked if panel.is_instrument and not panel.answers]
    answered = [panel for panel in ranked if panel not in silent]
    return answered[:MOST_PANELS], [*answered[MOST_PANELS:], *silent]


def _plain_changes(course: Course) -> tuple[ChangeLine, ...]:
    """Return one line a rating in plain words; never a risk label."""
    return tuple(_plain_line(panel) for panel in course.panels if panel.answers and not panel.is_own)


def _plain_line(panel: Panel) -> ChangeLine:
    now = _("Your last answer was %(value)s.") % {"value": short_number(panel.answers[-1].value)}
    words = languages.inside_sentence(panel.patient_word)
    title = f"{panel.name}: {words}" if words else panel.name
    return ChangeLine(state=panel.state or State.NONE, title=title, words=now)


# ---------- what was tried, felt and done ----------


def _interventions(episode: Episode, at: dt.datetime) -> list[Intervention]:
    """Return what runs, and what ended in the weeks that are shown."""
    since = (at - LOOK_BACK).date()
    rows = treatments.interventions(episode).prefetch_related(treatments.sessions(), "expectations")
    return [row for row in rows if row.stopped_on is None or row.stopped_on >= since]


def _tried(row: Intervention) -> SummaryTreatment:
    doses = row.dose_steps
    expected = (
        _("%(what)s %(points)s better by %(day)s")
        % {
            "what": expectation.get_measure_display(),
            "points": short_number(float(expectation.points)),
            "day": date_format(expectation.by_on, "j M Y"),
        }
        for expectation in row.expectations.all()
    )
    return SummaryTreatment(
        name=row.name,
        dose=" → ".join(dose.label for dose in doses[-2:]),
        # Where the dose was changed, the day of the change: the first day is not that of this dose.
        since=doses[-1].from_on if len(doses) > 1 else row.started_on,
        until=row.stopped_on,
        uptake=exposure.uptake(row.recorded_sessions),
        expected=tuple(expected),
    )


def _side_effects(last: CheckIn | None) -> tuple[str, ...]:
    """Return the side effects that the last check-in called moderate or worse, and one in the patient's own words."""
    rated = last.side_effects if last is not None else {}
    listed = tuple(
        f"{wording.symptom_name(code)} ({wording.symptom_words(code, parts.get('severity'))})"
        for code, parts in rated.items()
        if isinstance(parts, dict) and medicines.severity_shown(code, parts) >= MODERATE
    )
    return (*listed, f"“{last.other_symptom}”") if last is not None and last.other_symptom else listed


def short_note(note: persons.Note | None) -> tuple[persons.Note | None, str]:
    """Return the person's words in whole sentences as far as there is room, and what to say of the rest."""
    if note is None or len(note.text) <= MOST_LETTERS:
        return note, ""
    kept = ""
    for sentence in re.split(r"(?<=[.!?؟…])\s+|\n+", note.text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > MOST_LETTERS:
            break
        kept = longer
    rest = _("The rest is in the record.") if kept else _("The full text is long; it is in the record.")
    return replace(note, text=kept), rest


def rest_words(count: int) -> str:
    """Say how many entries found no room, empty when all did."""
    words = ngettext("%(count)d more entry is in the record.", "%(count)d more entries are in the record.", count)
    return words % {"count": count} if count else ""


def _alerts(episode: Episode, at: dt.datetime) -> list[Answered]:
    """Return every open alert and then the last closed ones of these weeks, the newest first, with what was done."""
    rows = Alert.objects.filter(episode=episode, raised_at__lte=at).exclude(kind__in=NOT_ON_PAPER)
    still_open = list(rows.exclude(state=AlertState.CLOSED).order_by("-raised_at"))
    closed = rows.filter(state=AlertState.CLOSED, raised_at__gt=at - LOOK_BACK).order_by("-raised_at")
    return [
        Answered(
            kind=row.get_kind_display(),
            raised_at=row.raised_at,
            outcome=row.get_closed_action_display() if row.closed_action else row.get_state_display(),
        )
        for row in [*still_open, *closed]
    ]


def _has_safety_entry(episode: Episode, at: dt.datetime) -> bool:
    """Say whether a reader on paper must know that the record holds more."""
    since = at - LOOK_BACK
    rows = Alert.objects.filter(episode=episode, kind__in=NOT_ON_PAPER, raised_at__lte=at)
    return rows.filter(~Q(state=AlertState.CLOSED) | Q(raised_at__gt=since) | Q(closed_at__gt=since)).exists()


def _completion(episode: Episode, course: Course, at: dt.datetime) -> str:
    """Say how many of the drawn weeks were answered, how many check-ins came besides, and how many came late.

    Counted as it is drawn: one answer a day, and a cross for each missed week.
    """
    span = course.span
    rows = CheckIn.objects.filter(episode=episode, about_on__range=(span.start, span.end), submitted_at__lte=at)
    day_rows = {row.about_on: row for row in rows.order_by("submitted_at")}.values()
    missed = {day for panel in course.panels for day in panel.missed_on}
    answered = sum(row.slot_id is not None for row in day_rows)
    extra, late = len(day_rows) - answered, sum(row.is_late for row in day_rows)
    if not day_rows and not missed:
        return _("No check-in in these weeks.")
    parts = [
        _("%(answered)d of %(asked)d check-ins.") % {"answered": answered, "asked": answered + len(missed)},
        _("%(extra)d extra.") % {"extra": extra} if extra else "",
        _("%(late)d entered late.") % {"late": late} if late else "",
    ]
    return " ".join(filter(None, parts))
