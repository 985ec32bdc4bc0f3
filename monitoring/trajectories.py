"""One person's course on one time axis: panels, lanes, and what changed. Reads only; draws nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.engine import Direction, Domain, FindingKind, LevelPoint, Tier

# A missed week is marked in its middle: its first day may lie beside an answer given late for the week before.
MIDDLE_OF_WEEK = dt.timedelta(days=3)
# Two answers are joined by a line only when they are neighbours in the rhythm of their series.
NEIGHBOURS_WITHIN = 1.5


class State(StrEnum):
    """How somebody, or one series, is doing; the order is the order of need."""

    SAFETY = "safety"
    ASKED = "asked"
    WORSE = "worse"
    WATCH = "watch"
    NONE = "none"
    BETTER = "better"
    LEARNING = "learning"
    STEADY = "steady"

    @property
    def rank(self) -> int:
        """Return 0 for the most pressing state."""
        return list(State).index(self)

    @property
    def shape(self) -> str:
        """Return the shape and colour it is drawn with; what is still being learned looks like no data."""
        return State.NONE.value if self is State.LEARNING else self.value

    @property
    def word(self) -> str | Promise:
        """Return its word for staff."""
        return STAFF_WORDS[self]


STAFF_WORDS: dict[State, Promise] = {
    State.SAFETY: _("Safety"),
    State.ASKED: _("Asked for contact"),
    State.WORSE: _("Getting worse"),
    State.WATCH: _("Watch"),
    State.NONE: _("No data"),
    State.BETTER: _("Improving"),
    State.LEARNING: _("Still learning"),
    State.STEADY: _("Steady"),
}

# Never a risk label: the states a patient sees of a single rating.
PATIENT_WORDS: dict[State, Promise] = {
    State.WORSE: _("Worse than usual"),
    State.WATCH: _("Something to keep an eye on"),
    State.NONE: _("No check-in"),
    State.BETTER: _("Better than usual"),
    State.LEARNING: _("Still learning your usual"),
    State.STEADY: _("About the same"),
}


# Which state a stored signal stands for: the first entry that fits decides. An empty set of tiers fits all.
# Kinds that are not here say nothing about how somebody is.
ACUTE_KINDS = (
    FindingKind.DETERIORATION,
    FindingKind.SUDDEN_CHANGE,
    FindingKind.RELIABLE_WORSENING,
    FindingKind.RELAPSE,
    FindingKind.EXTREME_RATING,
)
WATCHED_KINDS = (
    *ACUTE_KINDS,
    FindingKind.SIDE_EFFECT,
    FindingKind.DISCONTINUATION,
    FindingKind.NOT_ON_TRACK,
    FindingKind.PERSISTENTLY_SEVERE,
)
LOUD_TIERS = (Tier.REVIEW, Tier.PRIORITY, Tier.URGENT)
SIGNAL_STATES: tuple[tuple[tuple[FindingKind, ...], tuple[Tier, ...], State], ...] = (
    ((FindingKind.RISK_ANSWER,), (), State.SAFETY),
    (ACUTE_KINDS, LOUD_TIERS, State.WORSE),
    (WATCHED_KINDS, (), State.WATCH),
    ((FindingKind.LOST_CONTACT, FindingKind.MISSED_CHECK_INS), (), State.NONE),
    ((FindingKind.IMPROVEMENT, FindingKind.RESPONSE, FindingKind.REMISSION), (), State.BETTER),
    ((FindingKind.STILL_LEARNING,), (), State.LEARNING),
)


def state_of(kind: str, tier: str) -> State | None:
    """Return the state a stored signal stands for, if any."""
    fits = (state for kinds, tiers, state in SIGNAL_STATES if kind in kinds and (not tiers or tier in tiers))
    return next(fits, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """The stretch of time a page shows, first and last day included."""

    start: dt.date
    end: dt.date

    @property
    def days(self) -> int:
        """Return its length in days, at least one."""
        return max((self.end - self.start).days, 1)

    @property
    def weeks(self) -> int:
        """Return its length in full weeks, at least one."""
        return max(self.days // 7, 1)

    def holds(self, day: dt.date) -> bool:
        """Say whether a day lies within."""
        return self.start <= day <= self.end

    def share(self, day: dt.date) -> float:
        """Return where a day lies, 0 at the start and 1 at the end, cut off at both."""
        return min(max((day - self.start).days / self.days, 0.0), 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer or score, as given."""

    on: dt.date
    value: float
    is_late: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A signal on the day it was decided, with two words."""

    on: dt.date
    value: float
    state: State
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The lowest value of a severity band, with the name of the band."""

    value: float
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """One series on its own scale, in its natural direction."""

    key: str
    name: str
    direction: Direction
    minimum: float
    maximum: float
    answers: tuple[Answer, ...] = ()
    missed_on: tuple[dt.date, ...] = ()
    levels: tuple[LevelPoint, ...] = ()
    marks: tuple[Mark, ...] = ()
    cuts: tuple[Cut, ...] = ()
    state: State | None = None
    level_before: float | None = None

    @property
    def is_instrument(self) -> bool:
        """Say whether this is a questionnaire or measure rather than one of the five ratings."""
        return self.key not in set(Domain)

    @property
    def inner_lines(self) -> list[float]:
        """Return where lines lie between the ends of the scale: at its bands, or in its middle."""
        inside = [cut.value for cut in self.cuts if self.minimum < cut.value < self.maximum]
        return inside or [(self.minimum + self.maximum) / 2]

    @property
    def band_now(self) -> str:
        """Return the severity band of the newest answer, empty where the scale has none."""
        return self.band_of(self.answers[-1].value) if self.answers else ""

    def band_of(self, value: float) -> str:
        """Return the severity band of a value; empty below the first band and where the scale has none."""
        reached = [cut.label for cut in self.cuts if cut.value <= value]
        return reached[-1] if reached else ""

    @property
    def direction_word(self) -> str | Promise:
        """Return which way is better, for the label of the panel."""
        if self.direction is Direction.HIGHER_IS_BETTER:
            return _("↑ higher is better")
        return _("↓ lower is better")

    @property
    def value_now(self) -> float | None:
        """Return the newest level, or the newest answer where no level is estimated."""
        if self.levels:
            return self.levels[-1].level
        return self.answers[-1].value if self.answers else None

    @property
    def runs(self) -> list[list[Answer]]:
        """Return the answers in stretches without a gap."""
        return split_at_gaps(self.answers, self.missed_on)

    @property
    def level_runs(self) -> list[list[LevelPoint]]:
        """Return the levels in the same stretches as the answers."""
        by_day = {point.on: point for point in self.levels}
        runs = [[by_day[answer.on] for answer in run if answer.on in by_day] for run in self.runs]
        return [run for run in runs if run]


