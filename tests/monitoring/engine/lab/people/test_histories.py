"""Simulated ratings become what a person answered."""

import numpy as np

from monitoring.engine import DEFAULT, History, InterventionChange
from monitoring.engine.detectors.series import rating_series
from monitoring.engine.lab.people.histories import check_ins, day, medicine
from monitoring.engine.lab.people.simulate import simulate


def test_the_engine_reads_the_ratings_that_were_simulated() -> None:
    (ratings,) = simulate(n=1, seed=5, t=30).ratings
    answered = ~np.isnan(ratings).all(axis=1)

    series = rating_series(History(as_of=day(30), check_ins=check_ins(ratings)), DEFAULT)

    np.testing.assert_array_equal(series.worse, ratings[answered])
    assert series.on == tuple(day(int(week)) for week in np.flatnonzero(answered))


def test_a_medicine_is_started_between_two_check_ins() -> None:
    assert day(4) < medicine(4, InterventionChange.START, 0, 50).on < day(5)
