"""What became of people: response, remission, deterioration, course, and who stopped reporting. Reads only.

The functions over courses are pure; one function reads. Small groups are for the page to hide, not for this module:
the operator of a clinic may count to one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import NormalDist, fmean, median, multimode, stdev
from uuid import UUID

from monitoring import engine
from monitoring.assessments import assessments
from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.models import Score
from monitoring.plans import plans
from patients.models import Episode

# Share of the start score that is gone, where the instrument declares no other line.
USUAL_RESPONSE = 0.5
# The mirror image of "early improvement", which trials count from a fifth. Source: Wagner 2017, in
# docs/engine.md#course-in-treatment.
CLEARLY_WORSE = 0.2
WEEK_DAYS = 7
# Two-sided 95 %, normal: with a dozen people or more the t quantile is within a tenth of it.
Z95 = NormalDist().inv_cdf(0.975)


class NoScoresOfInstrument(LookupError):
    """The clinic has no score of this instrument."""


@dataclass(frozen=True, kw_only=True)
class DatedScore:
    """One score of one person.

    Attributes:
        day: days since the start of the episode.
        value: total in its published direction.
    """

    day: int
    value: float


@dataclass(frozen=True, kw_only=True)
class ScoreCourse:
    """All scores of one person in one instrument, oldest first, at least one.

    Attributes:
        person: the clinic's own number, else the name.
        first_on: the day of the first score.
        observed_days: days since the start of the episode up to now, or to its end.
    """

    person: str
    visits: tuple[DatedScore, ...]
    observed_days: int
    first_on: date = date.min


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many, with a 95 % interval (Wilson)."""

    count: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class CoursePoint:
    """The mean of one week since the start.

    Attributes:
        low, high: 95 % interval of the mean (normal); None for fewer than two people.
    """

    week: int
    people: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What became of the people of one instrument, at the last score of each.

    Attributes:
        compared: people with a first and a later score.
        reliable_points: from so many points on, these included, a change counts as reliable.
        responders_by_week: week -> people whose first response was seen then.
        clear_non_responders: never responded, and ended at least CLEARLY_WORSE above the start.
        rebounds: responded, and later rose above their best by the reliable line of the instrument.
        stopped_reporting: observed for a whole course, and silent before its end.
    """

    people: int
    compared: int
    response: Share
    remission: Share | None
    improvement: Share
    deterioration: Share
    reliable_points: float
    course: tuple[CoursePoint, ...]
    responders_by_week: Mapping[int, int]
    responders: tuple[str, ...]
    clear_non_responders: tuple[str, ...]
    rebounds: tuple[str, ...]
    stopped_reporting: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AnchorGroup:
    """The mean change from the start among the visits with one value of another instrument."""

    value: float
    visits: int
    mean_change: float


def load_courses(*, instrument: str, at: datetime) -> list[ScoreCourse]:
    """Return the courses of the present clinic in one instrument, in the order of the people's numbers.

    Raises:
        UnknownInstrument: there is no score.
    """
    rows = Score.objects.filter(instrument=instrument, value__isnull=False)
    by_episode: dict[UUID, list[tuple[date, float]]] = defaultdict(list)
    for episode_id, about_on, value in rows.order_by("about_on").values_list("episode_id", "about_on", "value"):
        by_episode[episode_id].append((about_on, float(value or 0)))
    if not by_episode:
        raise NoScoresOfInstrument(instrument)
    episodes = Episode.objects.filter(pk__in=by_episode).select_related("patient")
    ordered = episodes.order_by("patient__external_id", "patient__name", "started_on")
    return [_course(episode, by_episode[episode.pk], at) for episode in ordered]


def _course(episode: Episode, scores: Sequence[tuple[date, float]], at: datetime) -> ScoreCourse:
    """Return one episode's scores as a course."""
    until = episode.ended_on or plans.local_day(at, episode.patient.time_zone)
    start = episode.started_on
    return ScoreCourse(
        person=episode.patient.external_id or episode.patient.name,
        visits=tuple(DatedScore(day=(on - start).days, value=value) for on, value in scores),
        observed_days=(until - start).days,
        first_on=scores[0][0],
    )


