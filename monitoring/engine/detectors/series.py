"""Records to arrays: one order, one direction, missing weeks explicit.

This is the only place where a natural scale is turned into "higher is worse"
and back. Missing answers are NaN, never zero.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.records import (
    CheckInRecord,
    Direction,
    Domain,
    History,
    InstrumentSpec,
    ScoreRecord,
)
from monitoring.engine.rules import RuleSet

Floats = NDArray[np.float64]
Values = TypeVar("Values", float, Floats)

RATING_MINIMUM = 0
RATING_MAXIMUM = 10

#: Two entries this close together are one entry, corrected.
SAME_ENTRY = dt.timedelta(hours=24)

#: Points of a total that count as 1.5 points of a rating, the kernel's unit
#: (docs/engine.md#score); used where an instrument declares none: 15 % of range.
KERNEL_MCID = 1.5


class RatingOutOfRange(ValueError):
    """A rating or score lies outside its scale; the message names the place."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One or more scales observed on the same days, higher is worse.

    Attributes:
        names: domain or instrument codes, one per column.
        directions: natural direction per column.
        minimum, maximum: natural range of every column, points.
        scale: points that equal one kernel unit (1 for ratings).
        error: points of one standard error of measurement (1 for ratings): how much answers scatter by themselves.
        on: days, increasing.
        weeks: (T,), weeks since the first day.
        worse: (T, D), points, higher is worse, NaN = not answered.
        late_days: (T,), days between the day meant and the day of entry.
        epoch: (T,), counts up at every cut of the reference period.
    """

    names: tuple[str, ...]
    directions: tuple[Direction, ...]
    minimum: float
    maximum: float
    scale: float
    error: float
    on: tuple[dt.date, ...]
    weeks: Floats
    worse: Floats
    late_days: NDArray[np.int64]
    epoch: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.on)

    @property
    def natural(self) -> Floats:
        """Return (T, D) as answered, in each scale's own direction."""
        columns = [
            flip(self.worse[:, d], direction, self.minimum, self.maximum) for d, direction in enumerate(self.directions)
        ]
        return np.stack(columns, axis=1)

    def answered(self) -> "Series":
        """Return the series without the scales that were never answered."""
        is_answered = np.asarray(~np.isnan(self.worse).all(axis=0))
        columns = [d for d in range(len(self.names)) if is_answered[d]]
        return replace(
            self,
            names=tuple(self.names[d] for d in columns),
            directions=tuple(self.directions[d] for d in columns),
            worse=self.worse[:, columns],
        )

    def to_natural(self, value: float, column: int) -> float:
        """Return one "higher is worse" value in its column's own direction."""
        return flip(value, self.directions[column], self.minimum, self.maximum)


def flip(values: Values, direction: Direction, minimum: float, maximum: float) -> Values:
    """Turn natural values into "higher is worse", or back: it is its own inverse. A neutral scale stays as it is."""
    if direction is Direction.HIGHER_IS_BETTER:
        return minimum + maximum - values
    return values


def weeks_since(first: dt.date, days: Iterable[dt.date]) -> Floats:
    """Return weeks, fractions included, from the first day to each day."""
    return np.array([(day - first).days / 7 for day in days], dtype=float)


def _epochs(on: Sequence[dt.date], cuts: Iterable[dt.date], rules: RuleSet) -> NDArray[np.int64]:
    """Number the reference periods: cut by "new normal" days and long gaps."""
    number = np.zeros(len(on), dtype=np.int64)
    cut_days = sorted(set(cuts))
    for i in range(1, len(on)):
        gap = (on[i] - on[i - 1]).days > 7 * rules.epoch_gap_weeks
        accepted = any(on[i - 1] < day <= on[i] for day in cut_days)
        number[i] = number[i - 1] + (gap or accepted)
    return number


def counted(entries: Sequence[tuple[dt.date, dt.datetime]]) -> list[int]:
    """Return which of one person's check-ins count: one per day, and the last entry wins.

    Everything that shows or judges answers asks this, so that a chart, a list and a verdict are about the same ones.

    Args:
        entries: the day that each is about, and when it was entered (aware); in any order.

    Returns:
        Places in `entries`, oldest day first.
    """
    kept: list[int] = []
    for place in sorted(range(len(entries)), key=entries.__getitem__):
        if kept and _same_entry(entries[kept[-1]], entries[place]):
            kept[-1] = max(kept[-1], place, key=lambda one: entries[one][1])
        else:
            kept.append(place)
    return kept


