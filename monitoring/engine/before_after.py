"""How each series stood before and after every start, change and stop: timing, never cause.

The estimate is the difference of two plain means, so that it can be recomputed
from the table on the page; its interval knows that neighbouring weeks resemble
each other. What changed within two weeks of something else cannot be told
apart from it, and is named.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, lgamma, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.series import Series, rating_series, score_series
from monitoring.engine.records import Direction, History, InterventionRecord
from monitoring.engine.rules import DEFAULT, RuleSet

Floats = NDArray[np.float64]

#: Chance with which the interval holds the true difference; the band of the level has the same.
INTERVAL = 0.90

#: Answers further away than this say nothing about the time around a change, weeks. Judgement: half a year.
FURTHEST_WEEKS = 26.0

#: How neighbouring weeks may resemble each other: (share of the variance that is remembered, memory per week), from
#: independence to strong memory; the kernel (.23, .90) and World A (about .25, .82) lie between. Coarse on purpose:
#: twelve answers cannot tell finer ones apart.
MEMORIES = tuple(product((0.0, 0.15, 0.3, 0.5, 0.7, 0.9), (0.6, 0.85)))

#: Variance of rounding to whole points: constant answers are no proof of a constant person.
ROUNDING = 1 / 12

#: Half of the t densities, as far as anyone could ask, in standard errors and steps.
TAIL, STEPS = 12.0, 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One series around one day, natural direction, points.

    Attributes:
        name: domain or instrument.
        direction: natural direction of the series.
        before_n, after_n: answers on either side.
        before_weeks, after_weeks: weeks from the furthest answer to the day.
        before, after: plain means; None with too few answers on either side.
        low, high: bounds of `difference` with a chance of `INTERVAL`.
    """

    name: str
    direction: Direction
    before_n: int
    after_n: int
    before_weeks: float = 0.0
    after_weeks: float = 0.0
    before: float | None = None
    after: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def difference(self) -> float | None:
        """Return the mean after minus the mean before, points; None with too few answers."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def is_clear(self) -> bool:
        """Return whether the interval lies on one side of zero."""
        return self.low is not None and self.high is not None and self.low * self.high > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class BeforeAfter:
    """One start, change or stop with everything that was measured around it.

    Attributes:
        event: what happened.
        together: other changes so close that they cannot be separated from it.
        differences: one per series, ratings first.
    """

    event: InterventionRecord
    together: tuple[InterventionRecord, ...]
    differences: tuple[Difference, ...]


def before_after(history: History, rules: RuleSet = DEFAULT) -> tuple[BeforeAfter, ...]:
    """Return every start, change and stop up to `as_of`, by date, with the differences around it.

    Before reaches back, and after forward, to the neighbouring change that can
    be told apart, at most `rules.effect_baseline` answers and `FURTHEST_WEEKS`.
    The day itself belongs to before.

    Args:
        history: one episode.
        rules: `effect_baseline`, `effect_min_before`, `effect_min_after`,
            `same_time_days`.

    Source:
        docs/engine.md#after-a-start: known onset, all answers before the start and never the last
        alone, AR(1) with noise. Here without a prior for the shift and without
        lags: what is printed is a difference of means, not the effect of a dose.
    """
    events = sorted((event for event in history.interventions if event.on <= history.as_of), key=lambda event: event.on)
    codes = sorted(
        {record.instrument for record in history.scores if record.value is not None and record.on <= history.as_of}
    )
    ratings = rating_series(history, rules).answered() if history.check_ins else None
    every = [*([ratings] if ratings else []), *(score_series(history, code, rules) for code in codes)]
    columns = [(series, column) for series in every if len(series) for column in range(len(series.names))]
    return tuple(
        BeforeAfter(
            event=event,
            together=tuple(other for other in events if other is not event and _is_near(other.on, event.on, rules)),
            differences=tuple(_difference(series, column, event.on, events, rules) for series, column in columns),
        )
        for event in events
    )


def _is_near(day: dt.date, other: dt.date, rules: RuleSet) -> bool:
    return abs((day - other).days) <= rules.same_time_days


def _difference(
    series: Series, column: int, on: dt.date, events: Sequence[InterventionRecord], rules: RuleSet
) -> Difference:
    """Return one series around one day; without means where there are too few answers."""
    values, weeks, is_after = _around(series, column, on, events, rules)
    counts = {"before_n": int((~is_after).sum()), "after_n": int(is_after.sum())}
    name, direction = str(series.names[column]), series.directions[column]
    if counts["before_n"] < rules.effect_min_before or counts["after_n"] < rules.effect_min_after:
        return Difference(name=name, direction=direction, **counts)
    before, after = float(values[~is_after].mean()), float(values[is_after].mean())
    half = half_width(values, weeks, is_after)
    return Difference(
        name=name,
        direction=direction,
        **counts,
        before_weeks=float(-weeks.min()),
        after_weeks=float(weeks.max()),
        before=before,
        after=after,
        low=after - before - half,
        high=after - before + half,
    )


def _around(
    series: Series, column: int, on: dt.date, events: Sequence[InterventionRecord], rules: RuleSet
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return answers around a day in natural direction, their weeks from it, and which came after."""
    values = series.natural[:, column]
    weeks = series.weeks - (on - series.on[0]).days / 7
    others = [(event.on - on).days / 7 for event in events if not _is_near(event.on, on, rules)]
    first = max([week for week in others if week < 0], default=-FURTHEST_WEEKS)
    last = min([week for week in others if week > 0], default=FURTHEST_WEEKS)
    is_used = ~np.isnan(values) & (weeks > max(first, -FURTHEST_WEEKS)) & (weeks <= min(last, FURTHEST_WEEKS))
    before = np.flatnonzero(is_used & (weeks <= 0))[-rules.effect_baseline :]
    after = np.flatnonzero(is_used & (weeks > 0))[: rules.effect_baseline]
    used = np.concatenate([before, after])
    return values[used], weeks[used], weeks[used] > 0


