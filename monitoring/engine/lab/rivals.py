"""The detectors that field practice and textbooks use, for the benchmark only; other people's stand in `borrowed`.

Each takes a panel, higher is worse, and one setting, and returns a
statistic (n, T), -inf where nothing was answered. All are causal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.filter.batches import score_batch
from monitoring.engine.lab import borrowed
from monitoring.engine.lab.contrast import Window, rolling_contrast
from monitoring.engine.lab.libraries import is_installed, load
from monitoring.engine.lab.people.simulate import SimulatedPeople
from monitoring.engine.rules import DEFAULT, RuleSet

Floats = NDArray[np.float64]
Rival = Callable[[SimulatedPeople, float], Floats]

#: Check-ins of the fixed baseline that textbooks use.
FIXED_BASELINE = 8

#: Standard error of a single 0 to 10 rating, points (docs/engine.md#instruments).
RATING_SEM = 1.0

#: Minimal important difference of a single 0 to 10 rating, points (docs/engine.md#instruments).
RATING_MCID = 1.5


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A person's first check-ins: mean and spread (n, 1, D), NaN until complete."""

    mean: Floats
    sd: Floats
    ready: NDArray[np.bool_]


def _any_domain(statistic: Floats) -> Floats:
    """Return the loudest domain (n, T); -inf where none has a value."""
    return np.asarray(np.where(np.isnan(statistic), -np.inf, statistic).max(axis=2))


def fixed_baseline(ratings: Floats, *, shrunken: bool) -> Baseline:
    """Return mean and spread of the first check-ins of each person.

    Args:
        ratings: (n, T, D).
        shrunken: pull the spread towards what people have.
    """
    order = np.cumsum(~np.isnan(ratings), axis=1)
    first = (order <= FIXED_BASELINE) & ~np.isnan(ratings)
    count = np.maximum(first.sum(axis=1, keepdims=True), 1)
    mean = np.where(first, ratings, 0).sum(axis=1, keepdims=True) / count
    squares = np.where(first, (ratings - mean) ** 2, 0).sum(axis=1, keepdims=True)
    weight = DEFAULT.noise_prior_weight if shrunken else 0.0
    prior = weight * DEFAULT.noise_prior_sd**2
    variance = (prior + squares) / np.maximum(weight + count - 1, 1)
    return Baseline(mean=mean, sd=np.maximum(np.sqrt(variance), 0.3), ready=order > FIXED_BASELINE)


