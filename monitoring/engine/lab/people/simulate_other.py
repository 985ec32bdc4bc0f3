"""A second, different generator of synthetic patients: the kernel was not tuned on it.

Its people wander by mean reversion with jumps, answer on their own stretched
and stepped scale, are noisier in the middle, skip weeks in runs, overshoot and
partly recover. Same panel as `simulate`, other mechanisms.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.lab.people.simulate import Floats, Shape, SimulatedPeople
from monitoring.engine.records import Domain

#: Chance per week that the mean a person reverts to jumps a little for good.
JUMPS_PER_YEAR = 0.8


def _latent(rng: np.random.Generator, n: int, t: int, d: int) -> Floats:
    """Return levels that revert to a mean which sometimes jumps a little."""
    mean = rng.uniform(2.0, 7.0, (n, 1)) + rng.normal(0, 1.0, (n, d))
    loading = rng.uniform(0.2, 1.0, (n, d))
    pull = rng.uniform(0.08, 0.4, (n, 1))
    unrest = rng.gamma(4.0, 0.1, (n, 1))
    level = np.empty((n, t, d))
    level[:, 0] = mean
    for week in range(1, t):
        jumps = rng.random((n, 1)) < JUMPS_PER_YEAR / 52
        mean = mean + jumps * rng.normal(0, 0.5, (n, 1)) * loading
        shared = rng.standard_normal((n, 1)) * loading + rng.standard_normal((n, d)) * np.sqrt(1 - loading**2)
        level[:, week] = level[:, week - 1] + pull * (mean - level[:, week - 1]) + unrest * shared
    return level


def _event(
    rng: np.random.Generator, shape: Shape, n: int, t: int, d: int, window: tuple[int, int]
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Return a worsening that overshoots and gives a quarter of itself back."""
    onset = rng.integers(*window, n)
    size = rng.uniform(*{Shape.RELAPSE: (2.5, 5.0), Shape.HUGE: (5.0, 8.0)}.get(shape, (1.5, 4.0)), n)
    weight = rng.beta(1.2, 1.2, (n, d))
    primary = rng.integers(0, d, n)
    if shape is Shape.SINGLE:
        weight[:] = 0
    weight[np.arange(n), primary] = 1
    since = np.arange(t)[None, :] - onset[:, None] + 1.0
    slow = shape in {Shape.RAMP, Shape.RELAPSE}
    rise = 1 / (1 + np.exp(-(since - 4) * 1.2)) if slow else (since > 0).astype(float)
    settle = 1 - 0.25 * np.clip((since - 6) / 12, 0, 1)
    course = np.where(since > 0, rise * settle, 0)
    shift = size[:, None] * weight
    return course[:, :, None] * shift[:, None], onset, shift


def _answers(rng: np.random.Generator, level: Floats) -> Floats:
    """Return whole numbers on each person's own stretched and stepped scale."""
    n = len(level)
    stretch = rng.uniform(0.75, 1.25, (n, 1, 1))
    middle = np.exp(-(((level - 5) / 4) ** 2))
    scale = rng.gamma(9.0, 0.095, (n, 1, 1))
    shared = rng.laplace(0, 0.42, (*level.shape[:2], 1))
    own = rng.laplace(0, 0.5, level.shape)
    said = 5 + stretch * (level - 5) + scale * (0.7 + 0.6 * middle) * (shared + own)
    coarse = rng.random((n, 1, 1)) < 0.2
    return np.clip(np.where(coarse, 2 * np.round(said / 2), np.round(said)), 0, 10)


def _silence(rng: np.random.Generator, n: int, t: int) -> NDArray[np.bool_]:
    """Return (n, T): weeks skipped in runs, more by some people than by others."""
    leave = rng.beta(1.5, 10, (n, 1))
    stay = rng.beta(4, 4, (n, 1))
    silent = np.zeros((n, t), bool)
    for week in range(1, t):
        chance = np.where(silent[:, week - 1 : week], stay, leave)
        silent[:, week] = (rng.random((n, 1)) < chance)[:, 0]
    return silent


def simulate_other(
    *, n: int, seed: int, shape: Shape = Shape.STABLE, t: int = 104, onset_between: tuple[int, int] = (26, 79)
) -> SimulatedPeople:
    """Return n synthetic people of the second generator; see `simulate`."""
    rng = np.random.default_rng(seed)
    d = len(Domain)
    level = _latent(rng, n, t, d)
    if shape is Shape.RELAPSE:
        level = np.clip(level - level[:, :26].mean(axis=1, keepdims=True) + 1.5, 0, 10)
    onset, shift = np.full(n, t), np.zeros((n, d))
    if shape is not Shape.STABLE:
        added, onset, shift = _event(rng, shape, n, t, d, onset_between)
        level = level + added
    bad_week = rng.random((n, t, 1)) < 2 / 52
    felt = level + bad_week * rng.exponential(1.5, (n, t, d))
    ratings = _answers(rng, felt)
    ratings[_silence(rng, n, t)] = np.nan
    weeks = np.arange(t, dtype=float)
    return SimulatedPeople(ratings=ratings, weeks=weeks, level=np.clip(level, 0, 10), onset=onset, shift=shift)
