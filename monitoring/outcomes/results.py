"""What a clinic sees of its outcomes: by instrument and start month, with intervals, and with small cells hidden.

What may be shown of a table is decided in `small_cells`.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.assessments import assessments
from monitoring.engine.records import InstrumentSpec
from monitoring.models import Score
from monitoring.outcomes import completion, curves, outcomes, score_courses, thresholds
from monitoring.outcomes.curves import Curve
from monitoring.outcomes.outcome_words import Meaning, meanings
from monitoring.outcomes.score_courses import NoScoresOfInstrument, ScoreCourse
from monitoring.outcomes.small_cells import Cell, CountedGroup, ShownGroup, protect
from patients import audit
from patients.models import User
from patients.models.audit import AuditAction

# How many months of first scores stand in one line: the shortest period in which something can be read.
PERIODS = (1, 3, 6)
# Reading so many scores takes about a second: the page says that it is working.
QUICK_SCORES = 20_000


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
    "improved": lambda course, spec: thresholds.risen(course, spec) <= -thresholds.reliable_line(spec),
    "recovered": lambda course, spec: (
        thresholds.risen(course, spec) <= -thresholds.reliable_line(spec)
        and thresholds.is_remission(course.visits[-1].value, spec)
        and not thresholds.is_remission(course.visits[0].value, spec)
    ),
    "response": lambda course, spec: thresholds.is_response(course, spec, len(course.visits) - 1),
    "remission": lambda course, spec: thresholds.is_remission(course.visits[-1].value, spec),
    "worse": lambda course, spec: thresholds.risen(course, spec) >= thresholds.reliable_line(spec),
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
    return [code for code in codes if code in specs and thresholds.has_lines(specs[code])]


def is_quick(instrument: str) -> bool:
    """Say whether the results are there within about a second."""
    return Score.objects.filter(instrument=instrument).count() <= QUICK_SCORES


def load_results(*, instrument: str, by: User, at: dt.datetime) -> Results:
    """Return the clinic's results in one instrument, and record that they were read.

    Raises:
        UnknownInstrument: there is no score of it, or it has no line to count by.
    """
    spec, courses = score_courses.load_spec(instrument), score_courses.load_courses(instrument=instrument, at=at)
    if not thresholds.has_lines(spec):
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
        response=curves.response_curve(compared, spec),
        relapse=curves.relapse_curves(instrument, spec, at),
        response_weeks=curves.RESPONSE_WEEKS,
        relapse_weeks=curves.RELAPSE_WEEKS,
        completion=completion.completion(at),
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