def raw_threshold(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the worst rating: alarm at a fixed number."""
    ratings = panel.ratings
    return _any_domain(ratings)


def change_from_previous(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the largest rise since the check-in before, a constant number of check-ins back."""
    ratings = panel.ratings
    window = Window(recent=1, baseline=1, prior_sd=1.0, prior_weight=1.0)
    return _any_domain(_rolling(ratings, window, smallest=1).difference)


class _Differences:
    """Differences and statistics of a rolling window, (n, T, D)."""

    def __init__(self, difference: Floats, statistic: Floats) -> None:
        self.difference, self.statistic = difference, statistic


def _rolling(ratings: Floats, window: Window, smallest: int = 2) -> _Differences:
    contrasts = rolling_contrast(np.swapaxes(ratings, 1, 2), window, smallest=smallest)
    return _Differences(np.swapaxes(contrasts.difference, 1, 2), np.swapaxes(contrasts.statistic, 1, 2))


def rci_from_first(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the reliable change index against the first score.

    Source:
        Jacobson and Truax (1991), J Consult Clin Psychol 59:12.
    """
    ratings = panel.ratings
    order = np.cumsum(~np.isnan(ratings), axis=1)
    first = np.where((order == 1) & ~np.isnan(ratings), ratings, 0).sum(axis=1, keepdims=True)
    return _any_domain(np.where(order > 1, ratings - first, np.nan) / (RATING_SEM * np.sqrt(2)))


def rci_from_mean(panel: SimulatedPeople, setting: float) -> Floats:
    """Return the reliable change index against the mean of the first check-ins.

    The newest `setting` check-ins are averaged.
    """
    ratings = panel.ratings
    base = fixed_baseline(ratings, shrunken=True)
    recent = _running_mean(ratings, int(setting))
    return _any_domain(np.where(base.ready, (recent - base.mean) / RATING_SEM, np.nan))


def _in_order(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where what is there stands (n, T, D), oldest first; what is not there comes behind."""
    return np.asarray(np.argsort(~there, axis=1, kind="stable"))


def _put_back(values: Floats, order: NDArray[np.int64], there: NDArray[np.bool_]) -> Floats:
    """Return values in their columns again; NaN where nothing was there."""
    out = np.empty_like(values)
    np.put_along_axis(out, order, values, axis=1)
    return np.where(there, out, np.nan)


def _running_mean(ratings: Floats, width: int) -> Floats:
    """Return means of the newest `width` answers, NaN where not answered."""
    there = ~np.isnan(ratings)
    order = _in_order(there)
    total = np.cumsum(np.nan_to_num(np.take_along_axis(ratings, order, axis=1)), axis=1)
    newest = total.copy()
    newest[:, width:] -= total[:, :-width]
    count = np.minimum(np.arange(1, ratings.shape[1] + 1), width)
    return _put_back(newest / count[None, :, None], order, there)


def shewhart(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return how many personal SD the newest rating lies above the fixed baseline.

    Source:
        Shewhart (1931), Economic control of quality of manufactured product.
    """
    ratings = panel.ratings
    base = fixed_baseline(ratings, shrunken=False)
    return _any_domain(np.where(base.ready, (ratings - base.mean) / base.sd, np.nan))


def _ewma(ratings: Floats, base: Baseline, weight: float) -> Floats:
    there = ~np.isnan(ratings) & base.ready
    order = _in_order(there)
    above = np.take_along_axis(np.where(there, ratings - base.mean, 0), order, axis=1)
    smooth = load("scipy.signal").lfilter([weight], [1, weight - 1], above, axis=1)
    return _put_back(smooth, order, there) / base.sd


def ewma_personal(panel: SimulatedPeople, setting: float) -> Floats:
    """Return the textbook personal EWMA in SD of the fixed baseline.

    Source:
        Roberts (1959), Technometrics 1:239; on symptoms Smit and Snippe (2022),
        PMC10476069.
    """
    ratings = panel.ratings
    return _any_domain(_ewma(ratings, fixed_baseline(ratings, shrunken=False), setting))


def ewma_shrunken(panel: SimulatedPeople, setting: float) -> Floats:
    """Return the EWMA with a spread pulled towards what people have."""
    ratings = panel.ratings
    return _any_domain(_ewma(ratings, fixed_baseline(ratings, shrunken=True), setting))


def kalman_level(panel: SimulatedPeople, setting: float) -> Floats:
    """Return how sure a random-walk level lies above its mean 9 to 20 check-ins earlier.

    Args:
        panel: answers and times.
        setting: weekly step of the level, points.

    Source:
        Harvey (1989), Forecasting, structural time series models, ch. 3.
    """
    ratings = panel.ratings
    people, columns, domains = ratings.shape
    level = np.full((people, domains), DEFAULT.start_mean)
    variance = np.full((people, domains), DEFAULT.start_sd**2 + DEFAULT.start_domain_sd**2)
    levels = np.empty((columns, people, domains))
    out = np.full(ratings.shape, np.nan)
    for column in range(columns):
        y = ratings[:, column]
        there = ~np.isnan(y)
        variance = variance + setting**2
        gain = np.where(there, variance / (variance + RATING_SEM**2), 0)
        level = level + gain * (np.where(there, y, level) - level)
        variance = (1 - gain) * variance
        levels[column] = level
        if column >= 2 * FIXED_BASELINE:
            before = levels[max(column - 20, 0) : column - 8].mean(axis=0)
            certain = (level - before - RATING_MCID) / np.sqrt(variance)
            out[:, column] = np.where(there, certain, np.nan)
    return _any_domain(out)


def rolling(panel: SimulatedPeople, setting: float) -> Floats:
    """Return the rolling contrast of the newest `setting` check-ins, any domain."""
    ratings = panel.ratings
    window = Window(
        recent=int(setting),
        baseline=DEFAULT.contrast_baseline,
        prior_sd=DEFAULT.noise_prior_sd,
        prior_weight=DEFAULT.noise_prior_weight,
    )
    return _any_domain(_rolling(ratings, window).statistic)


def _kernel(ratings: Floats, weeks: Floats, rules: RuleSet) -> Floats:
    return score_batch(ratings, weeks, rules).score.astype(float)


def bayes_mean_only(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the change-point filter on the mean of the domains only."""
    ratings = panel.ratings
    there = ~np.isnan(ratings)
    count = there.sum(axis=2, keepdims=True)
    mean = np.where(there, ratings, 0).sum(axis=2, keepdims=True) / np.maximum(count, 1)
    return _kernel(np.where(count > 0, mean, np.nan), panel.weeks, DEFAULT)


def bayes_per_domain(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the change-point filter on each domain alone, the loudest."""
    return _kernel(panel.ratings, panel.weeks, replace(DEFAULT, solo_share=1.0))


def joint_only(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the joint filter without the average with the single domains."""
    return _kernel(panel.ratings, panel.weeks, replace(DEFAULT, solo_share=0.0))


def tidemark(panel: SimulatedPeople, _setting: float) -> Floats:
    """Return the score of this engine."""
    return _kernel(panel.ratings, panel.weeks, DEFAULT)


#: ruptures is missing where it refuses the interpreter.
_REFITTED: Mapping[str, tuple[Rival, tuple[float, ...]]] = {
    "refitted change point (ruptures)": (borrowed.refitted_change_point, (26,))
}

#: Detectors that take milliseconds a person: they are compared on the first fifth of the people of each panel.
COSTLY = frozenset({"online change points (changepoint)", "refitted change point (ruptures)"})
COSTLY_SHARE = 5

#: Every detector with the settings it may choose from on the training seeds.
RIVALS: Mapping[str, tuple[Rival, tuple[float, ...]]] = {
    "raw threshold, any domain": (raw_threshold, (0,)),
    "change from previous, any": (change_from_previous, (0,)),
    "RCI vs first score, any": (rci_from_first, (0,)),
    "RCI vs 8-week mean, any": (rci_from_mean, (1, 2, 4)),
    "Shewhart, personal mean/SD": (shewhart, (0,)),
    "EWMA, personal SD (textbook)": (ewma_personal, (0.2, 0.4, 0.6)),
    "EWMA, shrunken SD": (ewma_shrunken, (0.2, 0.4, 0.6)),
    "Kalman level, any domain": (kalman_level, (0.2, 0.35, 0.5)),
    "rolling contrast, any": (rolling, (2, 3, 4)),
    "Page-Hinkley (river)": (borrowed.page_hinkley, (1.0, 1.5, 2.0)),
    "online change points (changepoint)": (borrowed.online_change_points, (52,)),
    **(_REFITTED if is_installed("ruptures") else {}),
    "Bayes change point, mean only": (bayes_mean_only, (0,)),
    "Bayes change point, per domain": (bayes_per_domain, (0,)),
    "joint only": (joint_only, (0,)),
    "Tidemark (joint and single)": (tidemark, (0,)),
}
