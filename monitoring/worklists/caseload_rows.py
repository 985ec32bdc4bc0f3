"""The rows of one page of the caseload: states and reasons in words, sparklines, last data. Loads only that page.

As many queries for fifty people as for one. Who stands on the page, and in which order, is no matter of this module.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, FilteredRelation, Func, JSONField, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.attention import usual_ranges
from monitoring.attention.usual_ranges import AgainstUsual
from monitoring.course.pictures import Spark
from monitoring.engine import DEFAULT, Domain
from monitoring.engine.detectors.levels import usual_range
from monitoring.models import Alert, CheckIn, CheckInSlot, Score, Signal
from monitoring.models.alerts import PRESSING_FIRST, AlertKind
from monitoring.plans import plans
from monitoring.words import wording
from monitoring.words.formats import near_day, short_number
from monitoring.words.states import State, as_of, no_answer_since, state_of
from monitoring.worklists import reasons
from patients.clinics import hours
from patients.models import Clinic, Episode, User
from patients.people import identities, languages
from patients.queries import ask, compiled

A_WEEK = dt.timedelta(weeks=1)
SPARK_WEEKS = 12
# What a usual range needs: the check-ins it looks back on, and those it leaves out.
USUAL_CHECK_INS = DEFAULT.usual_window + DEFAULT.usual_held_out
# Newest scores that stand in a row without ratings.
MOST_SCORES = 6
# What is read of everyone on a page, with the one responsible clinician and the one review to come.
DETAILS = (
    "pk",
    "problems",
    "patient__name",
    "patient__birth_date",
    "patient__external_id",
    "patient__time_zone",
    "clinic__time_zone",
    "plan__cadence_weeks",
    "owner__user__name",
    "owner__user__email",
    "coming__planned_at",
    "need__answered_at",
    "need__silent_at",
    "look__seen_at",
)
BY_RANK = tuple(State)
WAITING = (State.SAFETY, State.ASKED)


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of the list: by what the list is sorted, and the assessment that the state is from."""

    episode_id: UUID
    state_rank: int
    has_changed: bool
    assessment_id: UUID | None

    @property
    def state(self) -> State:
        """Return the most pressing state."""
        return BY_RANK[self.state_rank]


