"""A person's own level and spread: what is usual for this person.

Everything is causal: the value for a day uses that day and earlier ones only.
"""

from collections.abc import Mapping, Sequence
from math import isnan, sqrt

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.series import Series, flip, rating_series, score_series
from monitoring.engine.records import Domain, History, LevelPoint
from monitoring.engine.rules import DEFAULT, RuleSet

Floats = NDArray[np.float64]


def shrunken_sd(values: Sequence[float] | Floats, prior_sd: float, rules: RuleSet) -> float:
    """Return a person's spread on one scale, pulled towards what people have.

    Args:
        values: answered values of one scale, points; no NaN.
        prior_sd: spread that people have on this scale, points.
        rules: `noise_prior_weight` is how many check-ins the prior counts for.

    Returns:
        Standard deviation in points, always above 0, also for constant answers.
    """
    # Two dozen values at most, for hundreds of people a page: an array would cost more than the sum.
    centre = sum(values) / max(len(values), 1)
    own = sum((value - centre) ** 2 for value in values)
    weight = rules.noise_prior_weight
    pooled = (weight * prior_sd**2 + own) / (weight + max(len(values) - 1, 0))
    return sqrt(pooled)


def usual_range(values: Sequence[float] | Floats, error: float, rules: RuleSet) -> tuple[float, float] | None:
    """Return the usual range from one person's earlier answers.

    Args:
        values: answers of one scale in the running epoch up to a day, oldest
            first, points; no NaN.
        error: points of one standard error of measurement; 1 for ratings.
        rules: the newest `usual_held_out` are left out, so that a change does
            not become usual by itself; older than `usual_window` is forgotten.

    Returns:
        Bounds that hold about 4 of 5 answers; None before `usual_check_ins`.
    """
    if len(values) < rules.usual_check_ins:
        return None
    return range_of(values[: -rules.usual_held_out], error, rules)


def range_of(before: Sequence[float] | Floats, error: float, rules: RuleSet) -> tuple[float, float]:
    """Return bounds that hold about 4 of 5 answers like the given ones.

    Args:
        before: at least one answered value, oldest first, points.
        error: points of one standard error of measurement; 1 for ratings.
        rules: only the newest `usual_window` values count.

    Source:
        Hahn and Meeker (1991), Statistical Intervals: where the next answer lies, with the error of the mean, too.
        Simulated (evaluate_engine): without it 77 of 100 next answers fell inside at first, with it 80.
    """
    before = before[-rules.usual_window :]
    spread = shrunken_sd(before, rules.noise_prior_sd * error, rules)
    half = rules.usual_z * spread * sqrt(1 + 1 / len(before))
    centre = float(sum(before) / len(before))
    return centre - half, centre + half


def _usual_ranges(values: Floats, epoch: NDArray[np.int64], error: float, rules: RuleSet) -> Floats:
    """Return (T, 2): `usual_range` of every answer at once, NaN while it is learned.

    Running totals give every window's mean and spread without a loop; a chart of
    two years asks for some thousand windows.

    Args:
        values: (T,), answers of one scale, oldest first, points; no NaN.
        epoch: (T,), number of the reference period of each answer.
        error: points of one standard error of measurement; 1 for ratings.
        rules: as for `usual_range`.
    """
    index = np.arange(len(values))
    # Answers of the running epoch up to and including each answer start here.
    starts = np.searchsorted(epoch, epoch)
    last = index + 1 - rules.usual_held_out
    first = np.maximum(starts, last - rules.usual_window)
    has_range = index - starts + 1 >= rules.usual_check_ins
    first, last = first[has_range], last[has_range]
    middle = values[0] if len(values) else 0.0
    sums = np.concatenate([[0.0], np.cumsum(values - middle)])
    squares = np.concatenate([[0.0], np.cumsum((values - middle) ** 2)])
    count = last - first
    mean = (sums[last] - sums[first]) / count
    own = np.clip(squares[last] - squares[first] - count * mean**2, 0, None)
    weight = rules.noise_prior_weight
    pooled = (weight * (rules.noise_prior_sd * error) ** 2 + own) / (weight + np.maximum(count - 1, 0))
    half = rules.usual_z * np.sqrt(pooled * (1 + 1 / count))
    out = np.full((len(values), 2), np.nan)
    out[has_range] = np.stack([middle + mean - half, middle + mean + half], axis=1)
    return out


