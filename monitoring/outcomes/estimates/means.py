"""Means of groups and how sure they are: Student's t. Shares have an interval of their own (`outcomes.share`)."""

from collections.abc import Sequence
from functools import cache
from math import atan, cos, pi, sin, sqrt
from statistics import NormalDist, fmean, stdev

CHANCE = 0.95
#: From so many degrees of freedom on the normal quantile is within a thousandth of Student's.
LARGE = 2400
#: Halvings of the bracket: to the last digit of a float.
HALVINGS = 60


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean of a group; None where nothing is known about spread.

    That is with fewer than two people, and where all are alike: an interval without width would claim to be sure.

    Args:
        values: one a person.

    Source:
        Student (1908), Biometrika 6:1. With the normal quantile it held the mean of five in 88 of 100.
    """
    if len(set(values)) < 2:
        return None
    mean = fmean(values)
    margin = student_quantile(len(values) - 1) * stdev(values) / sqrt(len(values))
    return mean - margin, mean + margin


@cache
def student_quantile(freedom: int) -> float:
    """Return how many standard errors hold 95 % of Student's t, two-sided.

    Args:
        freedom: degrees of freedom, at least 1.
    """
    normal = NormalDist().inv_cdf((1 + CHANCE) / 2)
    if freedom >= LARGE:
        return normal
    # With one degree of freedom it is 12.7, and never more.
    low, high = normal, 13.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, freedom) < CHANCE else (low, middle)
    return high


def _inside(errors: float, freedom: int) -> float:
    """Return the chance that Student's t lies within so many standard errors.

    Source:
        Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = atan(errors / sqrt(freedom))
    is_odd = freedom % 2
    term = cos(angle) if is_odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(2 + is_odd, freedom - 1, 2):
        term *= cos(angle) ** 2 * (k - 1) / k
        total += term
    return 2 / pi * (angle + sin(angle) * total) if is_odd else sin(angle) * total