def half_width(values: Floats, weeks: Floats, is_after: NDArray[np.bool_]) -> float:
    """Return how far from the difference of the two means its interval reaches, points.

    `y = before + difference * after + AR(1) + noise`. How much the weeks
    resemble each other is not known: every kind of `MEMORIES` is weighed by its
    restricted likelihood, and the interval is that of the mixture of Student t.

    Args:
        values: (n,), answers, points; no NaN.
        weeks: (n,), their times.
        is_after: (n,), which of them came after; at least two on either side.

    Source:
        Restricted likelihood: Harville (1974), Biometrika 61:383. Correlated
        errors make the plain standard error of a step too small: docs/engine.md#after-a-start and
        the cautions for single-case series in doi 10.1002/sim.9676.
    """
    freedom = len(values) - 2
    design = np.stack([np.ones(len(values)), is_after.astype(float)], axis=1)
    covariance = _covariances(weeks)
    solved = np.linalg.solve(covariance, np.column_stack([design, values])[None])
    information = design.T @ solved[:, :, :2]
    pull = design.T @ solved[:, :, 2:]
    fit = np.linalg.solve(information, pull)
    misfit = (values @ solved[:, :, 2:])[:, 0] - (pull * fit).sum(axis=(1, 2))
    misfit = np.maximum(misfit, freedom * (ROUNDING if np.all(values == np.round(values)) else 1e-6))
    log_share = -(np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] + freedom * np.log(misfit)) / 2
    share = np.exp(log_share - log_share.max())
    contrast = np.where(is_after, 1 / is_after.sum(), -1 / (~is_after).sum())
    errors = np.sqrt(misfit / freedom * (contrast @ covariance @ contrast))
    return _reach(errors, share / share.sum(), freedom)


def _covariances(weeks: Floats) -> Floats:
    """Return (k, n, n): the correlation of the answers under each of `MEMORIES`."""
    share, memory = np.array(MEMORIES).T[:, :, None, None]
    apart = np.abs(weeks[:, None] - weeks[None, :])
    return np.asarray(share * memory**apart + (1 - share) * np.eye(len(weeks)))


def _reach(errors: Floats, share: Floats, freedom: int) -> float:
    """Return the half-width that holds `INTERVAL` of a mixture of centred Student t distributions.

    Args:
        errors: (k,), standard errors, points.
        share: (k,), weights, sum 1.
        freedom: degrees of freedom, the same for all.
    """
    grid = np.linspace(0, TAIL * float(errors.max()), STEPS)
    height = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    each = (1 + (grid / errors[:, None]) ** 2 / freedom) ** (-(freedom + 1) / 2)
    density = (share * height / errors) @ each
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * grid[1])])
    return float(np.interp(INTERVAL / 2, area, grid))
