"""Seeded synthetic patients with the truth attached: for tests and the benchmark.

Nothing here is patient data, and nothing here is used on patient data.
Everything is "higher is worse", as the kernel takes it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.records import Domain

Floats = NDArray[np.float64]


#: Chance that another domain moves with the primary one in a true worsening.
EVENT_REACH = 0.65


class Shape(StrEnum):
    """How a true worsening arrives."""

    STABLE = "stable"
    STEP = "step"
    RAMP = "ramp"
    SINGLE = "single"
    RELAPSE = "relapse"
    HUGE = "huge"


@dataclass(frozen=True, kw_only=True)
class World:
    """World A: how synthetic people vary. Points of a 0 to 10 rating.

    Source:
        docs/engine.md#how-world-a-is-made; only the one-week retest (Snyder 2018, JCSM 14:1849) is
        anchored in published data, the rest is judgement.
    """

    base_mean: float = 4.5
    base_sd: float = 1.4
    domain_sd: float = 1.1
    drift_phi: float = 0.82
    drift_phi_sd: float = 0.08
    drift_sd: float = 0.55
    drift_r: float = 0.5
    noise_sd: float = 0.95
    noise_r: float = 0.35
    noise_df: float = 5.0
    spread: float = 0.35
    season_sd: float = 0.35
    trend_sd: float = 0.25
    spells_per_year: float = 2.5
    spell_reach: float = 0.65
    straight_liners: float = 0.10
    fortnightly: float = 0.20
    missing: float = 0.14
    burst_per_year: float = 1.0
    missing_worse: float = 0.25


WORLD_A = World()


@dataclass(frozen=True, kw_only=True)
class SimulatedPeople:
    """Simulated check-ins and the truth behind them.

    Attributes:
        ratings: (n, T, D), 0 to 10, higher is worse, NaN = not answered.
        weeks: (T,), weeks since the first check-in.
        level: (n, T, D), true level without noise and one-off bad spells.
        onset: (n,), column at which the true worsening starts; T if never.
        shift: (n, D), full size of the worsening, points.
    """

    ratings: Floats
    weeks: Floats
    level: Floats
    onset: NDArray[np.int64]
    shift: Floats

    def first(self, people: int) -> "SimulatedPeople":
        """Return its first so many people."""
        cut = {name: getattr(self, name)[:people] for name in ("ratings", "level", "onset", "shift")}
        return replace(self, **cut)


def _correlated(rng: np.random.Generator, shape: tuple[int, ...], r: float) -> Floats:
    """Return standard normals whose last axis has equal correlation r."""
    common = rng.standard_normal((*shape[:-1], 1))
    own = rng.standard_normal(shape)
    return np.asarray(np.sqrt(r) * common + np.sqrt(1 - r) * own)


def _affected(rng: np.random.Generator, size: Floats, d: int, reach: float) -> Floats:
    """Return (n, D) shifts: one primary domain in full, others in part.

    Another domain is hit with chance `reach` at .3 to .9 of the primary's size.
    """
    n = len(size)
    share = rng.uniform(0.3, 0.9, (n, d)) * (rng.random((n, d)) < reach)
    share[np.arange(n), rng.integers(0, d, n)] = 1.0
    return size[:, None] * share


def _drift(rng: np.random.Generator, world: World, n: int, t: int, d: int) -> Floats:
    """Return the slow wandering of each person, an AR(1) per domain."""
    phi = np.clip(rng.normal(world.drift_phi, world.drift_phi_sd, (n, 1)), 0.3, 0.97)
    sd = world.drift_sd * np.exp(world.spread * rng.standard_normal((n, 1)))
    shocks = _correlated(rng, (n, t, d), world.drift_r)
    drift = np.empty((n, t, d))
    drift[:, 0] = sd * shocks[:, 0]
    innovation = sd * np.sqrt(1 - phi**2)
    for week in range(1, t):
        drift[:, week] = phi * drift[:, week - 1] + innovation * shocks[:, week]
    return drift


def _season_and_trend(rng: np.random.Generator, world: World, n: int, t: int, d: int) -> Floats:
    year = np.arange(t)[None, :, None] / 52.0
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    amplitude = world.season_sd * rng.standard_normal((n, 1, d))
    trend = world.trend_sd * rng.standard_normal((n, 1, d))
    season = amplitude * np.sin(2 * np.pi * year + phase)
    return np.asarray(season + trend * (year - t / 104.0))


def _spells(rng: np.random.Generator, world: World, n: int, t: int, d: int) -> Floats:
    """Return one-off bad spells that fade over 1 to 3 weeks: not deterioration."""
    spells = np.zeros((n, t, d))
    person, start = np.nonzero(rng.random((n, t)) < world.spells_per_year / 52)
    size = _affected(rng, rng.uniform(1.5, 4.0, len(person)), d, world.spell_reach)
    length = rng.integers(1, 4, len(person))
    for offset in range(3):
        here = (length > offset) & (start + offset < t)
        left = 1 - offset / length[here, None]
        np.add.at(spells, (person[here], start[here] + offset), size[here] * left)
    return spells


def _noise(rng: np.random.Generator, world: World, n: int, t: int, d: int) -> Floats:
    df = world.noise_df
    sd = world.noise_sd * np.exp(world.spread * rng.standard_normal((n, 1, 1)))
    heavy = np.sqrt((df - 2) / rng.chisquare(df, (n, t, d)))
    return sd * _correlated(rng, (n, t, d), world.noise_r) * heavy


def _straight_line(rng: np.random.Generator, world: World, ratings: Floats) -> None:
    """Make some people give the whole of last week's answer again, half the time."""
    lazy = rng.random(len(ratings)) < world.straight_liners
    again = lazy[:, None] & (rng.random(ratings.shape[:2]) < 0.5)
    for week in range(1, ratings.shape[1]):
        ratings[again[:, week], week] = ratings[again[:, week], week - 1]


