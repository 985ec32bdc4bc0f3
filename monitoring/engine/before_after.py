"""How each series stood before and after every start, change and stop: timing, never cause.

The estimate is the difference of two plain means, so that it can be recomputed
from the table on the page; its interval knows that neighbouring weeks resemble
each other, and that the rows around one change are read together. What changed
within two weeks of something else cannot be told apart from it, and is named.
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

#: Chance with which all intervals around one change hold their true differences; the band of the level has the same.
INTERVAL = 0.90

#: A change was made after a bad week if the last check-in before it was worse than this share of the others before it,
#: at least so many. Judgement, 30 Nov 2026; of people in whom nothing changes 23 % are in such a week at a random time.
BAD_WEEK, BAD_WEEK_OTHERS = 0.8, 5

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
        low, high: bounds of `difference`; all bounds around one change hold together with a chance of `INTERVAL`.
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
class BadWeek:
    """The last check-in before a change, where it was among the worst.

    Attributes:
        on: its day.
        worse_than: how many of the others it was worse than, by the mean of the ratings.
        others: check-ins that are compared with, before it.
    """

    on: dt.date
    worse_than: int
    others: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BeforeAfter:
    """One start, change or stop with everything that was measured around it.

    Attributes:
        event: what happened.
        together: other changes so close that they cannot be separated from it.
        differences: one per series, ratings first.
        bad_week: the last check-in before it, if that was a bad one: answers then fall back by themselves.
    """

    event: InterventionRecord
    together: tuple[InterventionRecord, ...]
    differences: tuple[Difference, ...]
    bad_week: BadWeek | None = None


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
            differences=_differences([_around(*one, event.on, events, rules) for one in columns], rules),
            bad_week=_bad_week(ratings, event.on, events, rules) if ratings else None,
        )
        for event in events
    )


def _is_near(day: dt.date, other: dt.date, rules: RuleSet) -> bool:
    return abs((day - other).days) <= rules.same_time_days


@dataclass(frozen=True, kw_only=True, slots=True)
class _Around:
    """The answers of one series around one day: natural direction, weeks from the day, and which came after."""

    name: str
    direction: Direction
    values: Floats
    weeks: Floats
    is_after: NDArray[np.bool_]

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many answers came before, the day itself among them, and after."""
        return int((~self.is_after).sum()), int(self.is_after.sum())

    def is_enough(self, rules: RuleSet) -> bool:
        """Say whether there are enough answers on either side for two means."""
        before, after = self.counts
        return before >= rules.effect_min_before and after >= rules.effect_min_after


def _differences(rows: Sequence[_Around], rules: RuleSet) -> tuple[Difference, ...]:
    """Return one difference per series; the intervals of those that have one hold together."""
    interval = joint_interval(sum(row.is_enough(rules) for row in rows))
    return tuple(_difference(row, interval, rules) for row in rows)


def joint_interval(rows: int) -> float:
    """Return the chance with which each of some intervals has to hold, so that all hold together with `INTERVAL`.

    Args:
        rows: intervals that are read together.

    Source:
        Šidák (1967), JASA 62:626: exact for independent rows, careful for rows that move together, as ratings do.
    """
    return float(INTERVAL ** (1 / max(rows, 1)))


def _difference(row: _Around, interval: float, rules: RuleSet) -> Difference:
    """Return one series around one day; without means where there are too few answers."""
    before_n, after_n = row.counts
    if not row.is_enough(rules):
        return Difference(name=row.name, direction=row.direction, before_n=before_n, after_n=after_n)
    before, after = float(row.values[~row.is_after].mean()), float(row.values[row.is_after].mean())
    half = half_width(row.values, row.weeks, row.is_after, interval)
    return Difference(
        name=row.name,
        direction=row.direction,
        before_n=before_n,
        after_n=after_n,
        before_weeks=float(-row.weeks.min()),
        after_weeks=float(row.weeks.max()),
        before=before,
        after=after,
        low=after - before - half,
        high=after - before + half,
    )


