"""Where people stand against their own usual range while nothing was found: one rule for every page that says a state.

The state follows the level, never a single answer, which would turn it with every check-in. An answer outside the range
is named beside the state all the same. It judges nothing: what lasts is found by the engine.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet
from django.utils.translation import gettext

from monitoring import engine
from monitoring.engine import DEFAULT, CheckInRecord, Direction, Domain, History, LevelPoint
from monitoring.engine.detectors.adherence import cadence_days
from monitoring.models import CheckIn, Score
from monitoring.plans import plans
from monitoring.words.formats import short_number
from monitoring.words.states import State
from patients.models import Episode
from patients.queries import ask, compiled

# Of ratings that differ, the one that gives a person's state. A rating that is never answered gives none.
BY_NEED = (State.WATCH, State.BETTER, State.STEADY, State.LEARNING)
# Where nothing was agreed, silence is measured against one week, or the person's own slower rhythm.
AGREED_WEEKS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AgainstUsual:
    """Where a rating of which nothing was found stands: its newest level against the person's own usual range.

    Attributes:
        state: inside = steady, outside = watch or better, no recent answer = none, no range yet = learning.
        level: the newest one, in points; None before the first answer.
        usual: lowest and highest value of the usual range; None while it is learned.
        last_on: the day of the newest answer.
        answer: the newest answer, in points.
        answer_state: where that answer alone lies: inside = steady, outside = watch or better.
    """

    state: State
    level: float | None = None
    usual: tuple[float, float] | None = None
    last_on: dt.date | None = None
    answer: float | None = None
    answer_state: State = State.LEARNING

    @property
    def is_outside(self) -> bool:
        """Say whether there is a level on either side of the usual range to speak of."""
        return self.state in {State.WATCH, State.BETTER}

    @property
    def is_answer_outside(self) -> bool:
        """Say whether the level is inside the usual range and the newest answer is not."""
        return self.state is State.STEADY and self.answer_state in {State.WATCH, State.BETTER}

    @property
    def where(self) -> str:
        """Return on which side of the usual range the level lies, with the range; empty where it is inside."""
        if self.level is None or self.usual is None or not self.is_outside:
            return ""
        words = gettext("above usual %(range)s") if self.level > self.usual[1] else gettext("below usual %(range)s")
        return words % {"range": self.range_words}

    @property
    def answer_words(self) -> str:
        """Return on which side of the usual range the newest answer lies; empty where it is inside with the level."""
        if self.answer is None or self.usual is None or not self.is_answer_outside:
            return ""
        is_above = self.answer > self.usual[1]
        words = (
            gettext("The newest answer, %(answer)s, lies above it.")
            if is_above
            else gettext("The newest answer, %(answer)s, lies below it.")
        )
        return words % {"answer": short_number(self.answer)}

    @property
    def range_words(self) -> str:
        """Return the usual range, empty while it is learned."""
        if self.usual is None:
            return ""
        low, high = self.usual
        return gettext("%(low)s to %(high)s") % {"low": short_number(low), "high": short_number(high)}

    @property
    def numbers(self) -> str:
        """Return level and usual range as a sentence."""
        if self.level is None or self.usual is None:
            return ""
        words = gettext("Level %(level)s, usual range %(range)s.")
        return words % {"level": short_number(self.level), "range": self.range_words}


def is_silent(days: Sequence[dt.date], *, today: dt.date, agreed_weeks: float = AGREED_WEEKS) -> bool:
    """Say whether the last of some days is longer ago than the rhythm lets expect, as for missed check-ins."""
    return not days or today >= silent_on(days, agreed_weeks=agreed_weeks)


def silent_on(days: Sequence[dt.date], *, agreed_weeks: float = AGREED_WEEKS) -> dt.date:
    """Return the first day on which the last of some days, at least one, is longer ago than the rhythm lets expect.

    Source: docs/engine.md#silence, docs/decisions/0024; the same cut as engine.adherence, with or without a plan.
    """
    overdue = DEFAULT.overdue_factor * cadence_days(list(days), agreed_weeks) + DEFAULT.overdue_days
    return days[-1] + dt.timedelta(days=ceil(overdue))


def compare(
    levels: Sequence[LevelPoint], answer: float | None, direction: Direction, *, has_gone_silent: bool
) -> AgainstUsual:
    """Return where a rating stands of which nothing was found.

    Args:
        levels: of the rating, one an answer, oldest first.
        answer: the newest one, in points; None before the first.
        direction: which end is better.
        has_gone_silent: whether the person or this rating has no recent answer.
    """
    if not levels:
        return AgainstUsual(state=State.NONE)
    newest = levels[-1]
    usual = None if newest.usual_low is None or newest.usual_high is None else (newest.usual_low, newest.usual_high)
    return AgainstUsual(
        state=State.NONE if has_gone_silent else side_of(newest.level, usual, direction),
        level=newest.level,
        usual=usual,
        last_on=newest.on,
        answer=answer,
        answer_state=State.LEARNING if answer is None else side_of(answer, usual, direction),
    )


def side_of(value: float, usual: tuple[float, float] | None, direction: Direction) -> State:
    """Return where a level or an answer lies, as exact as it is printed.

    Returns:
        STEADY inside the usual range, BETTER or WATCH outside it, LEARNING while it is not known.
    """
    if usual is None:
        return State.LEARNING
    if round(usual[0], 1) <= round(value, 1) <= round(usual[1], 1):
        return State.STEADY
    is_better = (value > usual[1]) == (direction is Direction.HIGHER_IS_BETTER)
    return State.BETTER if is_better else State.WATCH


@dataclass(kw_only=True, slots=True)
class Given:
    """What one person answered, as far as a state follows from it."""

    time_zone: str = "UTC"
    agreed_weeks: float = AGREED_WEEKS
    check_ins: list[CheckInRecord] = field(default_factory=list)
    score_days: list[dt.date] = field(default_factory=list)

    @property
    def days(self) -> list[dt.date]:
        """Return the days about which anything was answered, oldest first."""
        return sorted({*(row.about_on for row in self.check_ins), *self.score_days})

    def today(self, at: dt.datetime) -> dt.date:
        """Return the day it is for this person."""
        return plans.today_of(self.time_zone, self.days, at=at)

    @property
    def answered_at(self) -> dt.datetime | None:
        """Return when the last check-in came."""
        return max((row.entered_at for row in self.check_ins), default=None)

    def silent_at(self, at: dt.datetime) -> dt.datetime | None:
        """Return when this person falls silent, None who already has, or never answered."""
        if not self.days:
            return None
        day = silent_on(self.days, agreed_weeks=self.agreed_weeks)
        begins = plans.local_instant(day, dt.time(), self.time_zone)
        return begins if begins > at else None

    def is_silent(self, days: Sequence[dt.date], today: dt.date) -> bool:
        """Say whether the last of some days is too long ago for what was agreed with this person."""
        return is_silent(days, today=today, agreed_weeks=self.agreed_weeks)

    def ratings(self, today: dt.date) -> Mapping[Domain, AgainstUsual]:
        """Return where each of the five ratings stands."""
        silent = self.is_silent(self.days, today)
        levels = engine.estimate_levels(History(as_of=today, check_ins=tuple(self.check_ins)))
        return {
            domain: compare(
                levels[domain],
                self._newest(domain),
                domain.direction,
                has_gone_silent=silent or self.is_silent([point.on for point in levels[domain]], today),
            )
            for domain in Domain
        }

    def _newest(self, domain: Domain) -> int | None:
        """Return the newest answer to a rating."""
        answers = (row.ratings.get(domain) for row in reversed(self.check_ins))
        return next((answer for answer in answers if answer is not None), None)

    def state(self, at: dt.datetime, *, found_about: Collection[str] = ()) -> State:
        """Return the state of this person as of a moment, from the ratings that no finding is about."""
        today = self.today(at)
        if self.is_silent(self.days, today):
            return State.NONE
        if not self.check_ins:
            return State.STEADY if len(self.score_days) >= DEFAULT.min_check_ins else State.LEARNING
        return of_ratings(rating for domain, rating in self.ratings(today).items() if domain not in found_about)


def of_ratings(ratings: Iterable[AgainstUsual]) -> State:
    """Return the most pressing state of some ratings."""
    states = {rating.state for rating in ratings}
    return next((state for state in BY_NEED if state in states), State.NONE)


def load(episode_ids: Collection[UUID]) -> dict[UUID, Given]:
    """Return what people answered: three narrow queries in one go, whatever their number."""
    pks = list(episode_ids)
    people, answers, scores = _people.asking(pks), _answers.asking(pks), _score_days.asking(pks)
    ask(people, answers, scores)
    by_episode = {pk: Given(time_zone=zone, agreed_weeks=weeks or AGREED_WEEKS) for pk, zone, weeks in people.rows}
    return _filled(by_episode, answers.rows, scores.rows)


def fill(by_episode: dict[UUID, Given]) -> dict[UUID, Given]:
    """Return people with their check-ins and the days of their scores; their rhythm is set already."""
    answers, scores = _answers.asking(list(by_episode)), _score_days.asking(list(by_episode))
    ask(answers, scores)
    return _filled(by_episode, answers.rows, scores.rows)


def _filled(
    by_episode: dict[UUID, Given], answers: Iterable[tuple[Any, ...]], scores: Iterable[tuple[Any, ...]]
) -> dict[UUID, Given]:
    for pk, on, entered_at, *ratings in answers:
        rated = dict(zip(Domain, ratings, strict=True))
        by_episode[pk].check_ins.append(CheckInRecord(about_on=on, entered_at=entered_at, ratings=rated))
    for pk, days in scores:
        by_episode[pk].score_days = days
    return by_episode


@compiled
def _people(pks: list[UUID]) -> QuerySet[Episode, tuple[Any, ...]]:
    people = Episode.objects.filter(pk__any=pks).order_by()
    return people.values_list("pk", "patient__time_zone", "plan__cadence_weeks")


@compiled
def _answers(pks: list[UUID]) -> QuerySet[CheckIn, tuple[Any, ...]]:
    rows = CheckIn.objects.filter(episode_id__any=pks).order_by("about_on", "submitted_at")
    return rows.values_list("episode_id", "about_on", "submitted_at", *Domain)


@compiled
def _score_days(pks: list[UUID]) -> QuerySet[Score, tuple[Any, ...]]:
    rows = Score.objects.filter(episode_id__any=pks, value__isnull=False).order_by()
    return rows.values_list("episode_id").annotate(days=ArrayAgg("about_on"))
