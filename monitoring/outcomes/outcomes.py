"""What became of people: response, remission, deterioration, course, and who stopped reporting. Pure.

Small groups are for the page to hide, not for this module:
the operator of a clinic may count to one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, median, multimode, stdev

from monitoring.engine.records import InstrumentSpec
from monitoring.outcomes import score_courses, thresholds
from monitoring.outcomes.score_courses import ScoreCourse

# The mirror image of "early improvement", which trials count from a fifth. Source: Wagner 2017, in
# docs/engine.md#course-in-treatment.
CLEARLY_WORSE = 0.2
# Two-sided 95 %, normal: with a dozen people or more the t quantile is within a tenth of it.
Z95 = NormalDist().inv_cdf(0.975)


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


def outcomes(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> Outcomes:
    """Return what became of people.

    Args:
        courses: one for each person.
        spec: direction, range, response drop, remission line, reliable change.
    """
    compared = [course for course in courses if len(course.visits) > 1]
    responded = [course for course in compared if thresholds.is_response(course, spec, len(course.visits) - 1)]
    remitted = [course for course in compared if thresholds.is_remission(course.visits[-1].value, spec)]
    line = thresholds.reliable_line(spec)
    better = [course for course in compared if thresholds.risen(course, spec) <= -line]
    worse = [course for course in compared if thresholds.risen(course, spec) >= line]
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


def is_clear_non_response(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether a person never responded and ended clearly worse than at the start. Our own definition.

    Who starts well is left out: two points of a hardly ill person are a fifth of little.
    """
    if thresholds.is_remission(course.visits[0].value, spec):
        return False
    ever = any(thresholds.is_response(course, spec, index) for index in range(len(course.visits)))
    return not ever and thresholds.drop_share(course, spec, len(course.visits) - 1) <= -CLEARLY_WORSE


def is_rebound(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether a person responded and later rose above the best score since by the reliable line."""
    best: float | None = None
    for index, visit in enumerate(course.visits):
        level = thresholds.badness(visit.value, spec)
        if best is not None and level - best >= thresholds.reliable_line(spec):
            return True
        if best is not None or thresholds.is_response(course, spec, index):
            best = min(level, level if best is None else best)
    return False


def responders_by_week(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> dict[int, int]:
    """Return week -> people whose first response was seen in that week since the start."""
    weeks: dict[int, int] = defaultdict(int)
    for course in courses:
        first = next((i for i in range(len(course.visits)) if thresholds.is_response(course, spec, i)), None)
        if first is not None:
            weeks[score_courses.week_of(course.visits[first])] += 1
    return dict(sorted(weeks.items()))


def mean_course(courses: Sequence[ScoreCourse]) -> tuple[CoursePoint, ...]:
    """Return the mean of each week in which someone has a score; a person counts once a week."""
    weeks: dict[int, list[float]] = defaultdict(list)
    for course in courses:
        own: dict[int, list[float]] = defaultdict(list)
        for visit in course.visits:
            own[score_courses.week_of(visit)].append(visit.value)
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
    last_week = max(multimode(score_courses.week_of(course.visits[-1]) for course in courses))
    ends = [course.visits[-1].day for course in courses if score_courses.week_of(course.visits[-1]) == last_week]
    gaps = [later.day - earlier.day for course in courses for earlier, later in pairwise(course.visits)]
    earliest = median(ends) - (median(gaps) if gaps else score_courses.WEEK_DAYS) / 2
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
