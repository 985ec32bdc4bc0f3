"""One person's course on one time axis: panels, lanes, and what changed. Reads only; draws nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring.engine import Direction, FindingKind, LevelPoint, Tier

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
        return max(round(self.days / 7), 1)

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
    def band_now(self) -> str:
        """Return the severity band of the newest answer, empty where the scale has none."""
        last = self.answers[-1].value if self.answers else None
        reached = [cut.label for cut in self.cuts if last is not None and cut.value <= last]
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