def _filter_levels(values: Floats, weeks: Floats, epoch: NDArray[np.int64], scale: float, rules: RuleSet) -> Floats:
    """Return (T, 2): filtered level and its standard deviation, points.

    A local level that wanders: between check-ins its variance grows with the
    gap, at a check-in it moves towards the answer. The newest epoch starts from
    its own first answer.
    """
    noise = (rules.level_noise_sd * scale) ** 2
    wander = (rules.level_wander_sd * scale) ** 2
    out = []
    level, spread, before, running = 0.0, 0.0, 0.0, None
    # Plain numbers: a loop over NumPy scalars takes five times as long.
    for value, week, number in zip(values.tolist(), weeks.tolist(), epoch.tolist(), strict=True):
        if number != running:
            level, spread = value, noise
        else:
            spread += wander * (week - before)
            gain = spread / (spread + noise)
            level += gain * (value - level)
            spread *= 1 - gain
        before, running = week, number
        out.append((level, spread**0.5))
    return np.array(out).reshape(len(out), 2)


def column_levels(series: Series, column: int, rules: RuleSet = DEFAULT) -> tuple[LevelPoint, ...]:
    """Return level, 90 % band and usual range of one scale, one per answer.

    Returns:
        Natural direction, points, within the scale's range; unanswered days
        have no point, so that a chart breaks its line there.
    """
    is_answered = ~np.isnan(series.worse[:, column])
    values, epoch = series.worse[is_answered, column], series.epoch[is_answered]
    level, sd = _filter_levels(values, series.weeks[is_answered], epoch, series.scale, rules).T
    half = rules.level_z * sd
    band = _natural_ranges(series, column, np.stack([level - half, level + half], axis=1))
    usual = _natural_ranges(series, column, _usual_ranges(values, epoch, series.error, rules))
    centre = flip(level, series.directions[column], series.minimum, series.maximum).tolist()
    days = [day for day, answered in zip(series.on, is_answered.tolist(), strict=True) if answered]
    return tuple(
        LevelPoint(on=day, level=at, low=low, high=high, usual_low=_or_none(edges[0]), usual_high=_or_none(edges[1]))
        for day, at, (low, high), edges in zip(days, centre, band, usual, strict=True)
    )


def _or_none(value: float) -> float | None:
    return None if isnan(value) else value


def _natural_ranges(series: Series, column: int, bounds: Floats) -> list[tuple[float, float]]:
    """Return (T, 2) bounds in natural direction, ordered, inside the scale; NaN stays NaN."""
    ends = np.sort(flip(bounds, series.directions[column], series.minimum, series.maximum), axis=1)
    ends[:, 0] = np.maximum(ends[:, 0], series.minimum)
    ends[:, 1] = np.minimum(ends[:, 1], series.maximum)
    return [(low, high) for low, high in ends.tolist()]


def estimate_levels(history: History, rules: RuleSet = DEFAULT) -> Mapping[Domain, tuple[LevelPoint, ...]]:
    """Return the estimated level of each rating on each answered day."""
    series = rating_series(history, rules)
    return {domain: column_levels(series, d, rules) for d, domain in enumerate(Domain)}


def estimate_score_levels(history: History, instrument: str, rules: RuleSet = DEFAULT) -> tuple[LevelPoint, ...]:
    """Return the estimated level of one instrument's total on each scored day."""
    return column_levels(score_series(history, instrument, rules), 0, rules)
