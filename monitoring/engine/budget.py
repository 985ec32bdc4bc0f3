"""How many alerts a cut makes, and which cut keeps to a budget of alerts.

The same arithmetic serves the benchmark (false alerts of stable people) and a
clinic that sets its own cut after three months of history.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.rules import DEFAULT, RuleSet

Scores = NDArray[np.floating]

#: Weeks before alerts count: a person's usual level is still being learned.
LEARNING_WEEKS = 8.0

WEEKS_PER_YEAR = 52.0


@dataclass(frozen=True, kw_only=True)
class PublishedCut:
    """What the benchmark says of one budget, for a clinic that has too little past of its own.

    Attributes:
        shift: how far all three cuts move from the default, log-odds; below 0 = louder.
        rate: false alerts a stable person-year that were then counted on other people.
    """

    shift: float
    rate: float


#: Budget, false alerts a stable person-year -> cut. Where the shift is at the bound, the rate stays above the budget.
#: Source: docs/engine.md#site-budget, World A: shifts from 6,000 people of the training seed, rates from 6,000 of 9001.
PUBLISHED_CUTS: Mapping[float, PublishedCut] = {
    0.1: PublishedCut(shift=1.5, rate=0.14),
    0.25: PublishedCut(shift=0.69, rate=0.25),
    0.5: PublishedCut(shift=0.0, rate=0.52),
    0.75: PublishedCut(shift=-0.33, rate=0.76),
    1.0: PublishedCut(shift=-0.58, rate=1.0),
    1.5: PublishedCut(shift=-0.97, rate=1.51),
    2.0: PublishedCut(shift=-1.29, rate=2.01),
}


def alerts(score: Scores, weeks: Scores, cut: float, rules: RuleSet = DEFAULT) -> NDArray[np.bool_]:
    """Return (n, T): where a cut raises an alert, one per refractory period.

    Args:
        score: (n, T), -inf or NaN where nothing was answered.
        weeks: (T,) or (n, T), times of the columns.
        cut: alert at this score or above.
        rules: `refractory_weeks`.
    """
    out = np.zeros(score.shape, bool)
    quiet_until = np.full(len(score), -np.inf)
    for column, week in enumerate(np.broadcast_to(weeks, score.shape).T):
        fires = (score[:, column] >= cut) & (week >= quiet_until)
        out[:, column] = fires
        quiet_until[fires] = week[fires] + rules.refractory_weeks
    return out


def alerts_per_year(score: Scores, weeks: Scores, cut: float, rules: RuleSet = DEFAULT) -> float:
    """Return alerts per person-year after the learning weeks."""
    counted = weeks >= weeks[0] + LEARNING_WEEKS
    years = len(score) * float(weeks[-1] - weeks[counted][0] + 1) / WEEKS_PER_YEAR
    return float(alerts(score, weeks, cut, rules)[:, counted].sum() / years)


def cut_for_budget(score: Scores, weeks: Scores, budget: float, rules: RuleSet = DEFAULT) -> float:
    """Return the lowest cut that keeps to a budget of alerts per person-year.

    Args:
        score: (n, T) of people without a recorded event.
        weeks: (T,), times of the columns.
        budget: alerts per person-year, above 0.
        rules: `refractory_weeks`.
    """
    finite = score[np.isfinite(score)]
    low, high = float(finite.min()), float(finite.max()) + 1.0
    if alerts_per_year(score, weeks, low, rules) <= budget:
        return low
    while high - low > 1e-3 * max(1.0, abs(high)):
        middle = (low + high) / 2
        if alerts_per_year(score, weeks, middle, rules) > budget:
            low = middle
        else:
            high = middle
    return high
