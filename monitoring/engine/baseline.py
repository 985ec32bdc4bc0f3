"""A person's own level and spread: what is usual for this person.

Everything is causal: the value for a day uses that day and earlier ones only.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.records import Domain, History, LevelPoint
from monitoring.engine.rules import DEFAULT, RuleSet
from monitoring.engine.series import Series, rating_series, score_series

Floats = NDArray[np.float64]


def shrunken_sd(values: Floats, prior_sd: float, rules: RuleSet) -> float:
    """Return a person's spread on one scale, pulled towards what people have.

    Args:
        values: answered values of one scale, points; no NaN.
        prior_sd: spread that people have on this scale, points.
        rules: `noise_prior_weight` is how many check-ins the prior counts for.

    Returns:
        Standard deviation in points, always above 0, also for constant answers.
    """
    own = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    weight = rules.noise_prior_weight
    pooled = (weight * prior_sd**2 + own) / (weight + max(len(values) - 1, 0))
    return float(np.sqrt(pooled))


def usual_range(values: Floats, scale: float, rules: RuleSet) -> tuple[float, float] | None:
    """Return the usual range from one person's earlier answers.

    Args:
        values: answers of one scale in the running epoch up to a day, oldest
            first, points; no NaN.
        scale: points per kernel unit; 1 for ratings.
        rules: the newest `usual_held_out` are left out, so that a change does
            not become usual by itself; older than `usual_window` is forgotten.

    Returns:
        Bounds that hold about 4 of 5 answers; None before `usual_check_ins`.
    """
    if len(values) < rules.usual_check_ins:
        return None
    return range_of(values[: -rules.usual_held_out], scale, rules)


def range_of(before: Floats, scale: float, rules: RuleSet) -> tuple[float, float]:
    """Return bounds that hold about 4 of 5 answers like the given ones.

    Args:
        before: at least one answered value, oldest first, points.
        scale: points per kernel unit; 1 for ratings.
        rules: only the newest `usual_window` values count.
    """
    before = before[-rules.usual_window :]
    half = rules.usual_z * shrunken_sd(before, rules.noise_prior_sd * scale, rules)
    centre = float(before.mean())
    return centre - half, centre + half


def _filter_levels(values: Floats, weeks: Floats, epoch: NDArray[np.int64], scale: float, rules: RuleSet) -> Floats:
    """Return (T, 2): filtered level and its standard deviation, points.

    A local level that wanders: between check-ins its variance grows with the
    gap, at a check-in it moves towards the answer. The newest epoch starts from
    its own first answer.
    """
    noise = (rules.level_noise_sd * scale) ** 2
    wander = (rules.level_wander_sd * scale) ** 2
    out = np.empty((len(values), 2))
    level, spread = 0.0, np.inf
    for i, value in enumerate(values):
        gap = weeks[i] - weeks[i - 1] if i else 0.0
        fresh = i == 0 or epoch[i] != epoch[i - 1]
        spread = np.inf if fresh else spread + wander * gap
        gain = 1.0 if fresh else spread / (spread + noise)
        level += gain * (value - level)
        spread = noise if fresh else (1 - gain) * spread
        out[i] = level, np.sqrt(spread)
    return out


def column_levels(series: Series, column: int, rules: RuleSet = DEFAULT) -> tuple[LevelPoint, ...]:
    """Return level, 90 % band and usual range of one scale, one per answer.

    Returns:
        Natural direction, points, within the scale's range; unanswered days
        have no point, so that a chart breaks its line there.
    """
    there = ~np.isnan(series.worse[:, column])
    values = series.worse[there, column]
    epoch = series.epoch[there]
    filtered = _filter_levels(values, series.weeks[there], epoch, series.scale, rules)
    days = [day for day, answered in zip(series.on, there, strict=True) if answered]
    points = []
    for i, day in enumerate(days):
        own = values[: i + 1][epoch[: i + 1] == epoch[i]]
        level, sd = filtered[i]
        band = _natural_range(series, column, level - rules.level_z * sd, level + rules.level_z * sd)
        usual = usual_range(own, series.scale, rules)
        edges = _natural_range(series, column, *usual) if usual else (None, None)
        centre = series.to_natural(level, column)
        points.append(
            LevelPoint(on=day, level=centre, low=band[0], high=band[1], usual_low=edges[0], usual_high=edges[1])
        )
    return tuple(points)


def _natural_range(series: Series, column: int, low: float, high: float) -> tuple[float, float]:
    """Return the two bounds in natural direction, ordered, inside the scale."""
    ends = sorted(series.to_natural(value, column) for value in (low, high))
    return max(ends[0], series.minimum), min(ends[1], series.maximum)


def estimate_levels(history: History, rules: RuleSet = DEFAULT) -> Mapping[Domain, tuple[LevelPoint, ...]]:
    """Return the estimated level of each rating on each answered day."""
    series = rating_series(history, rules)
    return {domain: column_levels(series, d, rules) for d, domain in enumerate(Domain)}


def estimate_score_levels(history: History, instrument: str, rules: RuleSet = DEFAULT) -> tuple[LevelPoint, ...]:
    """Return the estimated level of one instrument's total on each scored day."""
    return column_levels(score_series(history, instrument, rules), 0, rules)