def split_at_gaps(answers: Sequence[Answer], missed_on: Sequence[dt.date]) -> list[list[Answer]]:
    """Cut a series wherever a check-in was missed or the pause is longer than its rhythm."""
    if not answers:
        return []
    steps = [(later.on - earlier.on).days for earlier, later in pairwise(answers)]
    longest = NEIGHBOURS_WITHIN * median(steps) if steps else 0
    runs = [[answers[0]]]
    for (earlier, later), step in zip(pairwise(answers), steps, strict=True):
        if step > longest or any(earlier.on < day < later.on for day in missed_on):
            runs.append([])
        runs[-1].append(later)
    return runs


@dataclass(frozen=True, kw_only=True, slots=True)
class Spark:
    """The last weeks of one rating, one value a week; None where there was no answer."""

    values: tuple[float | None, ...]
    usual: tuple[float, float] | None = None
    state: State | None = None
    # The person has stopped answering: the end of the line is not the present.
    is_silent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """Something tried over a stretch of time; `strength` 1 to 3 rises with the dose. Without an end it still runs."""

    start: dt.date
    end: dt.date | None
    label: str
    strength: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A life event."""

    on: dt.date
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """One row beneath the panels."""

    name: str
    bars: tuple[Bar, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Everything that is drawn of one person: panels over lanes, on one time axis."""

    span: Span
    panels: tuple[Panel, ...] = ()
    lanes: tuple[Lane, ...] = ()
    # Days on which a medicine started, changed or stopped: a dotted line through all panels.
    medicine_days: tuple[dt.date, ...] = field(default=())