@dataclass(frozen=True, kw_only=True)
class CaseloadRow:
    """One person on the caseload."""

    episode_id: UUID
    name: str
    # What tells someone from another of the same name.
    identity: str
    age: int | None
    problems: str
    states: tuple[State, ...]
    # The states in words; of someone who has gone silent with the day they are about.
    chips: tuple[tuple[State, str], ...]
    reason: str
    sparks: tuple[tuple[str, Spark], ...]
    # The newest scores in words, of someone without ratings.
    scores: str
    last_data: str
    answered: int
    asked_weeks: int
    owner: str
    owner_initials: str
    # When the next review is, on the clinic's clock with its place; empty without one.
    review: str
    # Its time has passed, and nobody said whether it was held.
    is_review_open: bool
    open_alerts: int
    # An open alert is overdue and nobody's.
    is_overdue: bool
    has_changed: bool
    was_seen: bool

    @property
    def about(self) -> str:
        """Return age and problems, as far as they are known."""
        return ", ".join(filter(None, ("" if self.age is None else str(self.age), self.problems)))

    @property
    def is_waiting(self) -> bool:
        """Say whether a safety answer, a request for contact or an alert that is overdue waits for somebody."""
        return self.states[0] in WAITING or self.is_overdue

    @property
    def has_ratings(self) -> bool:
        """Say whether the sparklines have anything to show."""
        return any(value is not None for _name, spark in self.sparks for value in spark.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerSeries:
    """The answers of one person that count, in the order of their days, one series a rating.

    Attributes:
        days: which each is about.
        weeks: the Monday of the week that each was asked for.
        ratings: the answers.
    """

    days: Sequence[dt.date]
    weeks: Sequence[dt.date]
    ratings: Mapping[Domain, Sequence[int | None]]


NO_ANSWERS = AnswerSeries(days=(), weeks=(), ratings=dict.fromkeys(Domain, ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The scores of one instrument, oldest first."""

    instrument: str
    days: Sequence[dt.date]
    values: Sequence[float]


def load(people: Sequence[Listed], user: User, at: dt.datetime) -> list[CaseloadRow]:
    """Return the rows of a page for who looks at it; one query per table, whatever the number of rows."""
    pks, since = [person.episode_id for person in people], at - dt.timedelta(weeks=SPARK_WEEKS)
    signal_rows, opened, weeks_of = (
        _signals.asking(_assessments(people)),
        _alerts.asking(pks),
        _weeks.asking(pks, since, since - A_WEEK, at),
    )
    about = _details.asking(pks, user.pk)
    ask(signal_rows, opened, about, weeks_of)
    signals, alerts = _grouped(signal_rows.rows), _grouped(opened.rows)
    details = {row.pk: row for row in about.rows}
    weeks = {pk: (answered, asked_weeks) for pk, _slots, answered, asked_weeks in weeks_of.rows}
    drawn = (zip(*json.loads(slots), strict=True) for _pk, slots, *_counts in weeks_of.rows)
    mondays = {slot: dt.date.fromisoformat(week_of) for slots in drawn for slot, week_of in slots}
    # A usual range needs so many answers. Someone who is asked seldom gives them over a longer time.
    slowest = max(map(_rhythm, details.values()), default=usual_ranges.AGREED_WEEKS)
    answers = _answers(pks, at - A_WEEK * USUAL_CHECK_INS * slowest, mondays)
    scores = _scores([pk for pk in pks if pk not in answers])
    of_level = [person.episode_id for person in people if _is_of_level(person, signals, alerts)]
    levels = _levels([details[pk] for pk in of_level], at)
    # Translated once, not for every cell.
    names = [str(wording.DOMAIN_NAMES[domain]) for domain in Domain]
    loaded = (
        Loaded(
            listed=listed,
            about=details[listed.episode_id],
            signals=signals[listed.episode_id],
            alerts=alerts[listed.episode_id],
            answers=answers.get(listed.episode_id, NO_ANSWERS),
            weeks=weeks.get(listed.episode_id, (0, 0)),
            scores=scores.get(listed.episode_id),
            ratings=levels.get(listed.episode_id, {}),
        )
        for listed in people
    )
    return [_row(loaded_person, names, at) for loaded_person in loaded]


@compiled
def _signals(assessment_ids: list[UUID]) -> QuerySet[Signal]:
    return Signal.objects.filter(assessment_id__any=assessment_ids)


def _assessments(people: Sequence[Listed]) -> list[UUID]:
    return [person.assessment_id for person in people if person.assessment_id is not None]


@compiled
def _alerts(pks: list[UUID]) -> QuerySet[Alert]:
    told = (
        Alert.objects.open().filter(episode_id__any=pks).only("episode", "kind", "tier", "owner", "raised_at", "due_at")
    )
    return told.order_by(*PRESSING_FIRST)


@compiled
def _details(pks: list[UUID], user_id: UUID) -> QuerySet[Episode, Any]:
    """Name, plan, owner and next review of the people of a page, and when someone last looked at them."""
    look = Q(sightings__user_id=user_id)
    owner = Q(care_team__is_responsible=True, care_team__left_at__isnull=True)
    rows = Episode.objects.filter(pk__any=pks).order_by()
    rows = rows.annotate(owner=FilteredRelation("care_team", condition=owner))
    is_open = Q(reviews__held_at__isnull=True, reviews__missed_at__isnull=True)
    rows = rows.annotate(coming=FilteredRelation("reviews", condition=is_open))
    return rows.annotate(look=FilteredRelation("sightings", condition=look)).values_list(*DETAILS, named=True)


def _rhythm(about: Any) -> float:
    """Return how many weeks lie between two check-ins of someone."""
    return about.plan__cadence_weeks or usual_ranges.AGREED_WEEKS


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """What was loaded of one person for a page."""

    listed: Listed
    about: Any
    signals: Sequence[Signal]
    alerts: Sequence[Alert]
    answers: AnswerSeries
    weeks: tuple[int, int]
    scores: Scores | None
    ratings: Mapping[Domain, AgainstUsual]

    @property
    def days(self) -> Sequence[dt.date]:
        """Return the days of what was answered, oldest first."""
        return self.answers.days or (self.scores.days if self.scores else ())


def _is_of_level(
    person: Listed, signals: Mapping[UUID, Sequence[Signal]], alerts: Mapping[UUID, Sequence[Alert]]
) -> bool:
    """Say whether a state comes from where a level stands: no finding and no alert gives it."""
    if person.state not in {State.WATCH, State.BETTER}:
        return False
    found_reasons = reasons.collect(alerts[person.episode_id], signals[person.episode_id], {})
    return all(reason.state is not person.state for reason in found_reasons)


def _levels(people: Sequence[Any], at: dt.datetime) -> dict[UUID, Mapping[Domain, AgainstUsual]]:
    """Return where the levels of a few people stand: estimating everyone's would take longer than the page."""
    if not people:
        return {}
    answers_of = {
        person.pk: usual_ranges.Given(time_zone=person.patient__time_zone, agreed_weeks=_rhythm(person))
        for person in people
    }
    return {pk: answers.ratings(answers.today(at)) for pk, answers in usual_ranges.fill(answers_of).items()}


def _scores(pks: list[UUID]) -> dict[UUID, Scores]:
    """Return the newest form's scores of people who gave no ratings."""
    newest: dict[UUID, Scores] = {}
    for pk, instrument, _version, days, values in _score_rows(pks) if pks else ():
        if pk not in newest or days[-1] > newest[pk].days[-1]:
            newest[pk] = Scores(instrument=instrument, days=days, values=values)
    return newest


@compiled
def _score_rows(pks: list[UUID]) -> QuerySet[Score, tuple[Any, ...]]:
    in_order = ("about_on", "pk")
    rows = Score.objects.filter(episode_id__any=pks, value__isnull=False).order_by()
    # Another version is another scale: its numbers never stand in one row with these.
    return rows.values_list("episode_id", "instrument", "instrument_version").annotate(
        days=ArrayAgg("about_on", order_by=in_order), values=ArrayAgg("value", order_by=in_order)
    )


def _answers(pks: list[UUID], since: dt.datetime, mondays: Mapping[str, dt.date]) -> dict[UUID, AnswerSeries]:
    """Return what people answered lately.

    Args:
        pks: of the episodes.
        since: what came before is left out.
        mondays: of the weeks that are drawn: id of the slot, as the database writes it -> the Monday of its week.
    """
    return {pk: _series(json.loads(answers), mondays) for pk, answers in _answer_rows(pks, since)}


def _series(answers: Sequence[Sequence[Any]], mondays: Mapping[str, dt.date]) -> AnswerSeries:
    """Return the answers that count of what was stored; of what no drawn week asked for, the week is the day's."""
    on, entered_at, *columns = answers
    entries = [*zip(map(dt.date.fromisoformat, on), map(dt.datetime.fromisoformat, entered_at), strict=True)]
    places = engine.counted(entries)
    days = [entries[place][0] for place in places]
    if len(places) < len(entries):
        columns = [[column[place] for place in places] for column in columns]
    slots, *ratings = columns
    return AnswerSeries(
        days=days,
        weeks=[mondays.get(slot) or plans.monday_of(day) for slot, day in zip(slots, days, strict=True)],
        ratings=dict(zip(Domain, ratings, strict=True)),
    )


def _text(*columns: str, order_by: Sequence[str] = ()) -> Cast:
    """Return an expression that puts rows into one text, to be read as JSON: a list for each column.

    A page has over a thousand rows: the driver reads arrays element by element, and a list for each row is much to
    make and to let go of.
    """
    lists = (ArrayAgg(column, order_by=order_by) for column in columns)
    return Cast(Func(*lists, function="JSON_BUILD_ARRAY", output_field=JSONField()), TextField())


@compiled
def _answer_rows(pks: list[UUID], since: dt.datetime) -> QuerySet[CheckIn, tuple[Any, ...]]:
    columns = ("about_on", "submitted_at", "slot_id", *(domain.value for domain in Domain))
    rows = CheckIn.objects.filter(episode_id__any=pks, submitted_at__gte=since).order_by().values_list("episode_id")
    return rows.annotate(answers=_text(*columns, order_by=("about_on", "submitted_at")))


@compiled
def _weeks(
    pks: list[UUID], since: dt.datetime, drawn_since: dt.datetime, at: dt.datetime
) -> QuerySet[CheckInSlot, tuple[Any, ...]]:
    """Of each person the weeks that are drawn, how many of the last were answered, and how many could be."""
    is_last, is_answered = Q(opens_at__gt=since), Q(answered_at__isnull=False)
    rows = CheckInSlot.objects.filter(episode_id__any=pks, opens_at__gt=drawn_since).order_by()
    return rows.values_list("episode_id").annotate(
        slots=_text("pk", "week_of"),
        answered=Count("pk", filter=is_last & is_answered),
        asked_weeks=Count("pk", filter=is_last & (is_answered | Q(closes_at__lte=at))),
    )


def _grouped(rows: Iterable[Any]) -> Mapping[UUID, list[Any]]:
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.episode_id].append(row)
    return grouped


def _row(loaded: Loaded, names: Sequence[str], at: dt.datetime) -> CaseloadRow:
    """Return one row from what was loaded for its page."""
    listed, about = loaded.listed, loaded.about
    today = plans.today_of(about.patient__time_zone, loaded.days, at=at)
    answered, asked_weeks = loaded.weeks
    found_reasons = reasons.collect(loaded.alerts, loaded.signals, loaded.ratings)
    rhythm = _rhythm(about)
    # The stored need knows every answer and score; the row loads only what it draws.
    is_past = about.need__silent_at is None or about.need__silent_at <= at
    silent = is_past and usual_ranges.is_silent(loaded.days, today=today, agreed_weeks=rhythm)
    # In silence a state counts only if a reason supports it.
    is_unfounded = silent and not any(reason.state is listed.state for reason in found_reasons)
    state = State.NONE if is_unfounded else listed.state
    states = _states(state, loaded.alerts)
    last_on = _last_on(loaded)
    last_day = near_day(last_on, today) if last_on else ""
    sparks = _sparks(loaded, today, rhythm)
    owner = _owner(about.owner__user__name, about.owner__user__email) if about.owner__user__email else None
    return CaseloadRow(
        episode_id=listed.episode_id,
        name=about.patient__name,
        identity=identities.words(about.patient__birth_date, about.patient__external_id),
        age=_age(about.patient__birth_date, today),
        problems=about.problems,
        states=states,
        chips=_chips(states, loaded, last_day if silent else ""),
        reason=reasons.in_one_line(found_reasons) or _quiet_reason(state, loaded, sparks, last_day),
        sparks=tuple(zip(names, sparks, strict=True)),
        scores=_scores_in_words(loaded.scores),
        last_data=_last_data(loaded, last_day),
        answered=answered,
        asked_weeks=asked_weeks,
        owner=str(owner) if owner else "",
        owner_initials=owner.initials if owner else "",
        review=_review(about.coming__planned_at, about.clinic__time_zone) if about.coming__planned_at else "",
        is_review_open=about.coming__planned_at is not None and about.coming__planned_at <= at,
        open_alerts=len(loaded.alerts),
        is_overdue=any(alert.owner_id is None and alert.due_at and alert.due_at < at for alert in loaded.alerts),
        has_changed=listed.has_changed,
        was_seen=about.look__seen_at is not None,
    )


@lru_cache
def _owner(name: str, email: str) -> User:
    """Return someone to be named; the same few people stand in all rows."""
    return User(name=name, email=email)


def _review(planned_at: dt.datetime, time_zone: str) -> str:
    """Return when a review is: who reads may be elsewhere, so the place of the clock is named as on every page."""
    return hours.moment_in_words(Clinic(time_zone=time_zone), planned_at, reader_zone=None, form="j M, H:i")


def _chips(states: Sequence[State], loaded: Loaded, last_day: str) -> tuple[tuple[State, str], ...]:
    """Return the states in words; a state from before a silence carries its day."""
    chips = []
    for state in states:
        word = str(state.word)
        if state is State.BETTER and any(rating.state is state for rating in loaded.ratings.values()):
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


def _last_on(loaded: Loaded) -> dt.date | None:
    """Return the day of the newest answer; an old check-in is known by its time alone."""
    if not loaded.answers.days and loaded.about.need__answered_at is not None:
        return plans.local_day(loaded.about.need__answered_at, loaded.about.patient__time_zone)
    return loaded.days[-1] if loaded.days else None


def _last_data(loaded: Loaded, last_day: str) -> str:
    """Return the day of the newest check-in, or of the newest score of someone who has none."""
    if not loaded.answers.days and loaded.scores is not None:
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


def _quiet_reason(state: State, loaded: Loaded, sparks: Sequence[Spark], last_day: str) -> str:
    """Return what to say of someone nothing was found about."""
    if not last_day:
        return _("No check-in yet")
    if state is State.NONE:
        return no_answer_since(last_day)
    if state is State.LEARNING:
        return _("No usual range yet")
    if state is not State.STEADY:
        return ""
    if not loaded.answers.days:
        return _("No lasting change in the scores")
    outside = ", ".join(_answers_outside(loaded.answers, sparks))
    if outside:
        return _("Level usual; newest answer outside: %(answers)s") % {"answers": outside}
    return _("Inside the usual range")


def _answers_outside(answers: AnswerSeries, sparks: Sequence[Spark]) -> Iterable[str]:
    """Return the ratings whose newest answer lies outside the usual range that is drawn, each with that answer."""
    for domain, spark in zip(Domain, sparks, strict=True):
        newest = next((value for value in reversed(answers.ratings[domain]) if value is not None), None)
        side = State.LEARNING if newest is None else usual_ranges.side_of(newest, spark.usual, domain.direction)
        if side in {State.WATCH, State.BETTER}:
            yield f"{languages.inside_sentence(str(wording.DOMAIN_NAMES[domain]))} {newest}"


# ---------- sparklines ----------


def _sparks(loaded: Loaded, today: dt.date, rhythm: float) -> list[Spark]:
    """Return the five sparklines of someone who is asked every so many weeks."""
    answers, last_week = loaded.answers, plans.monday_of(today)
    first = last_week - dt.timedelta(weeks=SPARK_WEEKS)
    by_week = {week: index for index, week in enumerate(answers.weeks) if week >= first}
    # This week's check-in may still come: the line ends last week until it does.
    start = first + dt.timedelta(weeks=1) if last_week in by_week else first
    weeks = [by_week.get(start + dt.timedelta(weeks=week)) for week in range(SPARK_WEEKS)]
    pairs = ((domain, state_of(s.kind, s.tier)) for s in loaded.signals for domain in s.domains)
    states = [(domain, state) for domain, state in pairs if state is not None]
    since_last = next((gap for gap, index in enumerate(reversed(weeks)) if index is not None), SPARK_WEEKS)
    of_epoch = _epoch(answers.days)
    return [
        Spark(
            values=tuple(None if index is None else series[index] for index in weeks),
            usual=_usual(series[of_epoch:]),
            state=_worst(domain, states),
            is_silent=since_last >= rhythm,
            rhythm=rhythm,
        )
        for domain, series in ((domain, answers.ratings[domain]) for domain in Domain)
    ]


def _epoch(days: Sequence[dt.date]) -> int:
    """Return where the running reference period begins: after the last long pause, as engine.series has it."""
    longest = dt.timedelta(weeks=DEFAULT.epoch_gap_weeks)
    return max((index for index in range(1, len(days)) if days[index] - days[index - 1] > longest), default=0)


def _worst(domain: Domain, states: Iterable[tuple[str, State]]) -> State | None:
    """Return the most pressing state that was found of a rating."""
    return min((state for name, state in states if name == domain), key=lambda state: state.rank, default=None)


def _usual(values: Sequence[int | None]) -> tuple[float, float] | None:
    """Return the usual range of one rating within its scale."""
    usual = usual_range([value for value in values if value is not None], 1.0, DEFAULT)
    return (max(usual[0], 0.0), min(usual[1], 10.0)) if usual else None
