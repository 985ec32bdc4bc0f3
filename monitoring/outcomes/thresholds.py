"""From which score or change on something counts: response, remission, reliable change. Pure; counts nobody."""

from decimal import Decimal

from monitoring import engine
from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.outcomes.score_courses import ScoreCourse

# Share of the start score that is gone, where the instrument declares no other line.
USUAL_RESPONSE = 0.5
# The least change there can be on a scale of whole points.
ONE_ANSWER = 1
# Differences and products of binary fractions miss a printed line by a hair; so many decimals are compared and printed.
DIGITS = 9


def has_lines(spec: InstrumentSpec) -> bool:
    """Say whether there is anything to count by: a good end and a line of the instrument's own."""
    lines = (spec.response_drop, spec.remission_below, spec.reliable_change)
    return spec.is_judged and spec.direction is not Direction.NEUTRAL and any(line is not None for line in lines)


def exact(value: float) -> Decimal:
    """Return a line as it is printed: the very number that the rule uses, without the noise of binary fractions."""
    number = Decimal(repr(round(value, DIGITS)))
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def reaches(value: float, line: float) -> bool:
    """Say whether a value is at least a line, both as they are printed."""
    return round(value, DIGITS) >= round(line, DIGITS)


def badness(value: float, spec: InstrumentSpec) -> float:
    """Return points above the best possible value, whichever end of the scale that is."""
    if spec.direction is Direction.HIGHER_IS_WORSE:
        return value - spec.minimum
    return spec.maximum - value


def has_reliable_change(spec: InstrumentSpec) -> bool:
    """Say whether the instrument declares from where on a change is more than chance."""
    return bool(spec.reliable_change)


def clear_change(spec: InstrumentSpec) -> float:
    """Return the points from which on, these included, a change is clear: the reliable change, else our own share.

    The share is the engine's for rebounds and says nothing about chance. It gives no whole number: 7.02 of the 52
    points of HAM-D, so that 7 points do not count.
    """
    return spec.reliable_change or engine.DEFAULT.rebound_share * (spec.maximum - spec.minimum)


def response_share(spec: InstrumentSpec) -> float:
    """Return which share of the first score has to be gone.

    Source: the instrument's declaration; else one half, as in antidepressant trials.
    """
    return spec.response_drop or USUAL_RESPONSE


def start_line(spec: InstrumentSpec) -> float:
    """Return how far from the best possible value one has to start to be counted in response and remission, points.

    The line of a case where one is published (Coley 2020 and HEDIS count episodes with a start of 10 or more on PHQ-9);
    else the remission line; else as far as a clear change: who starts nearer cannot have one.
    """
    if spec.caseness is not None:
        return badness(spec.caseness, spec)
    return clear_change(spec) if spec.remission_below is None else badness(spec.remission_below, spec)


def as_score(points: float, spec: InstrumentSpec) -> float:
    """Return the score that lies so many points from the best possible one."""
    return spec.minimum + points if spec.direction is Direction.HIGHER_IS_WORSE else spec.maximum - points


def starts_above(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether someone started at the line or on the bad side of it; others cannot get well, being well."""
    return reaches(badness(course.visits[0].value, spec), start_line(spec))


def drop_share(course: ScoreCourse, spec: InstrumentSpec, index: int) -> float:
    """Return which share of the first score is gone at a visit; below 0 = worse, 0 where there was nothing to lose."""
    start = badness(course.visits[0].value, spec)
    return (start - badness(course.visits[index].value, spec)) / start if start else 0.0


def has_share_gone(course: ScoreCourse, spec: InstrumentSpec, index: int) -> bool:
    """Say whether someone who started above the line has lost the response share at a visit, by chance or not."""
    share = drop_share(course, spec, index)
    return index > 0 and starts_above(course, spec) and reaches(share, response_share(spec))


def is_response(course: ScoreCourse, spec: InstrumentSpec, index: int) -> bool:
    """Say whether someone who started above the line has lost the response share at a visit, and enough points of it.

    Enough is the reliable change. Where none is declared it is our own share of the range and more than one point: on
    a short scale all of it may be one answer, such as from 2 to 1.
    """
    if not has_share_gone(course, spec, index):
        return False
    better = -risen(course, spec, index)
    return reaches(better, clear_change(spec)) and (has_reliable_change(spec) or round(better, DIGITS) > ONE_ANSWER)


def is_confirmed_response(course: ScoreCourse, spec: InstrumentSpec, index: int) -> bool:
    """Say whether a response stands at a visit and at all after it, up to one that comes late enough to confirm it.

    One form alone is at half of a true 12 in every fifth unchanged person within 12 weeks (simulated, PHQ-9).
    """
    first = course.visits[index].day
    for place in range(index, len(course.visits)):
        if not is_response(course, spec, place):
            return False
        if course.visits[place].day - first >= engine.DEFAULT.response_days:
            return True
    return False


def is_remission(value: float, spec: InstrumentSpec) -> bool:
    """Say whether a value lies on the good side of the remission line; the line itself does not count."""
    if spec.remission_below is None:
        return False
    return not reaches(badness(value, spec), badness(spec.remission_below, spec))


def is_remitted(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether someone who started above the line is in remission at the last score."""
    return starts_above(course, spec) and is_remission(course.visits[-1].value, spec)


def risen(course: ScoreCourse, spec: InstrumentSpec, index: int = -1) -> float:
    """Return how many points worse a score is than the first, the last one if not told; below 0 = better."""
    return badness(course.visits[index].value, spec) - badness(course.visits[0].value, spec)


def is_reliably_better(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether the last score is better than the first by the declared reliable change; never without one."""
    return has_reliable_change(spec) and reaches(-risen(course, spec), clear_change(spec))


def is_reliably_worse(course: ScoreCourse, spec: InstrumentSpec) -> bool:
    """Say whether the last score is worse than the first by the declared reliable change; never without one."""
    return has_reliable_change(spec) and reaches(risen(course, spec), clear_change(spec))


def is_clearly_worse(value: float, than: float, spec: InstrumentSpec) -> bool:
    """Say whether a score is worse than another by a clear change."""
    return reaches(badness(value, spec) - badness(than, spec), clear_change(spec))