# ---------- the same numbers as tables ----------


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value of a table, with what belongs to it in smaller words."""

    value: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Numbers of a chart, to be read instead of seen."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def course_tables(course: Course) -> list[Table]:
    """Return everything that is drawn of a course: ratings side by side, each instrument, and what was tried."""
    ratings = [panel for panel in course.panels if not panel.is_instrument]
    instruments = [panel for panel in course.panels if panel.is_instrument]
    tables = [_ratings_table(ratings)] if ratings else []
    tables += [_instrument_table(panel) for panel in instruments]
    return tables + ([_lanes_table(course.lanes)] if course.lanes else [])


def _ratings_table(panels: Sequence[Panel]) -> Table:
    days = {answer.on for panel in panels for answer in panel.answers} | set(panels[0].missed_on)
    rows = [
        (Cell(value=date_format(day, "j M Y")), *(_cell(panel, day) for panel in panels))
        for day in sorted(days, reverse=True)
    ]
    columns = [gettext("Day"), *(f"{panel.name} ({panel.direction_word})" for panel in panels)]
    return Table(caption=gettext("Ratings, 0 to 10"), columns=tuple(columns), rows=tuple(rows))


def _cell(panel: Panel, day: dt.date) -> Cell:
    """Return what a panel shows on a day: the answer with its level, or that there was none."""
    answer = next((answer for answer in panel.answers if answer.on == day), None)
    if answer is None:
        return Cell(value="", detail=gettext("no check-in") if day in panel.missed_on else gettext("skipped"))
    details = [gettext("late")] if answer.is_late else []
    point = next((point for point in panel.levels if point.on == day), None)
    if point is not None:
        details.append(_level_words(point))
    details += [mark.words for mark in panel.marks if mark.on == day]
    return Cell(value=short_number(answer.value), detail=", ".join(details))


def _level_words(point: LevelPoint) -> str:
    words = gettext("level %(level)s (%(low)s to %(high)s)") % {
        "level": short_number(point.level),
        "low": short_number(point.low),
        "high": short_number(point.high),
    }
    if point.usual_low is None or point.usual_high is None:
        return words
    usual = gettext("usual %(low)s to %(high)s") % {
        "low": short_number(point.usual_low),
        "high": short_number(point.usual_high),
    }
    return f"{words}, {usual}"


def _instrument_table(panel: Panel) -> Table:
    rows = [
        (Cell(value=date_format(answer.on, "j M Y")), _cell(panel, answer.on), Cell(value=panel.band_of(answer.value)))
        for answer in reversed(panel.answers)
    ]
    caption = f"{panel.name} ({panel.direction_word})"
    return Table(caption=caption, columns=(gettext("Day"), gettext("Score"), gettext("Band")), rows=tuple(rows))


def _lanes_table(lanes: Sequence[Lane]) -> Table:
    rows = [
        (Cell(value=lane.name), Cell(value=bar.label), Cell(value=_day(bar.start)), Cell(value=_day(bar.end)))
        for lane in lanes
        for bar in lane.bars
    ]
    rows += [
        (Cell(value=lane.name), Cell(value=flag.label), Cell(value=_day(flag.on)), Cell(value=""))
        for lane in lanes
        for flag in lane.flags
    ]
    columns = (gettext("Kind"), gettext("What"), gettext("From"), gettext("To"))
    return Table(caption=gettext("What was tried and what happened"), columns=columns, rows=tuple(rows))


def _day(day: dt.date | None) -> str:
    return date_format(day, "j M Y") if day else gettext("still going on")


def short_number(value: float) -> str:
    """Return a value with one decimal where it has one."""
    return f"{round(value, 1):g}"
