"""The percentage that is printed, held against the truth at the moment somebody reads it first: when an alarm opens."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.assess import assess
from monitoring.engine.detectors.change import Cuts
from monitoring.engine.filter.batches import BatchScores, score_batch
from monitoring.engine.filter.shown import EDGE, FILE, shown_chance
from monitoring.engine.lab.benchmark import SHAPES, calibration_error, true_rise
from monitoring.engine.lab.libraries import load
from monitoring.engine.lab.people.histories import check_ins, day
from monitoring.engine.lab.people.simulate import SimulatedPeople, simulate
from monitoring.engine.records import Domain, FindingKind, History
from monitoring.engine.rules import DEFAULT, ENGINE_VERSION

Floats = NDArray[np.float64]
Make = Callable[..., SimulatedPeople]
Shares = dict[str, float]

#: What the lines that are stored were fitted on: training seeds, below 1000.
CALIBRATION_SEED, CALIBRATION_PEOPLE = 601, 4000
#: Of the people three in five are stable; the others have one worsening in two years, of one of four shapes.
STABLE_PER_EVENT = 6
#: Weeks between two answers of the people with one scale: a questionnaire, which asks about two or four weeks.
RHYTHMS = (2, 4)
BINS = 10


@dataclass(frozen=True, kw_only=True)
class FirstAlarm:
    """An alarm when it opens.

    Attributes:
        whole: the chance that any rating is worse, which was printed until engine 1.4.
        named: the chance of the rating that is named, before it is brought to first alarms.
        is_any_worse, is_worse: whether any rating, and the named one, truly is at least `true_change` points worse
            than 9 to 20 weeks earlier.
    """

    whole: float
    named: float
    is_any_worse: bool
    is_worse: bool


def several(make: Make, n: int, seed: int) -> list[FirstAlarm]:
    """Return the first alarms of people with five ratings; the named one is the one in the finding."""
    found = []
    for panel in _mixed(make, n, seed):
        result, rise = score_batch(panel.ratings, panel.weeks), true_rise(panel.level)
        for person, week in _openings(result, _cuts(is_single=False), rise):
            column = _named(panel.ratings[person], week)
            if column is not None and not np.isnan(result.chance_by_domain[person, week, column]):
                found.append(_alarm(result, rise, person, week, column))
    return found


def single(make: Make, n: int, seed: int) -> list[FirstAlarm]:
    """Return the first alarms of people with one scale, answered each second week and each fourth."""
    found = []
    for every in RHYTHMS:
        for panel in _mixed(make, n, seed + 10 * every):
            thinned = _thinned(panel, every)
            result, rise = score_batch(thinned.ratings, thinned.weeks), true_rise(thinned.level)
            openings = _openings(result, _cuts(is_single=True), rise)
            found += [_alarm(result, rise, person, week, 0) for person, week in openings]
    return found


def _mixed(make: Make, n: int, seed: int) -> Iterator[SimulatedPeople]:
    yield make(n=n, seed=seed)
    for i, shape in enumerate(SHAPES):
        yield make(n=n // STABLE_PER_EVENT, seed=seed + 1 + i, shape=shape)


def _thinned(panel: SimulatedPeople, every: int) -> SimulatedPeople:
    """Return people with their first rating only, asked in one of so many weeks."""
    ratings = panel.ratings[:, :, :1].copy()
    ratings[:, np.arange(ratings.shape[1]) % every != 0] = np.nan
    return replace(panel, ratings=ratings, level=panel.level[:, :, :1], shift=panel.shift[:, :1])


def _cuts(*, is_single: bool) -> Cuts:
    if is_single:
        return Cuts(watch=DEFAULT.single_watch, review=DEFAULT.single_review, priority=DEFAULT.single_priority)
    return Cuts(watch=DEFAULT.kernel_watch, review=DEFAULT.kernel_review, priority=DEFAULT.kernel_priority)


def _openings(result: BatchScores, cuts: Cuts, rise: Floats) -> Iterator[tuple[int, int]]:
    """Yield person and week of each alarm when it opens, where the truth 9 to 20 weeks earlier is known."""
    known = ~np.isnan(rise[0, :, 0])
    for person, path in enumerate(result.score):
        is_open, below = False, 0
        for week in np.flatnonzero(np.isfinite(path)).tolist():
            below = below + 1 if path[week] < cuts.watch else 0
            is_open = is_open and below < DEFAULT.close_check_ins
            if path[week] >= cuts.review and not is_open:
                is_open = True
                if known[week]:
                    yield person, week


def _named(ratings: Floats, week: int) -> int | None:
    """Return the column of the rating that a person's finding names in a week."""
    past = History(as_of=day(week), check_ins=check_ins(ratings[: week + 1]))
    for finding in assess(past):
        if finding.kind is FindingKind.DETERIORATION and finding.domain is not None:
            return list(Domain).index(finding.domain)
    return None