def _same_entry(entry: tuple[dt.date, dt.datetime], other: tuple[dt.date, dt.datetime]) -> bool:
    days = abs((other[0] - entry[0]).days)
    return days == 0 or (days == 1 and abs(other[1] - entry[1]) < SAME_ENTRY)


def used_check_ins(history: History) -> list[CheckInRecord]:
    """Return the person's own check-ins up to `as_of`, one per day, oldest first."""
    own = [record for record in history.check_ins if record.about_on <= history.as_of and record.informant == "self"]
    return [own[place] for place in counted([(record.about_on, record.entered_at) for record in own])]


def _rating(record: CheckInRecord, domain: Domain) -> float:
    value = record.ratings.get(domain)
    if value is None:
        return np.nan
    if not RATING_MINIMUM <= value <= RATING_MAXIMUM:
        raise RatingOutOfRange(f"{domain} on {record.about_on}: {value!r} is not 0 to 10")
    return flip(float(value), domain.direction, RATING_MINIMUM, RATING_MAXIMUM)


def rating_series(history: History, rules: RuleSet) -> Series:
    """Return the five ratings of an episode up to `as_of`.

    Raises:
        RatingOutOfRange: a rating outside 0 to 10; names domain and day.
    """
    used = [record for record in used_check_ins(history) if any(value is not None for value in record.ratings.values())]
    on = tuple(record.about_on for record in used)
    rows = [[_rating(record, domain) for domain in Domain] for record in used]
    return Series(
        names=tuple(Domain),
        directions=tuple(domain.direction for domain in Domain),
        minimum=RATING_MINIMUM,
        maximum=RATING_MAXIMUM,
        scale=1.0,
        error=1.0,
        on=on,
        weeks=weeks_since(on[0], on) if on else np.empty(0),
        worse=np.array(rows, dtype=float).reshape(len(on), len(Domain)),
        late_days=np.array([(record.entered_at.date() - record.about_on).days for record in used], dtype=np.int64),
        epoch=_epochs(on, history.new_normal_on, rules),
    )


def used_scores(history: History, instrument: str) -> list[ScoreRecord]:
    """Return one instrument's scored forms up to `as_of`, one per day.

    Another wording version is another series: only the newest version counts.
    """
    own = [
        record
        for record in history.scores
        if record.instrument == instrument
        and record.on <= history.as_of
        and record.informant == "self"
        and record.value is not None
    ]
    own.sort(key=lambda record: (record.on, record.entered_at))
    last_version = own[-1].version if own else None
    by_day = {record.on: record for record in own if record.version == last_version}
    return list(by_day.values())


def used_form(history: History, instrument: str, used: Sequence[ScoreRecord]) -> InstrumentSpec:
    """Return the form that the counted scores of an instrument were given on: they are all of one version."""
    return (history.form_of(used[-1]) if used else None) or history.instruments[instrument]


def unit_of(spec: InstrumentSpec) -> float:
    """Return the points of a total that equal one kernel unit."""
    if spec.mcid:
        return spec.mcid / KERNEL_MCID
    return (spec.maximum - spec.minimum) / RATING_MAXIMUM


def _total(record: ScoreRecord, spec: InstrumentSpec) -> float:
    value = record.value
    if value is None or not spec.minimum <= value <= spec.maximum:
        raise RatingOutOfRange(f"{spec.code} on {record.on}: {value!r} is not {spec.minimum} to {spec.maximum}")
    return flip(float(value), spec.direction, spec.minimum, spec.maximum)


def score_series(history: History, instrument: str, rules: RuleSet) -> Series:
    """Return one instrument's totals up to `as_of` as a series with one column.

    Raises:
        RatingOutOfRange: a total outside the published range; names the day.
    """
    used = used_scores(history, instrument)
    spec = used_form(history, instrument, used)
    on = tuple(record.on for record in used)
    rows = [[_total(record, spec)] for record in used]
    return Series(
        names=(instrument,),
        directions=(spec.direction,),
        minimum=spec.minimum,
        maximum=spec.maximum,
        scale=unit_of(spec),
        error=spec.sem or unit_of(spec),
        on=on,
        weeks=weeks_since(on[0], on) if on else np.empty(0),
        worse=np.array(rows, dtype=float).reshape(len(on), 1),
        late_days=np.array([(record.entered_at.date() - record.on).days for record in used], dtype=np.int64),
        epoch=_epochs(on, history.new_normal_on, rules),
    )
