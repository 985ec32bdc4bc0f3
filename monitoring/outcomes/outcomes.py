"""What became of people: response, remission, deterioration, course, and who stopped reporting. Pure.

Small groups are for the page to hide, not for this module:
the operator of a clinic may count to one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, median, multimode
from typing import Any

from monitoring import engine
from monitoring.engine.detectors.adherence import MIN_GAPS
from monitoring.engine.records import InstrumentSpec
from monitoring.outcomes import score_courses, thresholds
from monitoring.outcomes.estimates.means import mean_interval
from monitoring.outcomes.score_courses import ScoreCourse

# The mirror image of "early improvement", which trials count from a fifth. Source: Wagner 2017, in
# docs/engine.md#course-in-treatment.
CLEARLY_WORSE = 0.2
# Two-sided 95 %, normal, for Wilson's interval of a share.
Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many, with a 95 % interval (Wilson)."""

    count: int
    of: int
    low: float
    high: float

    @property
    def percent(self) -> int:
        """Return the share as a whole percentage; 0 and 100 only where it is nobody and everybody."""
        rounded = round(100 * self.count / self.of) if self.of else 0
        return min(max(rounded, self.count > 0), 100 - (self.count < self.of))


@dataclass(frozen=True, kw_only=True)
class CoursePoint:
    """The mean of one week since the start.

    Attributes:
        low, high: 95 % interval of the mean (Student's t); None for fewer than two people.
    """

    week: int
    people: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What became of the people of one form of an instrument, at the last score of each.

    What the instrument has no line for is None: nothing is said to be a response of a measure without a good end.

    Attributes:
        compared: people with a first and a later score.
        start_line: the first score from which on, this included, a person counts in response and remission.
        started_below: compared people who started on the good side of it; counted nowhere else but in change.
        response, remission: of the others.
        improvement, deterioration: of all who are compared, by the declared reliable change.
        reliable_points: from so many points on, these included, a change is more than chance; None: not declared.
        clear_points: the same, or our own share of the range where nothing is declared; for rebounds.
        responders_by_week: week -> people whose first response was seen then.
        clear_non_responders: never lost the response share, and ended at least CLEARLY_WORSE above the start.
        rebounds: lost the response share, and later rose above their best by `clear_points`.
        on_other_forms: people who also have scores on another version; nothing is compared across.
        stopped_reporting: silent by their own rhythm before the end of care, or of their series.
        stopping_known: people of whom that can be said.
    """

    people: int
    compared: int
    start_line: float | None
    started_below: int | None
    response: Share | None
    remission: Share | None
    improvement: Share | None
    deterioration: Share | None
    reliable_points: float | None
    clear_points: float | None
    course: tuple[CoursePoint, ...]
    responders_by_week: Mapping[int, int]
    responders: tuple[str, ...]
    clear_non_responders: tuple[str, ...]
    rebounds: tuple[str, ...]
    on_other_forms: tuple[str, ...]
    stopped_reporting: tuple[str, ...]
    stopping_known: int


@dataclass(frozen=True, kw_only=True)
class AnchorGroup:
    """The mean change from the start among the visits with one value of another instrument.

    Without an interval: visits of one person resemble each other.
    """

    value: float
    visits: int
    mean_change: float


def outcomes(courses: Sequence[ScoreCourse], spec: InstrumentSpec) -> Outcomes:
    """Return what became of people.

    Args:
        courses: one for each person, all on the form that `spec` describes.
        spec: direction, range, response drop, remission line, reliable change.
    """
    compared = [course for course in courses if len(course.visits) > 1]
    judged = compared if thresholds.has_lines(spec) else []
    able = [course for course in judged if thresholds.starts_above(course, spec)]
    responded = [course for course in able if thresholds.is_response(course, spec, len(course.visits) - 1)]
    stops = have_stopped(courses)
    return Outcomes(
        people=len(courses),
        compared=len(compared),
        course=mean_course(courses),
        responders_by_week=responders_by_week(able, spec),
        responders=_names(responded),
        clear_non_responders=_names(course for course in judged if is_clear_non_response(course, spec)),
        rebounds=_names(course for course in judged if is_rebound(course, spec)),
        on_other_forms=_names(course for course in courses if course.has_other_form),
        stopped_reporting=_names(course for course, stopped in zip(courses, stops, strict=True) if stopped),
        stopping_known=sum(stopped is not None for stopped in stops),
        **_by_lines(judged, able, len(responded), spec),
    )


def _by_lines(
    judged: Sequence[ScoreCourse], able: Sequence[ScoreCourse], responded: int, spec: InstrumentSpec
) -> dict[str, Any]:
    """Return what is counted by a line of the instrument; None where it has none."""
    is_judged, is_reliable = thresholds.has_lines(spec), thresholds.has_reliable_change(spec)
    remitted = sum(thresholds.is_remitted(course, spec) for course in able)
    better = sum(thresholds.is_reliably_better(course, spec) for course in judged)
    worse = sum(thresholds.is_reliably_worse(course, spec) for course in judged)
    has_remission = is_judged and spec.remission_below is not None
    return {
        "start_line": thresholds.as_score(thresholds.start_line(spec), spec) if is_judged else None,
        "started_below": len(judged) - len(able) if is_judged else None,
        "response": share(responded, len(able)) if is_judged else None,
        "remission": share(remitted, len(able)) if has_remission else None,
        "improvement": share(better, len(judged)) if is_judged and is_reliable else None,
        "deterioration": share(worse, len(judged)) if is_judged and is_reliable else None,
        "reliable_points": spec.reliable_change if is_judged and is_reliable else None,
        "clear_points": float(thresholds.exact(thresholds.clear_change(spec))) if is_judged else None,
    }


def _names(courses: Iterable[ScoreCourse]) -> tuple[str, ...]:
    return tuple(course.person for course in courses)


def is_clear_non_response(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether a person never lost the response share and ended clearly worse than at the start. Our own definition.

    Who starts well is left out: two points of a hardly ill person are a fifth of little. Where a reliable change is
    declared, less than it is not clear either.
    """
    if not thresholds.starts_above(course, spec):
        return False
    ever = any(thresholds.has_share_gone(course, spec, index) for index in range(len(course.visits)))
    is_clear = thresholds.is_reliably_worse(course, spec) or not thresholds.has_reliable_change(spec)
    a_fifth = thresholds.reaches(-thresholds.drop_share(course, spec, len(course.visits) - 1), CLEARLY_WORSE)
    return not ever and is_clear and a_fifth


