"""Where a person stands today: the kernel's newest score of the ratings together, whether or not it is a finding."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from monitoring.engine.detectors.change import SeriesChange
from monitoring.engine.rules import RuleSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The newest verdict on the five ratings together.

    Attributes:
        score: log-odds of a lasting worsening of at least `kernel_mcid` points
            in some domain.
        chance: calibrated chance of a true worsening of at least 1 point in
            some domain, 0 to `chance_cap`.
        onset_on: the day a lasting worsening most likely began, whatever its
            chance; None where no earlier check-in could have been one.
    """

    score: float
    chance: float
    onset_on: dt.date | None


def standing_of(course: SeriesChange, rules: RuleSet) -> Standing | None:
    """Return the newest verdict of a course of ratings, None where there is none yet.

    Args:
        course: what the kernel says about the five ratings.
        rules: `chance_cap`.
    """
    defined = np.flatnonzero(~np.isnan(course.worse))
    if not len(defined):
        return None
    last = int(defined[-1])
    return Standing(
        score=float(course.worse[last]),
        chance=min(float(course.chance[last]), rules.chance_cap),
        onset_on=onset_day(course.series.on[0], float(course.worse_onset[last])),
    )


def onset_day(first: dt.date, weeks: float) -> dt.date | None:
    """Return the day so many weeks after the first check-in; None for NaN."""
    return None if np.isnan(weeks) else first + dt.timedelta(days=round(7 * weeks))
