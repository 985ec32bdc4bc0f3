"""How fast the batch kernel is on this machine; the clock is handed in by the caller."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.filter.batches import score_batch

#: People simulated for real; the panel repeats them up to its size.
SAMPLE = 2000


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Seconds for one panel, and how far 32-bit results are from 64-bit ones."""

    people: int
    weeks: int
    domains: int
    seconds: float
    parity: float


def measure(
    sample: NDArray[np.floating], weeks: NDArray[np.floating], people: int, clock: Callable[[], float]
) -> Speed:
    """Time `score_batch` on a large panel and compare precisions on a small one.

    Args:
        sample: (n, T, D), ratings to repeat.
        weeks: (T,).
        people: size of the timed panel.
        clock: returns seconds.
    """
    repeats = -(-people // len(sample))
    ratings = np.tile(sample.astype(np.float32), (repeats, 1, 1))[:people]
    begun = clock()
    score_batch(ratings, weeks)
    seconds = clock() - begun
    few = sample[:200]
    single, double = (score_batch(few, weeks, dtype=dtype).chance for dtype in (np.float32, np.float64))
    return Speed(
        people=people,
        weeks=sample.shape[1],
        domains=sample.shape[2],
        seconds=seconds,
        parity=float(np.nanmax(np.abs(single - double))),
    )
