"""One person's course on one time axis: panels, lanes, and what changed. Reads only; draws nothing."""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from statistics import median
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.attention.usual_ranges import AgainstUsual
from monitoring.engine import Direction, Domain, LevelPoint
from monitoring.words.formats import change_words, day_words, short_number
from monitoring.words.states import PATIENT_WORDS, State, as_of, no_answer_since
from patients.people.identities import isolated

# A missed week is marked in its middle: its first day may lie beside an answer given late for the week before.
MIDDLE_OF_WEEK = dt.timedelta(days=3)
# Two answers are joined by a line only when they are neighbours in the rhythm of their series.
NEIGHBOURS_WITHIN = 1.5
# Begins the key of a panel of a patient's own question.
OWN = "own:"
# Stands in the key of a panel between an instrument and a version that is not its newest.
EARLIER_FORM = " v"


# First and last day of a stretch of time; and the two stretches that a sentence compares, before and since.
Stretch = tuple[dt.date, dt.date]
Weeks = tuple[Stretch, Stretch]

DIRECTION_WORDS: dict[Direction, Promise] = {
    Direction.HIGHER_IS_BETTER: _("↑ higher is better"),
    Direction.HIGHER_IS_WORSE: _("↓ lower is better"),
    Direction.NEUTRAL: _("no better direction"),
}


# What a patient reads where the newest answer says otherwise than the state.
ANSWER_APART: dict[tuple[State | None, State | None], Promise] = {
    (State.STEADY, State.WATCH): _("Worse than usual in the newest answer"),
    (State.STEADY, State.BETTER): _("Better than usual in the newest answer"),
    (State.BETTER, State.STEADY): _("Better than usual, but not in the newest answer"),
    (State.BETTER, State.WATCH): _("Better than usual, but not in the newest answer"),
    (State.WORSE, State.STEADY): _("Worse than usual, but not in the newest answer"),
    (State.WORSE, State.BETTER): _("Worse than usual, but not in the newest answer"),
}


