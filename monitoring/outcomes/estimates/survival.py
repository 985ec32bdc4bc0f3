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
        seen: the weeks in which something was measured or happened; None: it would have been seen in any week.
    """

    weeks: float
    happened: bool
    seen: tuple[float, ...] | None = None

    def was_seen(self, after: float, until: float) -> bool:
        """Say whether anything was known of the person after one week and up to another."""
        return self.seen is None or any(after < week <= until for week in self.seen)


@dataclass(frozen=True, kw_only=True)
class SurvivalStep:
    """The share to whom it has not happened, from a week on.

    Attributes:
        low, high: 95 % interval; None before the first event and after it has happened to all who are left, where
            Greenwood's variance is no measure of what is not known.
        at_risk: people still watched just before.
    """

    week: float
    free: float
    low: float | None
    high: float | None
    at_risk: int

    @property
    def happened(self) -> float:
        """Return the share to whom it has happened."""
        return 1 - self.free

    @property
    def happened_low(self) -> float | None:
        """Return the lower end of its interval."""
        return None if self.high is None else 1 - self.high

    @property
    def happened_high(self) -> float | None:
        """Return the upper end of its interval."""
        return None if self.low is None else 1 - self.low


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


def _interval(free: float, spread: float) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % interval of a share from Greenwood's sum; there is none at nought and at one."""
    if not 0 < free < 1:
        return None, None
    middle = log(-log(free))
    margin = Z95 * sqrt(spread) / abs(log(free))
    return exp(-exp(middle + margin)), exp(-exp(middle - margin))


def free_at(steps: Sequence[SurvivalStep], week: float) -> SurvivalStep:
    """Return the share free of the event at a week."""
    before = [step for step in steps if step.week <= week]
    return before[-1] if before else SurvivalStep(week=0, free=1.0, low=None, high=None, at_risk=0)


def median_week(steps: Sequence[SurvivalStep]) -> float | None:
    """Return the first week after which it has happened to half; None where it never came to that."""
    return next((step.week for step in steps if step.free <= 0.5), None)
