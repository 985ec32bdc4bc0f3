"""Where a person stands today: the newest verdict, its chance held below certainty, the day it began."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from monitoring.engine.detectors.change import SeriesChange, course_of
from monitoring.engine.detectors.series import rating_series
from monitoring.engine.detectors.standing import onset_day, standing_of
from monitoring.engine.rules import DEFAULT
from tests.monitoring.engine.histories import day, history, usual, weekly


def course(weeks: int) -> SeriesChange:
    return course_of(rating_series(history(weekly([usual(week) for week in range(weeks)])), DEFAULT), DEFAULT)


def test_somebody_new_stands_nowhere_yet() -> None:
    assert standing_of(course(1), DEFAULT) is None


def test_the_newest_defined_verdict_counts() -> None:
    known = course(20)
    worse = known.worse.copy()
    worse[-1] = np.nan

    standing = standing_of(replace(known, worse=worse), DEFAULT)

    assert standing is not None
    assert standing.score == known.worse[-2] != known.worse[-1]
    assert standing.chance == known.chance[-2]


def test_nobody_is_told_of_certainty() -> None:
    known = course(20)

    standing = standing_of(replace(known, chance=np.ones_like(known.chance)), DEFAULT)

    assert standing is not None and standing.chance == DEFAULT.chance_cap


def test_the_onset_is_a_day_of_the_calendar() -> None:
    known = course(20)

    standing = standing_of(replace(known, worse_onset=np.full_like(known.worse_onset, 17.0)), DEFAULT)

    assert standing is not None and standing.onset_on == day(17)


@pytest.mark.parametrize(
    ("weeks", "on"),
    [(0.0, dt.date(2026, 1, 7)), (1 / 7, dt.date(2026, 1, 8)), (2.99, dt.date(2026, 1, 28)), (float("nan"), None)],
)
def test_weeks_are_rounded_to_whole_days(weeks: float, on: dt.date | None) -> None:
    assert onset_day(dt.date(2026, 1, 7), weeks) == on
