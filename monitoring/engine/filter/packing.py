"""Check-ins of many people put side by side, so that a missed week costs nothing."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.rules import RuleSet

Array = NDArray[np.floating]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Packed:
    """A block of people with each person's check-ins side by side.

    People stand in order of their number of check-ins, most first, so that the
    ones still having check-ins are always the first `active(k)`.

    Attributes:
        order: (b,), position of each column in the block as it came.
        source: (b, K), column of the panel each packed check-in came from.
        columns: columns of the panel.
        counts: (b,), check-ins per person.
        values: (K, D, b), points, NaN = that domain was not answered.
        weeks: (K, b), check-in times.
        gaps: (K, b), weeks since the check-in before; 1 at the first.
        cuts: (K, b), whether a new reference period begins here.
    """

    order: Places
    source: Places
    columns: int
    counts: Places
    values: Array
    weeks: Array
    gaps: Array
    cuts: NDArray[np.bool_]

    def active(self, k: int) -> int:
        """Return how many people have at least k check-ins."""
        return int(np.searchsorted(-self.counts, -k, side="right"))

    @cached_property
    def begun(self) -> Places:
        """Return (K, b): the first check-in of the reference period that runs at each."""
        rows = np.arange(len(self.weeks))[:, None]
        return np.maximum.accumulate(np.where(self.cuts, rows, 0), axis=0)

    def before_last_two(self, at_most: int) -> tuple[Places, Places]:
        """Return the first, and one past the last, of the check-ins before the newest two."""
        until = np.maximum(np.arange(len(self.weeks)) - 1, 0)[:, None]
        return np.minimum(np.maximum(self.begun, until - at_most), until), until

    def earlier_by(self, weeks: float) -> Places:
        """Return (K, b): how many check-ins lie at least so many weeks before each."""
        depth, people = self.weeks.shape
        is_filled = np.arange(depth)[:, None] < self.counts
        since = np.where(is_filled, self.weeks - self.weeks[:1], 0).astype(np.float64)
        span = since.max(initial=0) + 1
        # One sorted line of everyone's times, each person behind the last.
        start = np.arange(people) * (span + weeks + 1)
        line = (np.where(is_filled, since, span) + start).T.ravel()
        places = np.searchsorted(line, (since - weeks + start).T.ravel(), side="right")
        return np.asarray(places.reshape(people, depth).T - np.arange(people) * depth)

    @cached_property
    def _sums(self) -> Array:
        """Return (b * (K + 1), 2 D): each person's running totals of the answers, and of their number."""
        values = self.values.transpose(2, 0, 1)
        is_answered = ~np.isnan(values)
        people, depth, domains = values.shape
        sums = np.zeros((people, depth + 1, 2 * domains), values.dtype)
        np.cumsum(np.where(is_answered, values, 0), axis=1, out=sums[:, 1:, :domains])
        np.cumsum(is_answered, axis=1, dtype=values.dtype, out=sums[:, 1:, domains:])
        return sums.reshape(-1, 2 * domains)

    def counted(self, since: Places, until: Places) -> tuple[Array, Array]:
        """Return (K, D, b): totals and numbers of the answers from `since` to before `until`."""
        depth, domains, people = self.values.shape
        line = np.arange(people) * (depth + 1)
        both = self._sums.take(line + until, axis=0)
        both -= self._sums.take(line + since, axis=0)
        both = np.ascontiguousarray(np.moveaxis(both, 2, 1))
        return both[:, :domains], both[:, domains:]

    def means(self, since: Places, until: Places, *, least: int) -> Array:
        """Return (K, D, b): means of the answers of a stretch; NaN below `least` of them."""
        sums, answers = self.counted(since, until)
        return np.where(answers >= least, sums / np.maximum(answers, 1), np.nan)

    def unpack(self, part: NDArray[Any], *, absent: float) -> NDArray[Any]:
        """Put packed results (K, b) or (K, D, b) back to their columns of the panel."""
        rows = np.ascontiguousarray(np.moveaxis(part, -1, 0))
        # Too few check-ins yet, or none: both stand as NaN in the packed results.
        rows[np.isnan(rows)] = absent
        out = np.full((len(self.order), self.columns, *rows.shape[2:]), absent, part.dtype)
        # What lies behind a person's last check-in belongs to columns without answers.
        out[self.order[:, None], self.source] = rows
        return out


def pack(ratings: Array, weeks: Array, cuts: NDArray[np.bool_], rules: RuleSet, dtype: type[np.floating]) -> Packed:
    """Put each person's check-ins side by side.

    Args:
        ratings: (b, T, D), NaN = not answered.
        weeks: (b, T), check-in times.
        cuts: (b, T), a clinician accepted a new usual level from here on.
        rules: the gap that begins a new reference period.
        dtype: precision of the arithmetic.
    """
    answered = np.asarray(~np.isnan(ratings).all(axis=2))
    counts = answered.sum(axis=1)
    order = np.argsort(-counts, kind="stable")
    depth = int(counts.max(initial=0))
    source = np.argsort(~answered[order], axis=1, kind="stable")[:, :depth]
    values = np.take_along_axis(ratings[order], source[:, :, None], axis=1)
    times = np.take_along_axis(weeks[order], source, axis=1)
    gaps = np.diff(times, axis=1, prepend=times[:, :1] - 1)
    # A cut on a week without a check-in takes effect at the next check-in.
    reached = np.take_along_axis(np.cumsum(cuts[order], axis=1), source, axis=1)
    begins = (np.diff(reached, axis=1, prepend=0) > 0) | (gaps > rules.epoch_gap_weeks)
    return Packed(
        order=order,
        source=source,
        columns=ratings.shape[1],
        counts=counts[order],
        values=np.ascontiguousarray(values.transpose(1, 2, 0), dtype),
        weeks=np.ascontiguousarray(times.T, dtype),
        gaps=np.ascontiguousarray(gaps.T, dtype),
        cuts=np.ascontiguousarray(begins.T),
    )
