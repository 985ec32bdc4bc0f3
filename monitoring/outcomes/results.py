"""What a clinic sees of its outcomes: by instrument and start month, with intervals, and with small cells hidden.

What may be shown of a table is decided in `small_cells`.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from uuid import UUID

from django.db.models import F
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from monitoring.assessments import assessments
from monitoring.engine.records import InstrumentSpec
from monitoring.models import CheckInSlot, Score
from monitoring.models.plans import ReminderChannel
from monitoring.outcomes import outcomes
from monitoring.outcomes.outcome_words import Meaning, meanings
from monitoring.outcomes.outcomes import DatedScore, NoScoresOfInstrument, ScoreCourse
from monitoring.outcomes.small_cells import SMALL, Cell, CountedGroup, ShownGroup, protect, shown
from monitoring.outcomes.survival import SurvivalStep, Watched, free_at, kaplan_meier, median_week
from monitoring.plans import plans
from patients import audit
from patients.models import Episode, Intervention, User
from patients.models.audit import AuditAction
from patients.models.care import InterventionKind

# Weeks at which time to response and time to relapse are read.
RESPONSE_WEEKS = (4, 8, 12)
RELAPSE_WEEKS = (12, 26, 52)
# How many months of first scores stand in one line: the shortest period in which something can be read.
PERIODS = (1, 3, 6)
# Completion looks back so far.
COMPLETION_WEEKS = 26
# Reading so many scores takes about a second: the page says that it is working.
QUICK_SCORES = 20_000
AGE_BANDS = ((0, 17), (18, 29), (30, 44), (45, 59), (60, 120))


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """A curve at one week.

    Attributes:
        step: the share free of the event; None where it is hidden or no one was watched that long.
        at_risk: people still watched then; None where they are few, or few are between two numbers.
        is_watched: whether the curve reaches that far.
    """

    week: int
    step: SurvivalStep | None
    at_risk: int | None
    is_watched: bool


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Time until something happens in one group, read at a few weeks; people is None where it is hidden."""

    name: str
    people: int | None
    at: tuple[CurvePoint, ...] = ()
    median: float | None = None


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything on the page about one instrument."""

    instrument: str
    name: str
    words: tuple[Meaning, ...]
    total: ShownGroup
    # How many months a line of `starts` is about: 1, 3 or 6.
    months: int
    starts: tuple[ShownGroup, ...]
    response: Curve
    relapse: tuple[Curve, ...]
    response_weeks: tuple[int, ...]
    relapse_weeks: tuple[int, ...]
    completion: tuple[tuple[str, tuple[ShownGroup, ...]], ...]


# What is counted of each course; the order of the columns.
COUNTED: Mapping[str, Callable[[ScoreCourse, InstrumentSpec], bool]] = {
    "improved": lambda course, spec: outcomes.risen(course, spec) <= -outcomes.reliable_line(spec),
    "recovered": lambda course, spec: (
        outcomes.risen(course, spec) <= -outcomes.reliable_line(spec)
        and outcomes.is_remission(course.visits[-1].value, spec)
        and not outcomes.is_remission(course.visits[0].value, spec)
    ),
    "response": lambda course, spec: outcomes.is_response(course, spec, len(course.visits) - 1),
    "remission": lambda course, spec: outcomes.is_remission(course.visits[-1].value, spec),
    "worse": lambda course, spec: outcomes.risen(course, spec) >= outcomes.reliable_line(spec),
}


# The columns of the table in their order; the last is counted apart.
COLUMN_NAMES: Mapping[str, Promise] = {
    "improved": gettext_lazy("Reliably better"),
    "recovered": gettext_lazy("Recovered"),
    "response": gettext_lazy("Response"),
    "remission": gettext_lazy("Remission"),
    "worse": gettext_lazy("Reliably worse"),
    "stopped": gettext_lazy("Stopped reporting"),
}
# Columns that need a remission line; the others have a rule for an instrument that declares nothing (decision 51).
BY_REMISSION = frozenset({"recovered", "remission"})


def columns_of(spec: InstrumentSpec) -> dict[str, Callable[[ScoreCourse, InstrumentSpec], bool]]:
    """Return what can be counted in an instrument."""
    return {
        name: is_one for name, is_one in COUNTED.items() if spec.remission_below is not None or name not in BY_REMISSION
    }


def instruments() -> list[str]:
    """Return the codes of which the present clinic has scores that can be counted, in alphabetical order."""
    rows = Score.objects.filter(value__isnull=False).order_by("instrument")
    codes = list(rows.values_list("instrument", flat=True).distinct())
    specs = assessments.instrument_specs(set(codes))
    return [code for code in codes if code in specs and outcomes.has_lines(specs[code])]


def is_quick(instrument: str) -> bool:
    """Say whether the results are there within about a second."""
    return Score.objects.filter(instrument=instrument).count() <= QUICK_SCORES


def load_results(*, instrument: str, by: User, at: dt.datetime) -> Results:
    """Return the clinic's results in one instrument, and record that they were read.

    Raises:
        UnknownInstrument: there is no score of it, or it has no line to count by.
    """
    spec, courses = outcomes.load_spec(instrument), outcomes.load_courses(instrument=instrument, at=at)
    if not outcomes.has_lines(spec):
        raise NoScoresOfInstrument(instrument)
    audit.record(AuditAction.OUTCOMES_READ, by=by, about=None, at=at, counts={"people": len(courses)})
    compared = [course for course in courses if len(course.visits) > 1]
    stopped = set(outcomes.stopped_reporting(courses))
    months, starts = _by_start(compared, spec, stopped)
    return Results(
        instrument=instrument,
        name=spec.name,
        words=meanings(spec),
        total=_lines([_group(_("All"), compared, spec, stopped)], spec)[0],
        months=months,
        starts=starts,
        response=_response(compared, spec),
        relapse=_relapse(instrument, spec, at),
        response_weeks=RESPONSE_WEEKS,
        relapse_weeks=RELAPSE_WEEKS,
        completion=_completion(at),
    )


# ---------- outcomes ----------


def _group(name: str, courses: Sequence[ScoreCourse], spec: InstrumentSpec, stopped: set[str]) -> CountedGroup:
    """Return one line of the table of outcomes: what is counted, and who stopped reporting."""
    counts = [sum(is_one(course, spec) for course in courses) for is_one in columns_of(spec).values()]
    counts.append(sum(course.person in stopped for course in courses))
    return CountedGroup(name=name, people=len(courses), of=len(courses), counts=tuple(counts))


def _lines(groups: Sequence[CountedGroup], spec: InstrumentSpec) -> tuple[ShownGroup, ...]:
    """Return the protected lines with an empty cell in each column that the instrument has no line for."""
    counted = columns_of(spec)
    return tuple(replace(line, cells=_with_gaps(line.cells, counted)) for line in protect(groups))


def _with_gaps(cells: Sequence[Cell], counted: Collection[str]) -> tuple[Cell, ...]:
    """Return the cells of one line in the order of the columns; the last one is who stopped reporting."""
    rest = iter(cells)
    gap = Cell(share=None, has_line=False)
    return tuple(
        replace(next(rest) if name in counted or name not in COUNTED else gap, name=str(title))
        for name, title in COLUMN_NAMES.items()
    )


def _by_start(
    courses: Sequence[ScoreCourse], spec: InstrumentSpec, stopped: set[str]
) -> tuple[int, tuple[ShownGroup, ...]]:
    """Return the outcomes by the time of the first score, the newest first, and how many months a line is about.

    Months become quarters, and quarters half-years, where fewer than half of the lines could be read.
    """
    for months in PERIODS:
        lines = _lines(_groups(courses, months, spec, stopped), spec)
        if 2 * sum(line.is_readable for line in lines) >= len(lines):
            return months, lines
    return PERIODS[-1], lines


def _groups(courses: Sequence[ScoreCourse], months: int, spec: InstrumentSpec, stopped: set[str]) -> list[CountedGroup]:
    """Return the people of each period of so many months, the newest first."""

    def first_month(course: ScoreCourse) -> dt.date:
        on = course.first_on
        return on.replace(month=on.month - (on.month - 1) % months, day=1)

    groups = groupby(sorted(courses, key=first_month, reverse=True), key=first_month)
    return [_group(_period_name(first, months), list(group), spec, stopped) for first, group in groups]


def _period_name(first: dt.date, months: int) -> str:
    """Return a month with its year, or the first and the last month of a longer period."""
    if months == 1:
        return date_format(first, "F Y")
    last = first.replace(month=first.month + months - 1)
    return _("%(first)s to %(last)s") % {"first": date_format(first, "F"), "last": date_format(last, "F Y")}


def _response(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> Curve:
    """Return the time to the first response; who never responded is watched until the last score."""
    people = [_until_response(course, spec) for course in courses]
    return _curve(_("All"), people, RESPONSE_WEEKS)


def _until_response(course: ScoreCourse, spec: InstrumentSpec) -> Watched:
    first = next((i for i in range(1, len(course.visits)) if outcomes.is_response(course, spec, i)), None)
    last = course.visits[first if first is not None else -1]
    return Watched(weeks=float(_weeks(course.visits[0], last)), happened=first is not None)


def _weeks(first: DatedScore, last: DatedScore) -> int:
    """Return the weeks from one visit to another, rounded."""
    return round((last.day - first.day) / outcomes.WEEK_DAYS)


def _curve(name: str, people: Sequence[Watched], weeks: Sequence[int]) -> Curve:
    """Return a curve read at a few weeks; one about few people, or about few events, is hidden."""
    events = sum(person.happened for person in people)
    if shown(events, len(people)).is_hidden:
        return Curve(name=name, people=None)
    steps = kaplan_meier(people)
    at_risk = _at_risk(people, weeks)
    return Curve(
        name=name,
        people=len(people),
        at=tuple(_reading(people, steps, week, number) for week, number in zip(weeks, at_risk, strict=True)),
        median=median_week([step for step in steps if step.at_risk >= SMALL]),
    )


def _reading(people: Sequence[Watched], steps: Sequence[SurvivalStep], week: int, at_risk: int | None) -> CurvePoint:
    """Return a curve at one week; past the last week with five people at risk it says nothing."""
    is_watched = _is_watched(people, week)
    is_shown = is_watched and not _is_small(people, week)
    return CurvePoint(
        week=week,
        step=free_at(steps, week) if is_shown else None,
        at_risk=at_risk if is_watched else None,
        is_watched=is_watched,
    )


def _is_watched(people: Sequence[Watched], week: int) -> bool:
    """Say whether at least five people were at risk at a week, or no one left before it happened."""
    has_left = any(not person.happened and person.weeks < week for person in people)
    return not has_left or sum(person.weeks >= week for person in people) >= SMALL


def _at_risk(people: Sequence[Watched], weeks: Sequence[int]) -> list[int | None]:
    """Return how many were still watched at each week, without small numbers and without small differences."""
    found: list[int | None] = []
    before = len(people)
    for week in weeks:
        number = sum(person.weeks >= week for person in people)
        is_small = number < SMALL or 0 < before - number < SMALL
        found.append(None if is_small else number)
        before = before if is_small else number
    return found


def _is_small(people: Sequence[Watched], week: int) -> bool:
    """Say whether it has happened to a few people only by a week, or to all but a few."""
    events = sum(person.happened and person.weeks <= week for person in people)
    return shown(events, len(people)).is_hidden


# ---------- after discharge ----------


def _relapse(instrument: str, spec: InstrumentSpec, at: dt.datetime) -> tuple[Curve, ...]:
    """Return who stayed free of a relapse after discharge, by kind of treatment.

    A relapse is a later score that is reliably worse than the last one before discharge and not in remission, or a new
    episode. Who was not well at discharge is left out. Our own definition.
    """
    ended = Episode.objects.filter(ended_on__isnull=False).select_related("patient")
    scores = _scores_of_patients(instrument)
    opened: dict[UUID, list[dt.date]] = defaultdict(list)
    for patient_id, day in Episode.objects.values_list("patient_id", "started_on"):
        opened[patient_id].append(day)
    kinds = _kinds()
    groups: dict[str, list[Watched]] = defaultdict(list)
    for episode in ended:
        watched = _until_relapse(episode, scores[episode.patient_id], opened[episode.patient_id], spec, at)
        if watched is not None:
            groups[_treatment(kinds[episode.pk])].append(watched)
    curves = [_curve(name, people, RELAPSE_WEEKS) for name, people in sorted(groups.items())]
    return _without_single_hidden(curves)


def _without_single_hidden(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """Hide the smallest shown group beside a single hidden one."""
    open_curves = sorted((curve for curve in curves if curve.people is not None), key=lambda curve: curve.people or 0)
    if len(curves) - len(open_curves) != 1 or not open_curves:
        return tuple(curves)
    smallest = open_curves[0]
    return tuple(Curve(name=curve.name, people=None) if curve is smallest else curve for curve in curves)


def _scores_of_patients(instrument: str) -> dict[UUID, list[tuple[dt.date, float]]]:
    """Return all scores of each patient, over all episodes, oldest first."""
    rows = Score.objects.filter(instrument=instrument, value__isnull=False).order_by("about_on")
    found: dict[UUID, list[tuple[dt.date, float]]] = defaultdict(list)
    for patient_id, day, value in rows.values_list("episode__patient_id", "about_on", "value"):
        found[patient_id].append((day, float(value or 0)))
    return found


def _kinds() -> dict[UUID, set[str]]:
    """Return the kinds of what was tried in each episode."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for episode_id, kind in Intervention.objects.values_list("episode_id", "kind").distinct():
        found[episode_id].add(kind)
    return found


