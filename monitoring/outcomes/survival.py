"""Time until something happens, when some people leave before it does. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One person's time under watch.

    Attributes:
        weeks: from the start until the event or until no one watched any more.
        happened: whether it ended with the event.
    """

    weeks: float
    happened: bool


@dataclass(frozen=True, kw_only=True)
class SurvivalStep:
    """The share to whom it has not happened, from a week on.

    Attributes:
        low, high: 95 % interval.
        at_risk: people still watched just before.
    """

    week: float
    free: float
    low: float
    high: float
    at_risk: int

    @property
    def happened(self) -> float:
        """Return the share to whom it has happened."""
        return 1 - self.free

    @property
    def happened_low(self) -> float:
        """Return the lower end of its interval."""
        return 1 - self.high

    @property
    def happened_high(self) -> float:
        """Return the upper end of its interval."""
        return 1 - self.low


def kaplan_meier(people: Sequence[Watched]) -> tuple[SurvivalStep, ...]:
    """Return the share free of the event after each week in which it happened to someone.

    Source: Kaplan & Meier (1958), J Am Stat Assoc 53:457; variance by Greenwood (1926); interval on the log-log scale,
    which stays within 0 and 1: Kalbfleisch & Prentice (1980).
    """
    steps: list[SurvivalStep] = []
    # A product of floats misses one half by a hair, and the median comes a week late.
    free, spread = Fraction(1), 0.0
    for week in sorted({person.weeks for person in people if person.happened}):
        at_risk = sum(person.weeks >= week for person in people)
        events = sum(person.happened and person.weeks == week for person in people)
        free *= Fraction(at_risk - events, at_risk)
        if at_risk > events:
            spread += events / (at_risk * (at_risk - events))
        low, high = _interval(float(free), spread)
        steps.append(SurvivalStep(week=week, free=float(free), low=low, high=high, at_risk=at_risk))
    return tuple(steps)


def _interval(free: float, spread: float) -> tuple[float, float]:
    """Return the 95 % interval of a share from Greenwood's sum; nothing is known beyond the last person."""
    if not 0 < free < 1:
        return (0.0, 1.0) if free == 0 else (1.0, 1.0)
    middle = log(-log(free))
    margin = Z95 * sqrt(spread) / abs(log(free))
    return exp(-exp(middle + margin)), exp(-exp(middle - margin))


def free_at(steps: Sequence[SurvivalStep], week: float) -> SurvivalStep:
    """Return the share free of the event at a week."""
    before = [step for step in steps if step.week <= week]
    return before[-1] if before else SurvivalStep(week=0, free=1.0, low=1.0, high=1.0, at_risk=0)


def median_week(steps: Sequence[SurvivalStep]) -> float | None:
    """Return the first week after which it has happened to half; None where it never came to that."""
    return next((step.week for step in steps if step.free <= 0.5), None)