@dataclass(frozen=True, kw_only=True)
class Span:
    """The stretch of time a page shows, first and last day included."""

    start: dt.date
    end: dt.date
    # Room at either end; it belongs to no day that is shown.
    margin: dt.timedelta = dt.timedelta(0)

    @cached_property
    def days(self) -> int:
        """Return its length in days with the room at both ends, at least one."""
        return max((self.end - self.start).days, 1)

    @property
    def weeks(self) -> int:
        """Return its length in full weeks without that room, at least one."""
        return max((self.end - self.start - 2 * self.margin).days // 7, 1)

    def holds(self, day: dt.date) -> bool:
        """Say whether a day lies within."""
        return self.start <= day <= self.end

    def place(self, day: dt.date) -> "Place":
        """Return where a day lies and what it is called. A page asks for the same days in every panel."""
        place = self._places.get(day)
        if place is None:
            share = min(max((day - self.start).days / self.days, 0.0), 1.0)
            words = day_words(day, "j M")
            place = Place(share=share, percent=f"{share * 100:.2f}%", permille=f"{share * 1000:.1f}", words=words)
            self._places[day] = place
        return place

    def share(self, day: dt.date) -> float:
        """Return where a day lies, 0 at the start and 1 at the end, cut off at both."""
        return self.place(day).share

    @cached_property
    def _places(self) -> "dict[dt.date, Place]":
        return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a day lies within a span: a share, the same as lengths of a drawing, and the day without its year."""

    share: float
    percent: str
    permille: str
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer or score, as given."""

    on: dt.date
    value: float
    is_late: bool = False
    # The check-in it was given in, where one may look into it.
    check_in_id: UUID | None = None
    # Where it did not come online by the patient's hand: by phone, or on paper, with whom.
    how: str = ""
    # What a total that was filled in from the other answers could be; empty where nothing was missing.
    possible: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A signal on the answer with which it began, with two words."""

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
class FormChange:
    """The day from which an instrument was given on another form: two scales, so nothing is compared across it."""

    on: dt.date
    words: str


class Reached(StrEnum):
    """What became of an agreement; before its day it may still be met."""

    MET = "met"
    WAITING = "waiting"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What was agreed to get better: from the day of the agreement to the day it names, in words and as a value.

    Attributes:
        key: of the panel it is about.
        value: where the series should be; None where there was nothing to compare with.
        what: what was tried for it, and whether that still goes on.
    """

    key: str
    from_on: dt.date
    by_on: dt.date
    reached: Reached
    words: str
    what: str
    is_running: bool
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
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
    # Answers that a correction has replaced: kept, and drawn as small rings.
    replaced: tuple[Answer, ...] = ()
    # The level on the day of the last review, where the page compares with it.
    level_at_review: float | None = None
    # The newest level and answer of all with its day, where the span that is shown ends before them.
    newest_level: float | None = None
    newest_answer: float | None = None
    newest_on: dt.date | None = None
    targets: tuple[Target, ...] = ()
    # The day of the newest answer in words, with its year where that is long ago.
    newest_day: str = ""
    # Where a rating stands of which nothing was found; None where a finding speaks, and for all other series.
    against: AgainstUsual | None = None
    # Where the newest answer alone lies: steady, better or watch; learning or None where that is not known.
    answer_state: State | None = None
    # No answer for longer than its rhythm lets expect: an old finding must not be read as the present state.
    is_silent: bool = False
    # Code of the instrument, whatever its form; empty for ratings and own questions.
    instrument: str = ""
    # Where the form before ends, or the next one begins.
    form_changes: tuple[FormChange, ...] = ()

    @property
    def state_word(self) -> str:
        """Return the word of its state for staff; of a silent series with the day that it is about."""
        if self.state is None:
            return ""
        if self.against is not None and self.state is State.BETTER:
            # A level beyond the usual range is not yet a finding that it rises.
            return gettext("Better than usual")
        if self.against is not None and self.against.is_answer_outside:
            return gettext("Stable, but not the newest answer")
        return self._dated(self.state.word)

    @property
    def patient_word(self) -> str:
        """Return the word of its state for the patient; never a risk label, never against the newest answer."""
        if self.state is None:
            return ""
        if self.is_answer_apart:
            return str(ANSWER_APART[self.state, self.answer_state])
        return self._dated(PATIENT_WORDS.get(self.state, gettext("About the same")))

    @property
    def is_answer_apart(self) -> bool:
        """Say whether the newest answer says otherwise than the state, which follows more than one answer."""
        return (self.state, self.answer_state) in ANSWER_APART

    def _dated(self, word: str | Promise) -> str:
        if not self.newest_day or not self.is_silent:
            return str(word)
        return no_answer_since(self.newest_day) if self.state is State.NONE else as_of(word, self.newest_day)

    @property
    def is_instrument(self) -> bool:
        """Say whether this is a questionnaire or measure rather than a rating of 0 to 10."""
        return self.key not in set(Domain) and not self.is_own

    @property
    def is_earlier_form(self) -> bool:
        """Say whether a newer form of the same instrument has a panel of its own."""
        return bool(self.instrument) and self.key != self.instrument

    @property
    def is_own(self) -> bool:
        """Say whether this is a question in the patient's own words."""
        return self.key.startswith(OWN)

    @property
    def inner_lines(self) -> list[float]:
        """Return where lines lie between the ends of the scale: at its bands, or in its middle."""
        inside = [cut.value for cut in self.cuts if self.minimum < cut.value < self.maximum]
        return inside or [(self.minimum + self.maximum) / 2]

    @property
    def band_now(self) -> str:
        """Return the severity band of the newest answer, empty where the scale has none."""
        newest = self.newest_answer
        if newest is None and self.answers:
            newest = self.answers[-1].value
        return "" if newest is None else self.band_of(newest)

    def band_of(self, value: float) -> str:
        """Return the severity band of a value as it is printed; empty below the first and where there is none."""
        reached = [cut.label for cut in self.cuts if cut.value <= round(value, 1)]
        return reached[-1] if reached else ""

    @property
    def direction_word(self) -> str | Promise:
        """Return which way is better, for the label of the panel."""
        return DIRECTION_WORDS[self.direction]

    @property
    def value_now(self) -> float | None:
        """Return the newest level, or the newest answer where no level is estimated."""
        if self.newest_level is not None:
            return self.newest_level
        if self.levels:
            return self.levels[-1].level
        return self.answers[-1].value if self.answers else None

    @property
    def number_now(self) -> float | None:
        """Return the number that stands for the present: the newest score of a questionnaire, else the level."""
        if not self.is_instrument:
            return self.value_now
        if self.newest_answer is not None:
            return self.newest_answer
        return self.answers[-1].value if self.answers else None

    @property
    def number_label(self) -> str:
        """Return what that number is: the day of a score, or that it is the level."""
        return self.newest_day if self.is_instrument else gettext("level")

    @property
    def since_review(self) -> str:
        """Return how the level moved since the last review, empty where there is nothing to compare."""
        if self.level_at_review is None or self.value_now is None:
            return ""
        return change_words(self.value_now - self.level_at_review, self.direction)

    def answer_words(self, answer: Answer) -> str:
        """Say an answer, for a tooltip; its day stands over all panels."""
        words = [self._value_words[answer.value], gettext("entered late") if answer.is_late else "", answer.how]
        return ", ".join(filter(None, words))

    @cached_property
    def _value_words(self) -> dict[float, str]:
        # Two years of answers have eleven values: each is put into words once.
        return {value: short_number(value) for value in {answer.value for answer in self.answers}}

    @cached_property
    def runs(self) -> list[list[Answer]]:
        """Return the answers in stretches without a gap."""
        return split_at_gaps(self.answers, self.missed_on)

    @cached_property
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
    missed = sorted(missed_on)
    runs = [[answers[0]]]
    for (earlier, later), step in zip(pairwise(answers), steps, strict=True):
        if step > longest or bisect_right(missed, earlier.on) < bisect_left(missed, later.on):
            runs.append([])
        runs[-1].append(later)
    return runs


@dataclass(frozen=True, kw_only=True, slots=True)
class Spark:
    """The last weeks of one rating, one value a week; None where there was no answer."""

    values: tuple[float | None, ...]
    usual: tuple[float, float] | None = None
    state: State | None = None
    # The last check-in that was asked for is missing: the end of the line is not the present.
    is_silent: bool = False
    # Weeks between two check-ins; answers further apart than neighbours are not joined.
    rhythm: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """Something tried over a stretch of time; `strength` 1 to 3 rises with the dose. Without an end it still runs."""

    start: dt.date
    end: dt.date | None
    label: str
    strength: int = 1
    # Left out of the label where a longer bar of the row says it.
    name: str = ""

    @property
    def words(self) -> str:
        """Return what it is in whole."""
        return self.label if self.label.startswith(self.name) else f"{isolated(self.name)} {self.label}".strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A life event."""

    on: dt.date
    label: str


class Look(StrEnum):
    """How a small mark of a lane is drawn; states keep their own shapes."""

    SESSION = "session"
    SESSION_MISSED = "session-missed"
    MILD = "mild"
    STRONG = "strong"
    SAFETY = State.SAFETY.value
    ASKED = State.ASKED.value
    WORSE = State.WORSE.value
    WATCH = State.WATCH.value
    NONE = State.NONE.value


@dataclass(frozen=True, kw_only=True, slots=True)
class StripMark:
    """One small mark of a strip, with what it says in words."""

    on: dt.date
    look: Look
    words: str
    # What was answered, closed or settled since: drawn as an outline.
    is_over: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """Small marks of one thing in one row: the sessions of a therapy, the weeks of a side effect."""

    label: str
    spots: tuple[StripMark, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """One row beneath the panels, or several where its things overlap."""

    name: str
    key: str = ""
    bars: tuple[Bar, ...] = ()
    flags: tuple[Flag, ...] = ()
    strips: tuple[Strip, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Zero:
    """A day from which weeks are counted, by a code for addresses and a name for people."""

    code: str
    name: str
    on: dt.date | None


CALENDAR = Zero(code="", name="", on=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class PicturePart:
    """A panel or lane that can be left out of the picture."""

    key: str
    name: str
    is_shown: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Everything that is drawn of one person: panels over lanes, on one time axis."""

    span: Span
    panels: tuple[Panel, ...] = ()
    lanes: tuple[Lane, ...] = ()
    # Days on which a medicine started, changed or stopped: a dotted line through all panels.
    medicine_days: tuple[dt.date, ...] = field(default=())
    zero: Zero = CALENDAR
    # The last review, where the page compares with it: a line through all panels.
    review_on: dt.date | None = None
    # Everything there is, shown or not.
    parts: tuple[PicturePart, ...] = ()
    zeros: tuple[Zero, ...] = ()
    # What was agreed to get better, whether its panel is shown or not.
    targets: tuple[Target, ...] = ()
    # Whether a dot leads to its check-in.
    has_links: bool = False
    # Weeks before the chosen period that are shown because a sentence compares with them.
    weeks_added: int = 0

    @property
    def weeks_chosen(self) -> int:
        """Return the length of the period that was asked for, in weeks."""
        return self.span.weeks - self.weeks_added

    @property
    def drawn_looks(self) -> frozenset[str]:
        """Return the small marks that the lanes draw, by name: looks, `flag`, and `over` for an outline."""
        spots = [spot for lane in self.lanes for strip in lane.strips for spot in strip.spots]
        has_flag = any(self.span.holds(flag.on) for lane in self.lanes for flag in lane.flags)
        named = {spot.look.value for spot in spots} | ({"flag"} if has_flag else set())
        return frozenset(named | ({"over"} if any(spot.is_over for spot in spots) else set()))

    @property
    def drawn_states(self) -> tuple[State, ...]:
        """Return the states whose shapes are drawn, in panels or lanes, the most pressing first."""
        marked = {mark.state for panel in self.panels for mark in panel.marks}
        return tuple(state for state in State if state in marked or state.value in self.drawn_looks)

    def way_into(self, answer: Answer) -> str:
        """Return the address of an answer's check-in, relative to the page; nothing where none may be looked into."""
        return f"checkins/{answer.check_in_id}/" if self.has_links and answer.check_in_id else ""

    def day_words(self, day: dt.date, form: str = "j M Y") -> str:
        """Return a day, with its week where weeks are counted."""
        return ", ".join(filter(None, [day_words(day, form), self.week_words(day)]))

    def week_words(self, day: dt.date) -> str:
        """Return the week of a day as counted from time zero, empty where nothing is counted."""
        if self.zero.on is None:
            return ""
        return gettext("week %(number)s") % {"number": str((day - self.zero.on).days // 7).replace("-", "\u2212")}
