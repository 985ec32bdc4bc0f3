"""Rivals whose arithmetic is other people's: river, changepoint, ruptures. For the benchmark only.

They take and return what `rivals` does. Each is causal: a library that wants the whole series is asked again at every
check-in, with what was known then. The libraries judge a change in either direction; what is asked here is whether the
newest stretch is worse.

This is a private door (docs/private-doors.md): how far a sum has risen is river's own matter.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.lab.libraries import load
from monitoring.engine.lab.people.simulate import SimulatedPeople
from monitoring.engine.rules import DEFAULT

Floats = NDArray[np.float64]

#: Answers before a detector may speak, as many as the fixed baseline of the textbooks.
FIRST_ANSWERS = 8

#: A worsening is looked for within so many newest answers, and compared with so many before it.
RECENT, BEFORE = 8, 26

#: Fewest check-ins on either side of a change.
SHORTEST_SIDE = 2

#: Chances of exactly 0 and 1 have no log-odds.
SMALLEST_CHANCE = 1e-12


def _loudest_domain(panel: SimulatedPeople, judge: Callable[[Floats], Floats]) -> Floats:
    """Return the loudest domain (n, T) of a judge of single series; -inf where it says nothing.

    Args:
        panel: answers.
        judge: takes a series without gaps, and returns a statistic for each answer or NaN.
    """
    out = np.full(panel.ratings.shape, -np.inf)
    people, _, domains = panel.ratings.shape
    for person, domain in np.ndindex(people, domains):
        series = panel.ratings[person, :, domain]
        columns = np.flatnonzero(~np.isnan(series))
        judged = judge(series[columns])
        out[person, columns, domain] = np.where(np.isnan(judged), -np.inf, judged)
    return np.asarray(out.max(axis=2))


def page_hinkley(panel: SimulatedPeople, setting: float) -> Floats:
    """Return Page and Hinkley's statistic for a rise, as river computes it, in points.

    The threshold is infinite, so that the detector never begins anew by itself: alerts are made of the statistic as
    for every other rival. Nothing is forgotten (alpha 1), because river's forgetting takes the end of an improvement
    for a worsening (findings/river_page_hinkley_up_after_fall.sh).

    Args:
        panel: answers.
        setting: rise that is put up with, points.

    Source:
        Page (1954), Biometrika 41:100; Hinkley (1971), Biometrika 58:509; river's drift.PageHinkley.
    """
    detector = load("river.drift").PageHinkley

    def judge(values: Floats) -> Floats:
        one = detector(min_instances=FIRST_ANSWERS, delta=setting, threshold=np.inf, alpha=1.0, mode="up")
        risen = np.array([_risen(one, value) for value in values.tolist()])
        risen[: FIRST_ANSWERS - 1] = np.nan
        return risen

    return _loudest_domain(panel, judge)


def _risen(detector: Any, value: float) -> float:
    """Feed one value and return how far the sum stands above its lowest; river itself tells only "above a threshold".

    tests/monitoring/engine/lab/test_borrowed.py compares these private sums with what the detector says aloud.
    """
    detector.update(value)
    return float(detector._sum_increase - detector._min_increase)


def online_change_points(panel: SimulatedPeople, setting: float) -> Floats:
    """Return log-odds that a domain's level rose within the newest answers, from Bayesian online change points.

    Each domain alone: the joint form of the same library (Normal-inverse-Wishart) found less.

    Args:
        panel: answers.
        setting: expected answers between two changes.

    Source:
        Adams and MacKay (2007), arXiv:0710.3742; changepoint's Bocpd. The priors are those of our own filter.
    """
    library = load("changepoint")
    between_people = DEFAULT.start_sd**2 + DEFAULT.start_domain_sd**2
    noise, sureness = DEFAULT.noise_prior_sd**2, DEFAULT.noise_prior_weight
    prior = library.NormalInvChiSquared(m=DEFAULT.start_mean, k=noise / between_people, v=sureness, s2=noise)

    def judge(values: Floats) -> Floats:
        detector = library.Bocpd(prior, setting)
        # The library does not look at the first value it is given (findings/changepoint_first_value.sh).
        detector.step(DEFAULT.start_mean)
        chances = np.zeros((len(values), RECENT + 1))
        for place, value in enumerate(values.tolist()):
            lengths = detector.step(value)[: RECENT + 1]
            chances[place, : len(lengths)] = lengths
        return _log_odds_of_rise(chances, values)

    return _loudest_domain(panel, judge)


def _log_odds_of_rise(chances: Floats, values: Floats) -> Floats:
    """Return log-odds, at each answer, that the newest stretch is a new and higher level; NaN for the first answers.

    Args:
        chances: (answers, RECENT + 1), at place r the chance that the present level is r answers old.
        values: (answers,), points.
    """
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(FIRST_ANSWERS + 1, len(values) + 1)
    risen = np.zeros(len(ends))
    for length in range(1, RECENT + 1):
        begins = ends - length
        earliest = np.maximum(begins - BEFORE, 0)
        newest = (total[ends] - total[begins]) / length
        before = (total[begins] - total[earliest]) / (begins - earliest)
        risen += np.where(newest > before, chances[ends - 1, length], 0)
    risen = np.clip(risen, SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    out = np.full(len(values), np.nan)
    out[FIRST_ANSWERS:] = np.log(risen / (1 - risen))
    return out


def refitted_change_point(panel: SimulatedPeople, setting: float) -> Floats:
    """Return how much squared error one change for the worse explains, fitted anew at each check-in.

    Check-ins in which a domain was skipped are left out: ruptures takes a gap for a change.

    Args:
        panel: answers.
        setting: newest check-ins that are looked at.

    Source:
        Truong, Oudre, Vayatis (2020), Signal Processing 167:107299; ruptures' KernelCPD, which looks at every split
        (the other searches look at every fifth unless told otherwise).
    """
    search = load("ruptures").KernelCPD(kernel="linear", min_size=SHORTEST_SIDE)
    out = np.full(panel.ratings.shape[:2], -np.inf)
    for person, ratings in enumerate(panel.ratings):
        columns = np.flatnonzero(~np.isnan(ratings).any(axis=1))
        complete = np.ascontiguousarray(ratings[columns])
        for last in range(FIRST_ANSWERS, len(columns)):
            seen = complete[max(last + 1 - int(setting), 0) : last + 1]
            [split, _end] = search.fit(seen).predict(n_bkps=1)
            rise = np.clip(seen[split:].mean(axis=0) - seen[:split].mean(axis=0), 0, None)
            out[person, columns[last]] = split * (len(seen) - split) / len(seen) * (rise**2).sum()
    return out
