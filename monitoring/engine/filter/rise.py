"""The chance that is shown: how far the present level lies above two to five months ago.

The score of the kernel says that something lasting began in the newest
check-ins; it decides about alerts. What people are told is the chance that the
true level is at least `true_change` points worse than its mean 9 to 20 weeks
earlier. That is a plain comparison of two stretches of answers, and it knows
more about it than the score alone; the logit of the chance is a line in both.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.filter.kernel import log_odds, normal_cdf
from monitoring.engine.filter.packing import Packed, Places
from monitoring.engine.rules import RuleSet

Array = NDArray[np.floating]

#: Check-ins after which the newest answers are forgotten within 32-bit precision.
RECALL = 60

DAY = 1 / 7


def chances(score: Array, by_domain: Array, packed: Packed, first: int, rules: RuleSet) -> tuple[Array, Array]:
    """Return calibrated chances of the whole (K, b) and of each domain (K, D, b).

    Args:
        score: (K, b), log-odds of the kernel.
        by_domain: (K, D, b), the same per domain.
        packed: dates and answers of the block.
        first: packed check-in from which on scores are given.
        rules: window, noise and the two lines.
    """
    each = risen(packed, first, rules)
    if by_domain.shape[1] == 1:
        line = (rules.single_chance_offset, rules.single_chance_score, rules.single_chance_rise)
        single = calibrated(by_domain, each, line)
        return single[:, 0], single
    some = 1 - np.prod(1 - each, axis=1)
    whole = (rules.chance_offset, rules.chance_score, rules.chance_rise)
    domain = (rules.domain_chance_offset, rules.domain_chance_score, rules.domain_chance_rise)
    return calibrated(score, some, whole), calibrated(by_domain, each, domain)


def calibrated(score: Array, rise: Array, line: tuple[float, float, float]) -> Array:
    """Return the chance whose logit is a line in the score and in the logit of the rise."""
    offset, by_score, by_rise = line
    return np.asarray(1 / (1 + np.exp(-(offset + by_score * score + by_rise * log_odds(rise)))))


def risen(packed: Packed, first: int, rules: RuleSet) -> Array:
    """Return (K, D, b): chance that a domain rose by `true_change`, from two stretches of answers.

    A rise is normal around zero before anything is seen; without earlier answers
    it stays so.
    """
    recent, spread = _recent(packed, first, rules)
    sums, answers = packed.counted(*_earlier(packed, rules))
    prior, noise = rules.rise_sd**2, rules.rise_noise_sd**2
    with np.errstate(divide="ignore"):
        believed = prior / (prior + noise * (spread + 1 / answers))
    expected = believed * (recent - sums / np.maximum(answers, 1))
    z = (expected - rules.true_change) / (rules.rise_sd * np.sqrt(1 - believed))
    return normal_cdf(z.astype(packed.values.dtype))


def _earlier(packed: Packed, rules: RuleSet) -> tuple[Places, Places]:
    """Return the stretch that is compared with: its first check-in, and one past its last.

    Where the period is younger than the stretch, all but its newest check-ins.
    """
    until = packed.earlier_by(rules.rise_to_weeks)
    since = np.maximum(packed.earlier_by(rules.rise_from_weeks + DAY), packed.begun)
    learning = np.arange(len(until))[:, None] - (rules.usual_held_out - 1)
    until = np.where(until > packed.begun, until, np.maximum(learning, packed.begun))
    return np.minimum(since, until), until


def _recent(packed: Packed, first: int, rules: RuleSet) -> tuple[Array, Array]:
    """Return (K, D, b) twice: weighted means of the newest answers, and their variance per answer's."""
    is_answered = ~np.isnan(packed.values)
    values = np.where(is_answered, packed.values, 0)
    mean, spread = np.zeros_like(values), np.full_like(values, np.inf)
    total, weight, square = np.zeros((3, *values.shape[1:]), values.dtype)
    for k in range(max(first - RECALL, 0), len(values)):
        m = packed.active(k + 1)
        keep = np.where(packed.cuts[k, :m], 0, rules.rise_memory ** packed.gaps[k, :m]).astype(values.dtype)
        total, weight, square = total[:, :m] * keep, weight[:, :m] * keep, square[:, :m] * keep**2
        total += values[k, :, :m]
        weight += is_answered[k, :, :m]
        square += is_answered[k, :, :m]
        np.divide(total, weight, out=mean[k, :, :m], where=weight > 0)
        np.divide(square, weight**2, out=spread[k, :, :m], where=weight > 0)
    return mean, spread