def _around(series: Series, column: int, on: dt.date, events: Sequence[InterventionRecord], rules: RuleSet) -> _Around:
    """Return the answers of one series around a day."""
    values, weeks = series.natural[:, column], _weeks_from(series, on)
    first, last = _reach_of(on, events, rules)
    is_used = ~np.isnan(values) & (weeks > first) & (weeks <= last)
    before = np.flatnonzero(is_used & (weeks <= 0))[-rules.effect_baseline :]
    after = np.flatnonzero(is_used & (weeks > 0))[: rules.effect_baseline]
    used = np.concatenate([before, after])
    return _Around(
        name=str(series.names[column]),
        direction=series.directions[column],
        values=values[used],
        weeks=weeks[used],
        is_after=weeks[used] > 0,
    )


def _weeks_from(series: Series, on: dt.date) -> Floats:
    """Return when each check-in was, weeks from a day."""
    return np.asarray(series.weeks - (on - series.on[0]).days / 7)


def _reach_of(on: dt.date, events: Sequence[InterventionRecord], rules: RuleSet) -> tuple[float, float]:
    """Return how far is compared on either side of a day, weeks: to the next change that can be told apart."""
    others = [(event.on - on).days / 7 for event in events if not _is_near(event.on, on, rules)]
    first = max([week for week in others if week < 0], default=-FURTHEST_WEEKS)
    last = min([week for week in others if week > 0], default=FURTHEST_WEEKS)
    return max(first, -FURTHEST_WEEKS), min(last, FURTHEST_WEEKS)


def _bad_week(ratings: Series, on: dt.date, events: Sequence[InterventionRecord], rules: RuleSet) -> BadWeek | None:
    """Return the last check-in before a day, not long ago, if it was among the worst of those that are compared."""
    if not len(ratings):
        return None
    weeks, badness = _weeks_from(ratings, on), _badness(ratings)
    first, _ = _reach_of(on, events, rules)
    before = np.flatnonzero(~np.isnan(badness) & (weeks > first) & (weeks <= 0))[-rules.effect_baseline :]
    others, last = before[:-1], before[-1:]
    if len(others) < BAD_WEEK_OTHERS or weeks[last[0]] * 7 < -rules.same_time_days:
        return None
    worse_than = int((badness[others] < badness[last]).sum())
    if worse_than < BAD_WEEK * len(others):
        return None
    return BadWeek(on=ratings.on[int(last[0])], worse_than=worse_than, others=len(others))


def _badness(ratings: Series) -> Floats:
    """Return (T,): the mean of the ratings of each check-in, higher is worse; NaN where one was left blank."""
    return np.asarray(ratings.worse.mean(axis=1))


def half_width(values: Floats, weeks: Floats, is_after: NDArray[np.bool_], interval: float = INTERVAL) -> float:
    """Return how far from the difference of the two means its interval reaches, points.

    `y = before + difference * after + AR(1) + noise`. How much the weeks
    resemble each other is not known: every kind of `MEMORIES` is weighed by its
    restricted likelihood, and the interval is that of the mixture of Student t.

    Args:
        values: (n,), answers, points; no NaN.
        weeks: (n,), their times.
        is_after: (n,), which of them came after; at least two on either side.
        interval: chance with which it is to hold the true difference.

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
    return _reach(errors, share / share.sum(), freedom, interval)


def _covariances(weeks: Floats) -> Floats:
    """Return (k, n, n): the correlation of the answers under each of `MEMORIES`."""
    share, memory = np.array(MEMORIES).T[:, :, None, None]
    apart = np.abs(weeks[:, None] - weeks[None, :])
    return np.asarray(share * memory**apart + (1 - share) * np.eye(len(weeks)))


def _reach(errors: Floats, share: Floats, freedom: int, interval: float) -> float:
    """Return the half-width that holds `interval` of a mixture of centred Student t distributions.

    Args:
        errors: (k,), standard errors, points.
        share: (k,), weights, sum 1.
        freedom: degrees of freedom, the same for all.
        interval: a chance.
    """
    grid = np.linspace(0, TAIL * float(errors.max()), STEPS)
    height = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    each = (1 + (grid / errors[:, None]) ** 2 / freedom) ** (-(freedom + 1) / 2)
    density = (share * height / errors) @ each
    area = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * grid[1])])
    return float(np.interp(interval / 2, area, grid))
