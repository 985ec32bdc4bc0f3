"""What a clinic sees of its outcomes: by instrument and start month, with intervals, and with small cells hidden.

What may be shown of a table is decided in `small_cells`.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.engine.records import InstrumentSpec
from monitoring.models import Score
from monitoring.outcomes import completion, curves, outcomes, score_courses, thresholds
from monitoring.outcomes.curves import Curve
from monitoring.outcomes.outcome_words import Meaning, meanings, response_note, started_well
from monitoring.outcomes.score_courses import NoScoresOfInstrument, ScoreCourse
from monitoring.outcomes.small_cells import SMALL, Cell, Count, CountedGroup, ShownGroup, protect
from monitoring.plans import instruments
from monitoring.plans.instruments import Form
from patients import audit
from patients.models import User
from patients.models.audit import AuditAction

# How many months of first scores stand in one line: the shortest period in which something can be read.
PERIODS = (1, 3, 6)
# Reading so many scores takes about a second: the page says that it is working.
QUICK_SCORES = 20_000


@dataclass(frozen=True, kw_only=True)
class ShownForm:
    """One form of a questionnaire that the page can show; the version is named where there are several."""

    code: str
    version: str
    name: str

    @property
    def form(self) -> Form:
        """Return code and version."""
        return self.code, self.version


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything on the page about one form of an instrument.

    Attributes:
        on_other_forms: people with scores on another version too; None where they are too few to tell.
        months: how many months a line of `starts` is about: 1, 3 or 6.
    """

    name: str
    words: tuple[Meaning, ...]
    note: str
    on_other_forms: int | None
    total: ShownGroup
    months: int
    starts: tuple[ShownGroup, ...]
    response: Curve
    relapse: tuple[Curve, ...]
    response_weeks: tuple[int, ...]
    relapse_weeks: tuple[int, ...]
    completion: tuple[tuple[str, tuple[ShownGroup, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class OutcomeColumn:
    """One column of the table.

    Attributes:
        is_true: whether it is true of a course.
        of_those_above: whether only people who started above the line can be counted.
    """

    name: Promise
    is_true: Callable[[ScoreCourse, InstrumentSpec], bool]
    of_those_above: bool = False


# The columns of the table in their order; the last is counted apart.
COLUMNS: Mapping[str, OutcomeColumn] = {
    "improved": OutcomeColumn(name=gettext_lazy("Reliably better"), is_true=thresholds.is_reliably_better),
    "recovered": OutcomeColumn(
        name=gettext_lazy("Recovered"),
        is_true=lambda course, spec: (
            thresholds.is_reliably_better(course, spec) and thresholds.is_remitted(course, spec)
        ),
        of_those_above=True,
    ),
    "response": OutcomeColumn(
        name=gettext_lazy("Response"),
        is_true=lambda course, spec: thresholds.is_response(course, spec, len(course.visits) - 1),
        of_those_above=True,
    ),
    "remission": OutcomeColumn(name=gettext_lazy("Remission"), is_true=thresholds.is_remitted, of_those_above=True),
    "below": OutcomeColumn(
        # Of a scale whose high end is the good one it is another line: see `started_well`.
        name=gettext_lazy("Started below the line"),
        is_true=lambda course, spec: not thresholds.starts_above(course, spec),
    ),
    "worse": OutcomeColumn(name=gettext_lazy("Reliably worse"), is_true=thresholds.is_reliably_worse),
}
COLUMN_NAMES: Mapping[str, Promise] = {
    **{key: column.name for key, column in COLUMNS.items()},
    "stopped": gettext_lazy("Stopped reporting"),
}
BY_REMISSION = frozenset({"recovered", "remission"})
BY_RELIABLE_CHANGE = frozenset({"improved", "recovered", "worse"})


def gap_of(key: str, spec: InstrumentSpec) -> str:
    """Return in words why a column cannot be counted in an instrument; empty where it can."""
    if key in BY_REMISSION and spec.remission_below is None:
        return _("no cut-off set")
    if key in BY_RELIABLE_CHANGE and not thresholds.has_reliable_change(spec):
        return _("no reliable change set")
    return ""


def shown_forms() -> list[ShownForm]:
    """Return the forms of which the present clinic has scores that can be counted, by code, the newest first."""
    scored = score_courses.scored_forms()
    specs = instruments.form_specs(scored)
    forms = [form for form in scored if form in specs and thresholds.has_lines(specs[form])]
    codes = [code for code, _version in scored]
    return [
        ShownForm(
            code=code,
            version=version,
            name=_("%(instrument)s, version %(version)s") % {"instrument": code, "version": version}
            if codes.count(code) > 1
            else code,
        )
        for code, version in forms
    ]


def is_quick(form: Form) -> bool:
    """Say whether the results are there within about a second."""
    return Score.objects.filter(instrument=form[0], instrument_version=form[1]).count() <= QUICK_SCORES


def load_results(*, instrument: str, version: str = "", by: User, at: dt.datetime) -> Results:
    """Return the clinic's results on one form of an instrument, and record that they were read.

    Without a version it is the one that was used last.

    Raises:
        NoScoresOfInstrument: there is no score of it, or it has no line to count by.
    """
    forms = [one for one in shown_forms() if one.code == instrument and version in {"", one.version}]
    if not forms:
        raise NoScoresOfInstrument(instrument)
    shown_form = forms[0]
    spec = score_courses.load_spec(shown_form.form)
    courses = score_courses.load_courses(shown_form.form, at=at)
    audit.record(AuditAction.OUTCOMES_READ, by=by, about=None, at=at, counts={"people": len(courses)})
    stops = outcomes.have_stopped(courses)
    people = [_Compared(course, stop) for course, stop in zip(courses, stops, strict=True) if len(course.visits) > 1]
    months, starts = _by_start(people, spec)
    elsewhere = sum(course.has_other_form for course in courses)
    return Results(
        name=_heading(spec, shown_form),
        words=meanings(spec),
        note=response_note(spec),
        on_other_forms=None if 0 < elsewhere < SMALL else elsewhere,
        total=_lines([_group(_("All"), people, spec)], spec)[0],
        months=months,
        starts=starts,
        response=curves.response_curve([person.course for person in people], spec),
        relapse=curves.relapse_curves(spec, at),
        response_weeks=curves.RESPONSE_WEEKS,
        relapse_weeks=curves.RELAPSE_WEEKS,
        completion=completion.completion(at),
    )


def _heading(spec: InstrumentSpec, shown_form: ShownForm) -> str:
    """Return the name of the questionnaire, and which version of it where there are several."""
    if shown_form.name == shown_form.code:
        return spec.name
    return shown_form.name if spec.name == spec.code else f"{spec.name}: {shown_form.name}"


# ---------- outcomes ----------


@dataclass(frozen=True, slots=True)
class _Compared:
    """A course with a first and a later score, and whether it stopped; None where that cannot be known."""

    course: ScoreCourse
    has_stopped: bool | None


def _group(name: str, people: Sequence[_Compared], spec: InstrumentSpec) -> CountedGroup:
    """Return one line of the table of outcomes: what is counted, and who stopped reporting."""
    courses = [person.course for person in people]
    able = [course for course in courses if thresholds.starts_above(course, spec)]
    counts = []
    for key, column in COLUMNS.items():
        of = able if column.of_those_above else courses
        if not gap_of(key, spec):
            counts.append(Count(sum(column.is_true(course, spec) for course in of), len(of)))
    known = [person.has_stopped for person in people if person.has_stopped is not None]
    return CountedGroup(name=name, people=len(people), counts=(*counts, Count(sum(known), len(known))))


def _lines(groups: Sequence[CountedGroup], spec: InstrumentSpec) -> tuple[ShownGroup, ...]:
    """Return the protected lines with a word in each column in which nothing can be counted."""
    is_known = any(group.counts[-1].of for group in groups)
    gaps = {key: gap_of(key, spec) for key in COLUMNS} | {"stopped": "" if is_known else _("not known")}
    names = {key: str(name) for key, name in COLUMN_NAMES.items()} | {"below": started_well(spec)}
    return tuple(replace(line, cells=_with_gaps(line.cells, gaps, names)) for line in protect(groups))


def _with_gaps(cells: Sequence[Cell], gaps: Mapping[str, str], names: Mapping[str, str]) -> tuple[Cell, ...]:
    """Return the cells of one line in the order of the columns; only who stopped is there without being known."""
    counted = dict(zip((key for key in COLUMN_NAMES if key == "stopped" or not gaps[key]), cells, strict=True))
    return tuple(
        Cell(share=None, gap=gaps[key], name=name) if gaps[key] else replace(counted[key], name=name)
        for key, name in names.items()
    )


def _by_start(people: Sequence[_Compared], spec: InstrumentSpec) -> tuple[int, tuple[ShownGroup, ...]]:
    """Return the outcomes by the time of the first score, the newest first, and how many months a line is about.

    Months become quarters, and quarters half-years, where fewer than half of the lines could be read.
    """
    for months in PERIODS:
        lines = _lines(_groups(people, months, spec), spec)
        if 2 * sum(line.is_readable for line in lines) >= len(lines):
            return months, lines
    return PERIODS[-1], lines


def _groups(people: Sequence[_Compared], months: int, spec: InstrumentSpec) -> list[CountedGroup]:
    """Return the people of each period of so many months, the newest first."""

    def first_month(person: _Compared) -> dt.date:
        on = person.course.first_on
        return on.replace(month=on.month - (on.month - 1) % months, day=1)

    groups = groupby(sorted(people, key=first_month, reverse=True), key=first_month)
    return [_group(_period_name(first, months), list(group), spec) for first, group in groups]


def _period_name(first: dt.date, months: int) -> str:
    """Return a month with its year, or the first and the last month of a longer period."""
    if months == 1:
        return date_format(first, "F Y")
    last = first.replace(month=first.month + months - 1)
    return _("%(first)s to %(last)s") % {"first": date_format(first, "F"), "last": date_format(last, "F Y")}
