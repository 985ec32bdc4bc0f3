"""The rolling contrast: the newest check-ins against the ones just before.

Simple enough to check by hand. It is the cross-check of the joint kernel for
ratings and the detector for a single sparse series such as a questionnaire.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Fewest baseline answers that make a comparison at all.
MIN_BASELINE = 2


@dataclass(frozen=True, kw_only=True)
class Window:
    """How many answers are compared with how many.

    Attributes:
        recent: newest answers.
        baseline: at most this many answers before them.
        prior_sd: spread that people have on this scale, points.
        prior_weight: how many answers that prior counts for.
    """

    recent: int
    baseline: int
    prior_sd: float
    prior_weight: float


@dataclass(frozen=True, kw_only=True)
class Contrasts:
    """Rolling contrasts, arrays shaped like the values; NaN where undefined.

    Attributes:
        difference: mean of the newest minus mean of the baseline, points;
            positive = worse.
        error: standard error of the difference, points.
    """

    difference: Floats
    error: Floats

    @property
    def statistic(self) -> Floats:
        """Return the difference in standard errors."""
        return self.difference / self.error


def _windowed(total: Floats, width: NDArray[np.int64] | int) -> Floats:
    """Return sums over the last `width` entries from running totals."""
    index = np.arange(total.shape[-1])
    start = np.clip(index - width, -1, None)
    padded = np.concatenate([np.zeros((*total.shape[:-1], 1)), total], axis=-1)
    return np.asarray(total - padded[..., start + 1])


def _contrast_packed(values: Floats, window: Window, smallest: int) -> Contrasts:
    """Compute contrasts where every answer stands next to the one before it."""
    k = window.recent
    index = np.arange(values.shape[-1])
    count = np.clip(index + 1 - k, 0, window.baseline)
    sums, squares = np.cumsum(values, axis=-1), np.cumsum(values**2, axis=-1)
    newest, newest_squares = _windowed(sums, k), _windowed(squares, k)
    with np.errstate(invalid="ignore", divide="ignore"):
        before = (_windowed(sums, k + count) - newest) / count
        spread = _windowed(squares, k + count) - newest_squares - count * before**2
        # One noise level per person: every scale of one check-in counts.
        own = np.clip(spread, 0, None).mean(axis=-2, keepdims=True)
        weight = window.prior_weight
        variance = (weight * window.prior_sd**2 + own) / (weight + count - 1)
        error = np.sqrt(variance * (1 / k + 1 / count))
        difference = newest / k - before
    usable = count >= smallest
    return Contrasts(
        difference=np.where(usable, difference, np.nan),
        error=np.where(usable, error, np.nan),
    )


def rolling_contrast(values: Floats, window: Window, *, smallest: int = MIN_BASELINE) -> Contrasts:
    """Compare the newest answers with the ones before, at every answer.

    Args:
        values: (..., D, T), points, higher is worse, NaN = not answered. The D
            scales of one person share one spread.
        window: how many answers are compared.
        smallest: fewest baseline answers that make a comparison.

    Returns:
        Contrasts of the same shape; the value at t uses columns up to t only.

    Source:
        docs/engine.md#rivals (last 3 against the previous 26, shrunken personal SD).
    """
    absent = np.isnan(values)
    # Answers first, in order: then "the last 3" are neighbours in memory.
    order = np.argsort(absent, axis=-1, kind="stable")
    packed = np.nan_to_num(np.take_along_axis(values, order, axis=-1))
    contrasts = _contrast_packed(packed, window, smallest)
    out = []
    for part in (contrasts.difference, contrasts.error):
        spread = np.empty_like(part)
        np.put_along_axis(spread, order, part, axis=-1)
        out.append(np.where(absent, np.nan, spread))
    return Contrasts(difference=out[0], error=out[1])