def _treatment(kinds: set[str]) -> str:
    """Return medicine, therapy, both or neither."""
    has_medicine, has_therapy = InterventionKind.MEDICATION in kinds, InterventionKind.PSYCHOTHERAPY in kinds
    if has_medicine and has_therapy:
        return _("Medicine and therapy")
    if has_medicine:
        return _("Medicine")
    return _("Therapy") if has_therapy else _("Neither")


def _until_relapse(
    episode: Episode,
    scores: Sequence[tuple[dt.date, float]],
    opened: Sequence[dt.date],
    spec: InstrumentSpec,
    at: dt.datetime,
) -> Watched | None:
    """Return how long someone stayed well after discharge; None who was not well then."""
    end = episode.ended_on
    before = [value for day, value in scores if end is not None and episode.started_on <= day <= end]
    if end is None or not before or not outcomes.is_remission(before[-1], spec):
        return None
    worse = (
        day
        for day, value in scores
        if day > end
        and outcomes.badness(value, spec) - outcomes.badness(before[-1], spec) >= outcomes.reliable_line(spec)
        and not outcomes.is_remission(value, spec)
    )
    relapsed = min((*worse, *(day for day in opened if day > end)), default=None)
    until = relapsed or plans.local_day(at, episode.patient.time_zone)
    return Watched(weeks=max((until - end).days / outcomes.WEEK_DAYS, 0.0), happened=relapsed is not None)