def _missing(rng: np.random.Generator, world: World, badness: Floats) -> NDArray[np.bool_]:
    """Return (n, T): missing at random, more often when worse, and in bursts.

    Args:
        rng: random generator.
        world: rates of missing weeks and bursts.
        badness: (n, T), mean level above the person's own mean, points.
    """
    n, t = badness.shape
    odds = world.missing / (1 - world.missing) * np.exp(world.missing_worse * badness)
    gone = rng.random((n, t)) < odds / (1 + odds)
    person, start = np.nonzero(rng.random((n, t)) < world.burst_per_year / 52)
    length = rng.integers(2, 6, len(person))
    for offset in range(5):
        here = (length > offset) & (start + offset < t)
        gone[person[here], start[here] + offset] = True
    fortnightly = rng.random((n, 1)) < world.fortnightly
    off_week = (np.arange(t)[None, :] + rng.integers(0, 2, (n, 1))) % 2 == 1
    gone |= fortnightly & off_week
    return gone


def _event(
    rng: np.random.Generator, shape: Shape, n: int, t: int, d: int, window: tuple[int, int]
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Return the added level (n, T, D), its onset column and its full size."""
    if shape is Shape.STABLE:
        return np.zeros((n, t, d)), np.full(n, t), np.zeros((n, d))
    bounds = {Shape.RELAPSE: (2.5, 5.0), Shape.HUGE: (5.0, 8.0)}.get(shape, (1.5, 4.0))
    size = rng.uniform(*bounds, n)
    shift = _affected(rng, size, d, EVENT_REACH)
    if shape is Shape.SINGLE:
        shift = np.where(shift == size[:, None], shift, 0.0)
    onset = rng.integers(*window, n)
    ramped = shape in {Shape.RAMP, Shape.RELAPSE}
    rise = rng.integers(4, 9, n) if ramped else np.ones(n, dtype=np.int64)
    since = np.arange(t)[None, :] - onset[:, None] + 1
    share = np.clip(since / rise[:, None], 0, 1)
    return share[:, :, None] * shift[:, None, :], onset, shift


def simulate(
    *,
    n: int,
    seed: int,
    shape: Shape = Shape.STABLE,
    t: int = 104,
    d: int = len(Domain),
    world: World = WORLD_A,
    onset_between: tuple[int, int] = (26, 79),
) -> SimulatedPeople:
    """Return n synthetic people with weekly check-ins and the truth.

    Args:
        n: people.
        seed: random seed; the same seed gives the same panel.
        shape: how the true worsening arrives; one per person.
        t: weeks.
        d: rating domains.
        world: how people vary.
        onset_between: first (inclusive) and last (exclusive) onset column.

    Returns:
        Ratings are whole numbers 0 to 10 or NaN, higher is worse.
    """
    rng = np.random.default_rng(seed)
    mean = 1.5 if shape is Shape.RELAPSE else world.base_mean
    sd = 0.6 if shape is Shape.RELAPSE else world.base_sd
    base = rng.normal(mean, sd, (n, 1, 1)) + rng.normal(0, world.domain_sd, (n, 1, d))
    added, onset, shift = _event(rng, shape, n, t, d, onset_between)
    wander = _drift(rng, world, n, t, d) + _season_and_trend(rng, world, n, t, d)
    level = base + wander + added
    felt = level + _spells(rng, world, n, t, d)
    ratings = felt + _noise(rng, world, n, t, d)
    ratings = np.clip(np.round(ratings), 0, 10)
    _straight_line(rng, world, ratings)
    ratings[_missing(rng, world, (felt - base).mean(axis=2))] = np.nan
    return SimulatedPeople(
        ratings=ratings,
        weeks=np.arange(t, dtype=float),
        level=np.clip(level, 0, 10),
        onset=onset,
        shift=shift,
    )