def is_rebound(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether a person had lost the response share and later rose above the best score since by a clear change.

    The fall need not be more than chance, as in the engine: it is the rise that has to be clear.
    """
    best: float | None = None
    for index, visit in enumerate(course.visits):
        level = thresholds.badness(visit.value, spec)
        if best is not None and thresholds.reaches(level - best, thresholds.clear_change(spec)):
            return True
        if best is not None or thresholds.has_share_gone(course, spec, index):
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
    low, high = mean_interval(values) or (None, None)
    return CoursePoint(week=week, people=len(values), mean=fmean(values), low=low, high=high)


def have_stopped(courses: Sequence[ScoreCourse]) -> list[bool | None]:
    """Return of each person whether they stopped reporting; None where that cannot be known. Our own definition.

    Where somebody asks for scores, or care has ended, it is the silence before today or that end, measured by the
    person's own rhythm. Where nobody asks, there has to be a common end to come short of.
    """
    shared = usual_gap(courses)
    end = _common_end([course for course in courses if course.asked_days is None])
    return [
        _is_silent(course, shared)
        if course.asked_days is not None
        else None
        if end is None or course.observed_days < end
        else course.visits[-1].day + own_gap(course, shared) / 2 < end
        for course in courses
    ]


def _is_silent(course: ScoreCourse, shared: float) -> bool:
    """Say whether two usual gaps, and three weeks, have passed since the last score.

    Source: docs/engine.md#silence; the engine's line for lost contact.
    """
    rules = engine.DEFAULT
    silent = (course.asked_days or 0) - course.visits[-1].day
    return silent >= max(rules.lost_days, rules.lost_cadences * own_gap(course, shared))


def own_gap(course: ScoreCourse, shared: float) -> float:
    """Return the usual days between two scores of a person, never quicker than agreed.

    The person's own median from MIN_GAPS gaps on; before, what was agreed, else what is usual for the others.
    """
    gaps = _gaps(course)
    own = float(median(gaps)) if len(gaps) >= MIN_GAPS else 0.0
    return max(own, course.agreed_days or 0.0) or shared


def usual_gap(courses: Sequence[ScoreCourse]) -> float:
    """Return the median of all gaps, days; a week where there is none."""
    gaps = [gap for course in courses for gap in _gaps(course)]
    return float(median(gaps)) if gaps else float(score_courses.WEEK_DAYS)


def _gaps(course: ScoreCourse) -> list[int]:
    return [later.day - earlier.day for earlier, later in pairwise(course.visits)]


def _common_end(courses: Sequence[ScoreCourse]) -> float | None:
    """Return the day on which the series of most people end; None where they do not end together.

    The week in which at least half of them have their last score, as in a study with fixed visits. Courses of therapy
    of different lengths have none: whoever was done earlier would seem to have fallen silent.
    """
    if not courses:
        return None
    weeks = [score_courses.week_of(course.visits[-1]) for course in courses]
    last_week = max(multimode(weeks))
    if 2 * weeks.count(last_week) < len(weeks):
        return None
    return float(
        median(course.visits[-1].day for course in courses if score_courses.week_of(course.visits[-1]) == last_week)
    )


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
        course.key or course.person: (course.visits[0], {visit.day: visit.value for visit in course.visits})
        for course in courses
    }
    changes: dict[float, list[float]] = defaultdict(list)
    for other in others:
        first, by_day = first_and_days.get(other.key or other.person, (None, {}))
        for visit in other.visits:
            if first is not None and visit.day in by_day and visit.day != first.day:
                changes[visit.value].append(by_day[visit.day] - first.value)
    return tuple(
        AnchorGroup(value=value, visits=len(values), mean_change=fmean(values))
        for value, values in sorted(changes.items())
    )
