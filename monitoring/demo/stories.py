"""How an invented person's year is written down: a usual level, what turned it, what was tried, what was said.

All times count back from today in weeks, so that the demo clinic always ends in the present week.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from monitoring.demo.happenings import Happening
from monitoring.engine.records import Domain
from monitoring.models.check_ins import ContactWish, DosesTaken, WhyMissed
from patients.care.treatments import Dose
from patients.models.care import InterventionKind

# Sleep, mood, energy, pain, function: points of 0 to 10 in their natural direction (pain: lower is better).
Ratings = tuple[float, float, float, float, float]

EVERY_FOUR_WEEKS = 4
MOOD_AND_WORRY: Mapping[str, int] = {"PHQ-9": EVERY_FOUR_WEEKS, "GAD-7": EVERY_FOUR_WEEKS}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A lasting shift of the level, full after `over_weeks`."""

    weeks_ago: float
    shift: Ratings
    over_weeks: float = 1


class Move(StrEnum):
    """What happens to something that is tried."""

    START = "start"
    CHANGE = "change"
    STOP = "stop"


@dataclass(frozen=True, kw_only=True)
class TreatmentStep:
    """One start, change or stop of something tried."""

    weeks_ago: float
    move: Move
    name: str
    kind: InterventionKind = InterventionKind.OTHER
    dose: Dose | None = None
    reason: str = ""


class Account(StrEnum):
    """How far somebody has come with an account."""

    OPENED = "opened"
    INVITED = "invited"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class StoryExtras:
    """What someone wrote, asked or ticked in one check-in, over what the level alone would give.

    Attributes:
        symptoms: symptom -> severity, frequency, interference, 0 to 3; all others on the list were not felt.
        other_symptom: what stands on no list, in the person's words.
        doses: medicine -> how it was taken and why not; all others were taken.
        is_short: whether it was a bad day: three questions and no more.
    """

    note: str = ""
    is_shared: bool = True
    wish: ContactWish = ContactWish.JUST_RECORD
    self_harm: int = 0
    ratings: tuple[int, int, int, int, int] | None = None
    own_rating: int | None = None
    symptoms: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    other_symptom: str = ""
    doses: Mapping[str, tuple[DosesTaken, WhyMissed | None]] = field(default_factory=dict)
    is_short: bool = False


@dataclass(frozen=True, kw_only=True)
class Story:
    """One invented person. Weeks of check-ins are numbered backwards: 0 is the newest that has opened.

    Attributes:
        key: local part of the address.
        weeks: how many weekly check-ins there were so far.
        due_days_ago: how long ago the newest check-in opened; decides the weekday.
        answers_after: days between opening and answering.
        hour: when the check-ins are given, None for any time of the day.
        level: where the ratings start.
        skips: share of weeks without an answer.
        silent: week numbers without an answer.
        extras: week number -> what was special.
        team: keys of the staff, the responsible clinician first.
        ended_weeks_ago: when the episode ended, None while it goes on.
        zone, language: of the person.
        number: in the clinic's other system.
        account: how far somebody has come with it.
        cadence_weeks: between check-ins.
        late: week number -> days after the usual one on which it was entered.
        asked_weeks: for how many weeks medicines and side effects have been asked about.
        own_follows: the rating that answers to the own question follow.
        happenings: what else happened.
        is_left_alone: whether nobody has looked at the person or gone through the alerts.
        comes_first: whether the person belongs to the first part of the demo.
    """

    key: str
    name: str
    born_on: date
    problems: str
    goal: str = ""
    weeks: int = 52
    due_days_ago: int = 1
    answers_after: int = 0
    hour: int | None = None
    level: Ratings
    turns: tuple[Turn, ...] = ()
    steps: tuple[TreatmentStep, ...] = ()
    events: Mapping[float, str] = field(default_factory=dict)
    extras: Mapping[int, StoryExtras] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()
    skips: float = 0.06
    instruments: Mapping[str, int] = field(default_factory=lambda: dict(MOOD_AND_WORRY))
    team: tuple[str, ...] = ("rao",)
    ended_weeks_ago: float | None = None
    zone: str = "Europe/London"
    language: str = "en"
    number: str = ""
    account: Account = Account.OPENED
    cadence_weeks: int = 1
    late: Mapping[int, int] = field(default_factory=dict)
    asked_weeks: int = 6
    own_follows: Domain = Domain.FUNCTION
    happenings: tuple[Happening, ...] = ()
    is_left_alone: bool = False
    comes_first: bool = False

    def answered_weeks_ago(self, week: int) -> float:
        """Return how long ago a week was answered."""
        return week + (self.due_days_ago - self.answers_after) / 7


def start(
    weeks_ago: float, kind: InterventionKind, name: str, *, mg: float | None = None, label: str = ""
) -> TreatmentStep:
    """Return the start of something tried."""
    return TreatmentStep(weeks_ago=weeks_ago, move=Move.START, kind=kind, name=name, dose=_dose(mg, label))


def change(weeks_ago: float, name: str, *, mg: float | None = None, label: str = "") -> TreatmentStep:
    """Return a new dose or frequency of what was started before."""
    return TreatmentStep(weeks_ago=weeks_ago, move=Move.CHANGE, name=name, dose=_dose(mg, label))


def stop(weeks_ago: float, name: str, reason: str) -> TreatmentStep:
    """Return the end of what was started before."""
    return TreatmentStep(weeks_ago=weeks_ago, move=Move.STOP, name=name, reason=reason)


def _dose(mg: float | None, label: str) -> Dose | None:
    """Return milligrams a day as a number, other doses as words."""
    if mg is not None:
        return Dose(label=f"{mg:g} mg", amount=Decimal(str(mg)), unit="mg")
    return Dose(label=label) if label else None