# ---------- completion ----------


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """One week that was asked."""

    episode_id: UUID
    language: str
    age: str
    channel: str
    hours: float | None


def _completion(at: dt.datetime) -> tuple[tuple[str, tuple[ShownGroup, ...]], ...]:
    """Return which share of the weeks was answered, and after how many hours, by language, age and reminder."""
    weeks = _asked_weeks(at)
    dimensions: tuple[tuple[str, Callable[[Week], str]], ...] = (
        (_("Language"), lambda week: week.language),
        (_("Age"), lambda week: week.age),
        (_("Reminders"), lambda week: week.channel),
    )
    return tuple((title, _answered_by(weeks, of)) for title, of in dimensions)


def _channel_words(channel: str) -> str:
    """Return how someone is reminded, as the pages of reminders say it; an unknown channel sends nothing."""
    return str(ReminderChannel(channel).label) if channel in ReminderChannel.values else _("no reminder")


def _asked_weeks(at: dt.datetime) -> list[Week]:
    """Return the weeks of the last half year that were answered or can no longer be."""
    since = at - dt.timedelta(weeks=COMPLETION_WEEKS)
    slots = CheckInSlot.objects.filter(opens_at__gt=since, opens_at__lte=at).annotate(
        language=F("episode__patient__language"),
        born=F("episode__patient__birth_date"),
        channel=F("episode__plan__remind_by"),
    )
    rows = slots.values_list("episode_id", "language", "born", "channel", "opens_at", "answered_at", "closes_at")
    return [
        Week(
            episode_id=episode_id,
            language=_language_name(language),
            age=_age_band(born, at.date()),
            channel=_channel_words(channel),
            hours=(answered_at - opens_at).total_seconds() / 3600 if answered_at else None,
        )
        for episode_id, language, born, channel, opens_at, answered_at, closes_at in rows
        if answered_at is not None or closes_at <= at
    ]


def _language_name(code: str) -> str:
    """Return the name of a language; an unknown code names itself."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _age_band(born: dt.date | None, today: dt.date) -> str:
    """Return the age band of a person, as far as the date of birth is known."""
    if born is None:
        return _("not known")
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    low, high = next(((low, high) for low, high in AGE_BANDS if low <= years <= high), AGE_BANDS[-1])
    return f"{low} - {high}" if (low, high) != AGE_BANDS[-1] else f"{low}+"


def _answered_by(weeks: Sequence[Week], of: Callable[[Week], str]) -> tuple[ShownGroup, ...]:
    """Return the share of answered weeks and the median hours of each group; groups of few people are hidden."""
    groups: dict[str, list[Week]] = defaultdict(list)
    for week in weeks:
        groups[of(week)].append(week)
    lines = []
    for name, found in sorted(groups.items()):
        hours = [week.hours for week in found if week.hours is not None]
        people = len({week.episode_id for week in found})
        middle = median(hours) if hours else None
        lines.append(CountedGroup(name=name, people=people, of=len(found), counts=(len(hours),), number=middle))
    return protect(lines)
