"""Other people's detectors, checked by hand and against what they say aloud; all libraries load here, when first asked."""

from collections.abc import Callable

import numpy as np
import pytest

from monitoring.engine.lab import borrowed
from monitoring.engine.lab.libraries import is_installed, load
from monitoring.engine.lab.people.simulate import Floats, SimulatedPeople, simulate

needs_ruptures = pytest.mark.skipif(not is_installed("ruptures"), reason="ruptures refuses this Python")
DETECTORS = [
    pytest.param(borrowed.page_hinkley, 1.0, id="Page-Hinkley"),
    pytest.param(borrowed.online_change_points, 52, id="online"),
    pytest.param(borrowed.refitted_change_point, 26, id="refitted", marks=needs_ruptures),
]


def panel_of(*people: list[float]) -> SimulatedPeople:
    """Return people with one domain each."""
    ratings = np.array(people)[:, :, None]
    weeks = np.arange(ratings.shape[1], dtype=float)
    return SimulatedPeople(ratings=ratings, weeks=weeks, level=ratings, onset=np.zeros(1, int), shift=np.zeros((1, 1)))


def test_page_and_hinkleys_sum_by_hand() -> None:
    values = [2.0, 2, 2, 2, 2, 2, 2, 2, 6, 6]
    means = np.cumsum(values) / np.arange(1, 11)
    sums = np.cumsum(np.array(values) - means - 0.5)

    statistic = borrowed.page_hinkley(panel_of(values), 0.5)[0]

    assert (statistic[:7] == -np.inf).all()
    assert statistic[7:] == pytest.approx((sums - np.minimum.accumulate(sums))[7:])


def test_rivers_detector_fires_where_the_sum_that_is_read_passes_its_threshold() -> None:
    """The sums are private: a version that keeps them elsewhere, or means something else by them, fails here."""
    ratings = simulate(n=10, seed=71).ratings[:, :, :1]
    for person in ratings:
        values = person[~np.isnan(person)].tolist()
        aloud = load("river.drift").PageHinkley(min_instances=8, delta=0.25, threshold=4, alpha=1.0, mode="up")
        fired = [aloud.update(value) or aloud.drift_detected for value in values]

        statistic = borrowed.page_hinkley(panel_of(values), 0.25)[0]

        assert any(fired)
        assert np.flatnonzero(statistic > 4)[0] == fired.index(True)


@pytest.mark.parametrize(("detect", "setting"), DETECTORS)
def test_getting_worse_is_louder_than_getting_better_and_than_staying(
    detect: Callable[[SimulatedPeople, float], Floats], setting: float
) -> None:
    noise = np.random.default_rng(5).normal(0, 0.5, 30)
    worse, better, same = (noise + level for level in (np.repeat([2, 6], 15), np.repeat([6, 2], 15), np.full(30, 4)))

    loudness = detect(panel_of(worse.tolist(), better.tolist(), same.tolist()), setting)[:, 15:].max(axis=1)

    assert loudness[0] > loudness[1:].max() + 2


def test_online_chances_add_up_to_those_of_adams_and_mackay() -> None:
    """Two answers: the level is new with chance 1 / 52, else both belong to it."""
    library = load("changepoint")
    detector = library.Bocpd(library.NormalInvChiSquared(m=4.5, k=0.5, v=10, s2=1.4), 52)
    detector.step(4.5)

    after_one, after_two = detector.step(2.0), detector.step(2.0)

    assert after_one == pytest.approx([1 / 52, 51 / 52])
    assert (len(after_two), after_two[0], sum(after_two)) == pytest.approx((3, 1 / 52, 1))


@needs_ruptures
def test_the_refitted_change_explains_the_error_that_one_split_takes_away() -> None:
    statistic = borrowed.refitted_change_point(panel_of([2.0] * 8 + [5.0] * 4), 26)[0]

    assert statistic[8:] == pytest.approx([7 * 2 / 9 * 1.5**2, 8 * 2 / 10 * 9, 8 * 3 / 11 * 9, 8 * 4 / 12 * 9])