def _alarm(result: BatchScores, rise: Floats, person: int, week: int, column: int) -> FirstAlarm:
    true = rise[person, week] >= DEFAULT.true_change
    return FirstAlarm(
        whole=float(result.chance[person, week]),
        named=float(result.chance_by_domain[person, week, column]),
        is_any_worse=bool(true.any()),
        is_worse=bool(true[column]),
    )


def calibration(found: Sequence[FirstAlarm], *, is_single: bool) -> dict[str, Any]:
    """Return how honest the printed percentage is at first alarms, with what was printed until engine 1.4."""
    truth = np.array([one.is_worse for one in found])
    whole = np.array([one.whole for one in found])
    shown = np.array([shown_chance(one.named, is_single=is_single) for one in found])
    curve = load("sklearn.calibration").calibration_curve
    observed, predicted = curve(truth, shown, n_bins=BINS, strategy="quantile")
    return {
        "alarms": len(found),
        "true": float(truth.mean()),
        "any_true": float(np.mean([one.is_any_worse for one in found])),
        "until_1_4": float(whole.mean()),
        "until_1_4_error": calibration_error(whole, truth.astype(float), BINS),
        "shown": float(shown.mean()),
        "ece": calibration_error(shown, truth.astype(float), BINS),
        "predicted": predicted.tolist(),
        "observed": observed.tolist(),
    }


def named_calibration(make: Make, n: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return the calibration at first alarms: of several ratings, and of one scale."""
    return {
        "several ratings": calibration(several(make, n, seed), is_single=False),
        "one scale": calibration(single(make, n, seed + 100), is_single=True),
    }


def calibrated(n: int = CALIBRATION_PEOPLE) -> dict[str, Any]:
    """Return what the file of the lines holds, fitted anew on the training seeds of World A.

    Args:
        n: stable people; the file is made with `CALIBRATION_PEOPLE`.
    """
    return {
        "version": ENGINE_VERSION,
        "source": "simulated",
        "command": "manage.py evaluate_engine --calibrate",
        "people": f"World A, seeds from {CALIBRATION_SEED}: {n} stable, a sixth as many for each of four worsenings",
        "one scale": "one series of the same people, answered each second or each fourth week",
        "truth": "the named scale is at least 1 point worse than its mean 9 to 20 weeks earlier, when an alarm opens",
        "lines": {
            "several ratings": _line(several(simulate, n, CALIBRATION_SEED)),
            "one scale": _line(single(simulate, n, CALIBRATION_SEED + 100)),
        },
    }


def _line(found: Sequence[FirstAlarm]) -> dict[str, float]:
    """Return the line between logits that fits first alarms best."""
    held = np.clip([one.named for one in found], EDGE, 1 - EDGE)
    # So weak a penalty that it decides nothing.
    model = load("sklearn.linear_model").LogisticRegression(C=1e6)
    model.fit(np.log(held / (1 - held))[:, None], [one.is_worse for one in found])
    return {"offset": round(float(model.intercept_[0]), 3), "slope": round(float(model.coef_[0, 0]), 3)}


def write() -> str:
    """Fit the lines anew, write their file, and return what stands in it."""
    text = json.dumps(calibrated(), indent=2) + "\n"
    FILE.write_text(text, encoding="utf-8")
    return text
