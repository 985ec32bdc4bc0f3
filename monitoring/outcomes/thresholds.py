"""From which score or change on something counts: response, remission, reliable change. Pure; counts nobody."""

from monitoring import engine
from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.outcomes.score_courses import ScoreCourse

# Share of the start score that is gone, where the instrument declares no other line.
USUAL_RESPONSE = 0.5


def has_lines(spec: InstrumentSpec) -> bool:
    """Say whether there is anything to count by: a good end and a line of the instrument's own."""
    lines = (spec.response_drop, spec.remission_below, spec.reliable_change)
    return spec.is_judged and spec.direction is not Direction.NEUTRAL and any(line is not None for line in lines)


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
