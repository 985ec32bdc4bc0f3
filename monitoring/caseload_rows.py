"""The rows of one page of the caseload: states and reasons in words, sparklines, last data. Loads only that page.

As many queries for fifty people as for one. Who stands on the page, and in which order, is no matter of this module.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from monitoring import plans, reasons, usual_ranges, wording
from monitoring.engine import DEFAULT, Domain
from monitoring.engine.baseline import usual_range
from monitoring.formats import near_day, short_number
from monitoring.models import Alert, CheckIn, CheckInSlot, Score, Signal
from monitoring.models.alerts import AlertKind
from monitoring.states import State, as_of, no_answer_since, state_of
from monitoring.trajectories import AgainstUsual, Spark
from patients.models import User

SPARK_WEEKS = 12
# What a usual range needs: the weeks it looks back on, and those it leaves out.
USUAL_WEEKS = DEFAULT.usual_window + DEFAULT.usual_held_out
# Newest scores that stand in a row without ratings.
MOST_SCORES = 6
BY_RANK = tuple(State)
WAITING = (State.SAFETY, State.ASKED)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One person on the caseload."""

    episode_id: UUID
    name: str
    age: int | None
    problems: str
    states: tuple[State, ...]
    # The states in words; of somebody who has gone silent with the day they are about.
    chips: tuple[tuple[State, str], ...]
    reason: str
    sparks: tuple[tuple[str, Spark], ...]
    # The newest scores in words, of somebody without ratings.
    scores: str
    last_data: str
    answered: int
    asked: int
    owner: str
    owner_initials: str
    review_at: dt.datetime | None
    open_alerts: int
    has_changed: bool
    was_seen: bool

    @property
    def about(self) -> str:
        """Return age and problems, as far as they are known."""
        return ", ".join(filter(None, ("" if self.age is None else str(self.age), self.problems)))

    @property
    def is_waiting(self) -> bool:
        """Say whether a safety answer or a request for contact waits for somebody."""
        return self.states[0] in WAITING

    @property
    def has_ratings(self) -> bool:
        """Say whether the sparklines have anything to show."""
        return any(value is not None for _name, spark in self.sparks for value in spark.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """The answers of one person in the order of their days, one series a rating."""

    last: dt.datetime | None
    days: Sequence[dt.date]
    ratings: Mapping[Domain, Sequence[int | None]]


NO_ANSWERS = Answers(last=None, days=(), ratings=dict.fromkeys(Domain, ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The scores of one instrument, oldest first."""

    instrument: str
    days: Sequence[dt.date]
    values: Sequence[float]


def load(people: Iterable[Any], at: dt.datetime) -> list[Row]:
    """Return the rows of a page; one query per table, whatever the number of rows."""
    people = list(people)
    pks = [person.pk for person in people]
    signals = _grouped(Signal.objects.filter(assessment_id__in=[person.need__assessment for person in people]))
    alerts = _grouped(Alert.objects.open().filter(episode_id__in=pks).order_by("due_at"))
    answers, weeks = _answers(pks, at), _weeks(pks, at)
    scores = _scores([pk for pk in pks if pk not in answers])
    levels = _levels([one for one in people if _is_of_level(one, signals[one.pk], alerts[one.pk])], at)
    # Translated once, not for every cell.
    names = [str(wording.DOMAIN_NAMES[domain]) for domain in Domain]
    loaded = (
        Loaded(
            signals=signals[pk],
            alerts=alerts[pk],
            answers=answers.get(pk, NO_ANSWERS),
            weeks=weeks.get(pk, (0, 0)),
            scores=scores.get(pk),
            ratings=levels.get(pk, {}),
        )
        for pk in pks
    )
    return [_row(person, one, names, at) for person, one in zip(people, loaded, strict=True)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """What was loaded of one person for a page."""

    signals: Sequence[Signal]
    alerts: Sequence[Alert]
    answers: Answers
    weeks: tuple[int, int]
    scores: Scores | None
    ratings: Mapping[Domain, AgainstUsual]

    @property
    def days(self) -> Sequence[dt.date]:
        """Return the days of what was answered, oldest first."""
        return self.answers.days or (self.scores.days if self.scores else ())


def _is_of_level(person: Any, signals: Sequence[Signal], alerts: Sequence[Alert]) -> bool:
    """Say whether a state comes from where a level stands: no finding and no alert gives it."""
    state = BY_RANK[person.state_rank]
    if state not in {State.WATCH, State.BETTER}:
        return False
    return all(reason.state is not state for reason in reasons.collect(alerts, signals, {}))


def _levels(people: Iterable[Any], at: dt.datetime) -> dict[UUID, Mapping[Domain, AgainstUsual]]:
    """Return where the levels of a few people stand: estimating everybody's would take longer than the page."""
    given = usual_ranges.load([person.pk for person in people])
    return {pk: one.ratings(plans.local_day(at, one.time_zone)) for pk, one in given.items()}


def _scores(pks: Sequence[UUID]) -> dict[UUID, Scores]:
    """Return the newest instrument's scores of people who gave no ratings."""
    rows = Score.objects.filter(episode_id__in=pks, value__isnull=False).order_by()
    in_order = ("about_on", "pk")
    series = rows.values_list("episode_id", "instrument").annotate(
        days=ArrayAgg("about_on", order_by=in_order), given=ArrayAgg("value", order_by=in_order)
    )
    found: dict[UUID, Scores] = {}
    for pk, instrument, days, values in series:
        if pk not in found or days[-1] > found[pk].days[-1]:
            found[pk] = Scores(instrument=instrument, days=days, values=values)
    return found


def _answers(pks: Sequence[UUID], at: dt.datetime) -> dict[UUID, Answers]:
    """Return what people answered lately. The database puts each series into one row: a page has over a thousand."""
    since = at - dt.timedelta(weeks=USUAL_WEEKS)
    rows = CheckIn.objects.filter(episode_id__in=pks, submitted_at__gte=since).order_by().values_list("episode_id")
    in_order = ("about_on", "submitted_at")
    series = {f"{domain}_series": ArrayAgg(domain.value, order_by=in_order) for domain in Domain}
    grouped = rows.annotate(last=Max("submitted_at"), days=ArrayAgg("about_on", order_by=in_order), **series)
    return {
        pk: Answers(last=last, days=days, ratings=dict(zip(Domain, ratings, strict=True)))
        for pk, last, days, *ratings in grouped
    }


def _weeks(pks: Sequence[UUID], at: dt.datetime) -> dict[UUID, tuple[int, int]]:
    """Return of each person how many of the last weeks were answered, and how many could be."""
    recent = CheckInSlot.objects.filter(episode_id__in=pks, closes_at__gte=at - dt.timedelta(weeks=SPARK_WEEKS))
    is_answered = Q(answered_at__isnull=False)
    counted = (
        recent.order_by()
        .values_list("episode_id")
        .annotate(
            answered=Count("pk", filter=is_answered), asked=Count("pk", filter=is_answered | Q(closes_at__lte=at))
        )
    )
    return {pk: (answered, asked) for pk, answered, asked in counted}


def _grouped(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.episode_id].append(row)
    return grouped


def _row(person: Any, loaded: Loaded, names: Sequence[str], at: dt.datetime) -> Row:
    """Return one row from what was loaded for its page."""
    today = plans.local_day(at, person.patient__time_zone)
    answered, asked = loaded.weeks
    found = reasons.collect(loaded.alerts, loaded.signals, loaded.ratings)
    weeks = person.plan__cadence_weeks or usual_ranges.AGREED_WEEKS
    silent = usual_ranges.is_silent(loaded.days, today=today, agreed_weeks=weeks)
    state = BY_RANK[person.state_rank]
    # What nothing was found about is never steady in silence.
    state = State.NONE if silent and not any(reason.state is state for reason in found) else state
    states = _states(state, loaded.alerts)
    last_on = _last_on(person, loaded)
    owner = User(name=person.owner_name, email=person.owner_email) if person.owner_email else None
    return Row(
        episode_id=person.pk,
        name=person.patient__name,
        age=_age(person.patient__birth_date, today),
        problems=person.problems,
        states=states,
        chips=_chips(states, loaded, near_day(last_on, today) if silent and last_on else ""),
        reason=reasons.in_one_line(found) or _quiet_reason(state, loaded, near_day(last_on, today) if last_on else ""),
        sparks=tuple(zip(names, _sparks(loaded.answers, loaded.signals, today), strict=True)),
        scores=_scores_in_words(loaded.scores),
        last_data=_last_data(loaded, near_day(last_on, today) if last_on else ""),
        answered=answered,
        asked=asked,
        owner=str(owner) if owner else "",
        owner_initials=owner.initials if owner else "",
        review_at=person.review_at,
        open_alerts=len(loaded.alerts),
        has_changed=person.has_changed,
        was_seen=person.look__seen_at is not None,
    )


def _chips(states: Sequence[State], loaded: Loaded, last_day: str) -> tuple[tuple[State, str], ...]:
    """Return the states in words; what was found before a silence is told with its day."""
    chips = []
    for state in states:
        word = str(state.word)
        if state is State.BETTER and any(one.state is state for one in loaded.ratings.values()):
            # A level beyond the usual range is not yet a finding that it rises.
            word = _("Better than usual")
        is_dated = last_day and state in {State.WORSE, State.WATCH, State.BETTER}
        chips.append((state, as_of(word, last_day) if is_dated else word))
    return tuple(chips)


def _scores_in_words(scores: Scores | None) -> str:
    """Return the newest scores of one instrument, empty where there are none."""
    if scores is None:
        return ""
    values = " → ".join(short_number(float(value)) for value in scores.values[-MOST_SCORES:])
    return f"{scores.instrument}: {values}"


def _last_on(person: Any, loaded: Loaded) -> dt.date | None:
    """Return the day of the newest answer; an old check-in is known by its time alone."""
    if loaded.answers.last is None and person.need__answered_at is not None:
        return plans.local_day(person.need__answered_at, person.patient__time_zone)
    return loaded.days[-1] if loaded.days else None


def _last_data(loaded: Loaded, last_day: str) -> str:
    """Return the day of the newest check-in, or of the newest score of somebody who has none."""
    if loaded.answers.last is None and loaded.scores is not None:
        return f"{loaded.scores.instrument}, {last_day}"
    return last_day


def _age(birth_date: dt.date | None, today: dt.date) -> int | None:
    if birth_date is None:
        return None
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _states(state: State, alerts: Sequence[Alert]) -> tuple[State, ...]:
    """Return the state, and beside it a request for contact: two marks, never merged."""
    has_asked = any(alert.kind == AlertKind.CONTACT_WISH for alert in alerts)
    return (state, State.ASKED) if has_asked and state is not State.ASKED else (state,)


def _quiet_reason(state: State, loaded: Loaded, last_day: str) -> str:
    """Return what to say of somebody nothing was found about."""
    if not last_day:
        return _("No check-in yet")
    if state is State.NONE:
        return no_answer_since(last_day)
    if state is State.LEARNING:
        return _("No usual range yet")
    if state is not State.STEADY:
        return ""
    return _("Inside the usual range") if loaded.answers.days else _("No lasting change in the scores")


# ---------- sparklines ----------


def _sparks(answers: Answers, signals: Sequence[Signal], today: dt.date) -> list[Spark]:
    """Return the five sparklines."""
    last_week = plans.monday_of(today)
    first = last_week - dt.timedelta(weeks=SPARK_WEEKS)
    by_week = {plans.monday_of(day): index for index, day in enumerate(answers.days) if day >= first}
    # This week's check-in may still come: the line ends last week until it does.
    start = first + dt.timedelta(weeks=1) if last_week in by_week else first
    weeks = [by_week.get(start + dt.timedelta(weeks=week)) for week in range(SPARK_WEEKS)]
    states = [(s.domain, state) for s in signals if s.domain and (state := state_of(s.kind, s.tier)) is not None]
    return [_spark(answers.ratings[domain], weeks, _worst(domain, states)) for domain in Domain]


def _worst(domain: Domain, states: Iterable[tuple[str, State]]) -> State | None:
    """Return the most pressing state that was found of a rating."""
    return min((state for name, state in states if name == domain), key=lambda state: state.rank, default=None)


def _spark(given: Sequence[int | None], weeks: Sequence[int | None], state: State | None) -> Spark:
    usual = usual_range(np.array([value for value in given if value is not None], dtype=float), 1.0, DEFAULT)
    return Spark(
        values=tuple(given[index] if index is not None else None for index in weeks),
        usual=(max(usual[0], 0.0), min(usual[1], 10.0)) if usual else None,
        state=state,
        is_silent=weeks[-1] is None,
    )