def load_spec(instrument: str) -> InstrumentSpec:
    """Return the instrument with its direction, range and lines.

    Raises:
        UnknownInstrument: neither bundled nor declared by the present clinic.
    """
    spec = assessments.instrument_specs({instrument}).get(instrument)
    if spec is None:
        raise NoScoresOfInstrument(instrument)
    return spec


def has_lines(spec: InstrumentSpec) -> bool:
    """Say whether there is anything to count by: a good end and a line of the instrument's own."""
    lines = (spec.response_drop, spec.remission_below, spec.reliable_change)
    return spec.is_judged and spec.direction is not Direction.NEUTRAL and any(line is not None for line in lines)


def outcomes(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> Outcomes:
    """Return what became of people.

    Args:
        courses: one for each person.
        spec: direction, range, response drop, remission line, reliable change.
    """
    compared = [course for course in courses if len(course.visits) > 1]
    responded = [course for course in compared if is_response(course, spec, len(course.visits) - 1)]
    remitted = [course for course in compared if is_remission(course.visits[-1].value, spec)]
    line = reliable_line(spec)
    better = [course for course in compared if risen(course, spec) <= -line]
    worse = [course for course in compared if risen(course, spec) >= line]
    return Outcomes(
        people=len(courses),
        compared=len(compared),
        response=share(len(responded), len(compared)),
        remission=share(len(remitted), len(compared)) if spec.remission_below is not None else None,
        improvement=share(len(better), len(compared)),
        deterioration=share(len(worse), len(compared)),
        reliable_points=line,
        course=mean_course(courses),
        responders_by_week=responders_by_week(compared, spec),
        responders=tuple(course.person for course in responded),
        clear_non_responders=tuple(course.person for course in compared if is_clear_non_response(course, spec)),
        rebounds=tuple(course.person for course in compared if is_rebound(course, spec)),
        stopped_reporting=stopped_reporting(courses),
    )


def badness(value: float, spec: InstrumentSpec) -> float:
    """Return points above the best possible value, whichever end of the scale that is."""
    if spec.direction is Direction.HIGHER_IS_WORSE:
        return value - spec.minimum
    return spec.maximum - value


def drop_share(course: ScoreCourse, spec: InstrumentSpec, index: int) -> float:
    """Return which share of the first score is gone at a visit; below 0 = worse, 0 where there was nothing to lose."""
    start = badness(course.visits[0].value, spec)
    return (start - badness(course.visits[index].value, spec)) / start if start else 0.0


def is_response(course: ScoreCourse, spec: InstrumentSpec, index: int) -> bool:
    """Say whether at least the response share of the first score is gone at a visit.

    Source: the instrument's declaration; else one half, as in antidepressant trials.
    """
    return index > 0 and drop_share(course, spec, index) >= (spec.response_drop or USUAL_RESPONSE)


def is_remission(value: float, spec: InstrumentSpec) -> bool:
    """Say whether a value lies on the good side of the remission line; the line itself does not count."""
    if spec.remission_below is None:
        return False
    return badness(value, spec) < badness(spec.remission_below, spec)


def reliable_line(spec: InstrumentSpec) -> float:
    """Return the points from which on, these included, a change is no accident: declared, else the engine's share.

    The share is of the range and gives no whole number: 7.02 of the 52 points of HAM-D, so that 7 points do not count.
    """
    return spec.reliable_change or engine.DEFAULT.rebound_share * (spec.maximum - spec.minimum)


def risen(course: ScoreCourse, spec: InstrumentSpec) -> float:
    """Return how many points worse the last score is than the first; below 0 = better."""
    return badness(course.visits[-1].value, spec) - badness(course.visits[0].value, spec)


def is_clear_non_response(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether a person never responded and ended clearly worse than at the start. Our own definition.

    Who starts well is left out: two points of a hardly ill person are a fifth of little.
    """
    if is_remission(course.visits[0].value, spec):
        return False
    ever = any(is_response(course, spec, index) for index in range(len(course.visits)))
    return not ever and drop_share(course, spec, len(course.visits) - 1) <= -CLEARLY_WORSE


def is_rebound(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether a person responded and later rose above the best score since by the reliable line."""
    best: float | None = None
    for index, visit in enumerate(course.visits):
        level = badness(visit.value, spec)
        if best is not None and level - best >= reliable_line(spec):
            return True
        if best is not None or is_response(course, spec, index):
            best = min(level, level if best is None else best)
    return False


def responders_by_week(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> dict[int, int]:
    """Return week -> people whose first response was seen in that week since the start."""
    weeks: dict[int, int] = defaultdict(int)
    for course in courses:
        first = next((i for i in range(len(course.visits)) if is_response(course, spec, i)), None)
        if first is not None:
            weeks[week_of(course.visits[first])] += 1
    return dict(sorted(weeks.items()))


def week_of(visit: DatedScore) -> int:
    """Return the nearest week since the start."""
    return round(visit.day / WEEK_DAYS)


def mean_course(courses: Sequence[ScoreCourse]) -> tuple[CoursePoint, ...]:
    """Return the mean of each week in which someone has a score; a person counts once a week."""
    weeks: dict[int, list[float]] = defaultdict(list)
    for course in courses:
        own: dict[int, list[float]] = defaultdict(list)
        for visit in course.visits:
            own[week_of(visit)].append(visit.value)
        for week, values in own.items():
            weeks[week].append(fmean(values))
    return tuple(_point(week, weeks[week]) for week in sorted(weeks))


def _point(week: int, values: Sequence[float]) -> CoursePoint:
    """Return mean and interval of one week."""
    mean = fmean(values)
    margin = Z95 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
    return CoursePoint(
        week=week,
        people=len(values),
        mean=mean,
        low=None if margin is None else mean - margin,
        high=None if margin is None else mean + margin,
    )


def stopped_reporting(courses: Sequence[ScoreCourse]) -> tuple[str, ...]:
    """Return who was observed for a whole course but gave the last score earlier. Our own definition.

    The whole course ends where the series of most people end: the commonest last week, the latest where several are
    as common. Half a usual gap before that still counts as the end. Who has not been there so long has not stopped.
    """
    if not courses:
        return ()
    last_week = max(multimode(week_of(course.visits[-1]) for course in courses))
    ends = [course.visits[-1].day for course in courses if week_of(course.visits[-1]) == last_week]
    gaps = [later.day - earlier.day for course in courses for earlier, later in pairwise(course.visits)]
    earliest = median(ends) - (median(gaps) if gaps else WEEK_DAYS) / 2
    observed = [course for course in courses if course.observed_days >= median(ends)]
    return tuple(course.person for course in observed if course.visits[-1].day < earliest)


def share(count: int, of: int) -> Share:
    """Return so many of so many with its interval.

    Source: Wilson (1927), J Am Stat Assoc 22:209; honest for small numbers and for none or all.
    """
    if not of:
        return Share(count=0, of=0, low=0.0, high=1.0)
    part, spread = count / of, Z95**2 / of
    middle = (part + spread / 2) / (1 + spread)
    margin = Z95 * (part * (1 - part) / of + spread / (4 * of)) ** 0.5 / (1 + spread)
    return Share(count=count, of=of, low=max(0.0, middle - margin), high=min(1.0, middle + margin))


def change_by(courses: Sequence[ScoreCourse], others: Sequence[ScoreCourse]) -> tuple[AnchorGroup, ...]:
    """Return the mean change from the first score, by the value of another instrument on the same day.

    Args:
        courses: the instrument whose change is meant, one course a person.
        others: the instrument that groups the visits, the same people.
    """
    first_and_days = {
        course.person: (course.visits[0], {visit.day: visit.value for visit in course.visits}) for course in courses
    }
    changes: dict[float, list[float]] = defaultdict(list)
    for other in others:
        first, by_day = first_and_days.get(other.person, (None, {}))
        for visit in other.visits:
            if first is not None and visit.day in by_day and visit.day != first.day:
                changes[visit.value].append(by_day[visit.day] - first.value)
    return tuple(
        AnchorGroup(value=value, visits=len(values), mean_change=fmean(values))
        for value, values in sorted(changes.items())
    )
