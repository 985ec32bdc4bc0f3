"""The joint multi-domain Bayesian change-point filter, for many people at once.

A person's ratings are a baseline, a slow drift and noise. Beside that "nothing
lasting happened" filter runs a bank of hypotheses "a lasting shift began at
check-in tau" for the newest check-ins. Their posterior says how likely a
lasting worsening is, in which domain and since when.

Everything is "higher is worse". Each value uses its own check-in and earlier
ones only. Arrays are (domains or families, hypotheses, people): people last, so
that one NumPy call serves a whole block.
"""

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.rules import RuleSet

Array = NDArray[np.floating]

WEEKS_PER_YEAR = 52.0

#: Probabilities are kept this far from 0 and 1 before their log-odds are taken.
TINY = 1e-7

#: A squared innovation counts at most this many times its variance (docs/engine.md#personal-noise).
LEARNING_CAP = 5.0
#: Share of a new innovation in the learnt noise, and the factor that makes the
#: capped mean of a standard normal square equal to one (docs/engine.md#personal-noise).
LEARNING_RATE, CAP_CORRECTION = 0.8, 1.06
NOISE_BOUNDS = (0.25, 5.0)


@dataclass(frozen=True)
class Verdict:
    """Posterior of one check-in for a block of people.

    Attributes:
        worse, better: (D, n), chance of a lasting shift of at least
            `kernel_mcid` points in each domain.
        worse_onset, better_onset: (n,), most likely onset, weeks.
    """

    worse: Array
    better: Array
    worse_onset: Array
    better_onset: Array


def normal_cdf(x: Array) -> Array:
    """Return the standard normal distribution function, error below 2e-4.

    Far tails overflow to exactly 0 or 1, silently where the caller says so.

    Source:
        Bowling et al. (2009), A logistic approximation to the cumulative normal
        distribution, J Ind Eng Manag 2:114.
    """
    # In place: this function is where most of the time goes.
    y = x * x
    y *= -0.070565992
    y -= 1.5976
    y *= x
    np.exp(y, out=y)
    y += 1
    return np.reciprocal(y, out=y)


def log_odds(p: Array) -> Array:
    """Return log-odds of probabilities kept `TINY` away from 0 and 1."""
    p = np.clip(p, TINY, 1 - TINY)
    return np.log(p / (1 - p))


@dataclass(frozen=True)
class Shift:
    """One kind of lasting shift: its share, mean and spreads, points."""

    share: float
    mean: float
    sd: float
    domain_sd: float


def shifts(rules: RuleSet) -> tuple[Shift, Shift]:
    """Return the ordinary and the rare large kind of shift."""
    large = rules.large_shift_share
    return (
        Shift(1 - large, rules.shift_mean, rules.shift_sd, rules.shift_domain_sd),
        Shift(large, rules.large_shift_mean, rules.large_shift_sd, rules.large_shift_domain_sd),
    )


@dataclass(frozen=True)
class HypothesisEvidence:
    """What the innovations said about every hypothesis, in units of personal noise.

    Attributes:
        precision: (families, W, n).
        evidence: (rows, W, n).
        square: (W, n), sum of the domains' squared evidence.
    """

    precision: Array
    evidence: Array
    square: Array


@dataclass(frozen=True)
class Weighed:
    """One kind of shift at every hypothesis (W, n).

    Attributes:
        log_worse, log_better: log-weight against "nothing lasting".
        worse, better: how far the common part lies above `kernel_mcid`, in
            posterior standard deviations of a domain's shift.
        own: (D, W, n), deviation of each domain in the same unit; None for D = 1.
    """

    log_worse: Array
    log_better: Array
    worse: Array
    better: Array
    own: Array | None


class Filter:
    """The null filter and the hypothesis bank of one block of people.

    Family 0 is the common level (sum of the domains over the root of D), family
    1 the deviations from it. Deviations share their gains, because gains depend
    on check-in dates and robust weights only; D deviations that sum to zero are
    D - 1 contrasts.
    """

    #: Arrays that are cut when people leave the block.
    STATE = (
        "level", "drift", "p_rr", "p_ru", "p_uu", "noise_num", "noise_den",
        "absorbed_r", "absorbed_u", "precision", "evidence", "log_gap", "onset",
    )  # fmt: skip

    #: What a verdict needs of them.
    JUDGED = ("noise_num", "noise_den", "precision", "evidence", "log_gap", "onset")

    def __init__(self, rules: RuleSet, n: int, d: int, dtype: type[np.floating]) -> None:
        self.rules, self.d = rules, d
        self.families = 1 if d == 1 else 2
        self.rows = (slice(0, 1), slice(1, None))[: self.families]
        noise, walk = rules.kernel_noise_sd**2, rules.kernel_walk_sd**2
        wander = rules.kernel_drift_share * noise
        self.noise = self._family(noise, rules.kernel_noise_r, dtype)
        self.wander = self._family(wander, rules.kernel_drift_r, dtype)
        tail = rules.kernel_tail
        self.freedom = np.array([[tail + 1], [tail + d - 1]], dtype)[: self.families]
        self.walk = self._family(walk, 0.0, dtype)
        self.walk[0] = walk * d
        self.start = self._family(rules.start_domain_sd**2, 0.0, dtype)
        self.start[0] += rules.start_sd**2 * d
        rows = 1 if d == 1 else d + 1
        self.level, self.drift = np.zeros((rows, n), dtype), np.zeros((rows, n), dtype)
        self.level[0] = rules.start_mean * math.sqrt(d)
        self.p_rr = np.repeat(self.start, n, axis=1)
        self.p_ru = np.zeros((self.families, n), dtype)
        self.p_uu = np.repeat(self.wander, n, axis=1)
        self.noise_num = np.full(n, rules.kernel_noise_weight, dtype)
        self.noise_den = np.full(n, rules.kernel_noise_weight, dtype)
        bank = (self.families, rules.kernel_window, n)
        self.absorbed_r, self.absorbed_u = np.zeros(bank, dtype), np.zeros(bank, dtype)
        self.precision, self.evidence = np.zeros(bank, dtype), np.zeros((rows, *bank[1:]), dtype)
        self.log_gap, self.onset = np.full(bank[1:], -np.inf, dtype), np.zeros(bank[1:], dtype)

    def _family(self, variance: float, r: float, dtype: type[np.floating]) -> Array:
        """Return (families, 1): variances of the rotated coordinates."""
        rotated = [variance * (1 + (self.d - 1) * r), variance * (1 - r)]
        return np.array(rotated[: self.families], dtype)[:, None]

    def keep(self, n: int) -> None:
        """Go on with the first n people only."""
        if self.noise_num.shape[-1] == n:
            return
        for name in self.STATE:
            setattr(self, name, getattr(self, name)[..., :n])

    def moment(self) -> "Filter":
        """Return a copy that gives the verdict of now, and does not go on."""
        bank = copy(self)
        for name in self.JUDGED:
            setattr(bank, name, getattr(self, name).copy())
        return bank

    @classmethod
    def together(cls, banks: Sequence["Filter"]) -> "Filter":
        """Return one filter that has the columns of several, the first one's first."""
        bank = copy(banks[0])
        for name in cls.STATE:
            setattr(bank, name, np.concatenate([getattr(part, name) for part in banks], axis=-1))
        return bank

    @property
    def noise_level(self) -> Array:
        """Return (n,): the personal noise variance over the usual one."""
        low, high = NOISE_BOUNDS
        return np.minimum(np.maximum(self.noise_num / self.noise_den, low), high)

    def predict(self, gap: Array) -> None:
        """Let time pass: the drift forgets, the baseline wanders.

        Args:
            gap: (n,), weeks since the check-in before.
        """
        keep = self.rules.kernel_phi**gap
        self.drift *= keep
        self.absorbed_u *= keep
        self.p_ru *= keep
        keep *= keep
        self.p_uu *= keep
        self.p_uu += self.wander * (1 - keep)
        self.p_rr += self.walk * gap

    def restart(self, who: NDArray[np.bool_]) -> None:
        """Begin a new reference period for some people, keeping their noise level."""
        self.p_rr = np.where(who, self.start, self.p_rr)
        self.p_ru = np.where(who, 0, self.p_ru).astype(self.p_ru.dtype)
        self.p_uu = np.where(who, self.wander, self.p_uu)
        self.level = np.where(who, self.level + self.drift, self.level)
        self.drift = np.where(who, 0, self.drift).astype(self.drift.dtype)
        self.log_gap = np.where(who, -np.inf, self.log_gap).astype(self.log_gap.dtype)

    def _learn_noise(self, v: Array, f: Array) -> None:
        """Update the personal noise level from capped squared innovations."""
        level, d = self.noise_level, self.d
        total = np.minimum(v[0] ** 2 / (f[0] * level), LEARNING_CAP)
        if d > 1:
            contrast = v[1:] ** 2 * (d / ((d - 1) * f[1] * level))
            total += (1 - 1 / d) * np.add.reduce(np.minimum(contrast, LEARNING_CAP))
        self.noise_num += LEARNING_RATE * CAP_CORRECTION * level * total
        self.noise_den += LEARNING_RATE * d

    def _robust_weight(self, v: Array, f: Array) -> Array:
        """Return (families, n): how much an innovation of this size is believed."""
        square = np.stack([np.add.reduce(v[rows] ** 2) for rows in self.rows])
        square /= f * self.noise_level
        square += self.rules.kernel_tail
        return np.asarray(np.minimum(np.maximum(self.freedom / square, self.rules.kernel_weight_floor), 1))

    def update(self, y: Array) -> None:
        """Take in one check-in.

        Args:
            y: (D, n), points, no NaN.
        """
        v = self._innovation(y)
        toward_r, toward_u = self.p_rr + self.p_ru, self.p_ru + self.p_uu
        f = toward_r + toward_u
        f += self.noise
        self._learn_noise(v, f)
        f += self.noise * (1 / self._robust_weight(v, f) - 1)
        gain_r, gain_u = toward_r / f, toward_u / f
        self._collect(v, f, gain_r, gain_u)
        # The common level and the deviations have gains of their own.
        for family, rows in enumerate(self.rows):
            self.level[rows] += gain_r[family] * v[rows]
            self.drift[rows] += gain_u[family] * v[rows]
        self.p_rr -= gain_r * toward_r
        self.p_ru -= gain_r * toward_u
        self.p_uu -= gain_u * toward_u

    def _innovation(self, y: Array) -> Array:
        """Return (rows, n): how far a check-in lies from what was expected, rotated."""
        v = np.empty_like(self.level)
        if self.d == 1:
            v[0] = y[0]
        else:
            mean = np.add.reduce(y) / self.d
            v[0] = mean * math.sqrt(self.d)
            np.subtract(y, mean, out=v[1:])
        v -= self.level
        v -= self.drift
        return v

    def open_hypothesis(self, slot: int, log_gap: Array, week: Array) -> None:
        """Begin the hypothesis "a shift started at this check-in" in one slot."""
        for state in (self.absorbed_r, self.absorbed_u, self.precision, self.evidence):
            state[:, slot] = 0
        self.log_gap[slot] = log_gap
        self.onset[slot] = week

    def _collect(self, v: Array, f: Array, gain_r: Array, gain_u: Array) -> None:
        """Add what one innovation says about every hypothesis."""
        unseen = 1 - self.absorbed_r
        unseen -= self.absorbed_u
        scaled = unseen / f[:, None]
        self.precision += unseen * scaled
        for family, rows in enumerate(self.rows):
            self.evidence[rows] += scaled[family] * v[rows, None]
        self.absorbed_r += gain_r[:, None] * unseen
        self.absorbed_u += gain_u[:, None] * unseen

    def _weigh(self, shift: Shift, seen: HypothesisEvidence) -> Weighed:
        """Weigh one kind of shift, by its prior, at every hypothesis."""
        precision, evidence = seen.precision, seen.evidence
        d, mcid = self.d, self.rules.kernel_mcid
        prior = 1 / (shift.sd**2 * d)
        pull = shift.mean * math.sqrt(d) * prior
        variance = 1 / (precision[0] + prior)
        middle = evidence[0] * variance
        cross = middle * pull
        base = 0.5 * (evidence[0] * middle + np.log(variance))
        base += self.log_gap
        base += math.log(shift.share * math.sqrt(prior) / WEEKS_PER_YEAR) - pull**2 / prior / 2
        base += (pull**2 / 2) * variance
        own = None
        if d > 1:
            spread = 1 / (precision[1] + 1 / shift.domain_sd**2)
            base += (0.5 * spread) * seen.square
            base += 0.5 * (d - 1) * np.log(spread * (1 / shift.domain_sd**2))
            narrow = 1 / np.sqrt(variance * (1 / d) + (1 - 1 / d) * spread)
            own = evidence[1:] * (spread * narrow)
        else:
            narrow = 1 / np.sqrt(variance)
        towards = variance * (pull / math.sqrt(d)) - mcid
        middle *= 1 / math.sqrt(d)
        return Weighed(
            log_worse=base + (cross + math.log(self.rules.worse_per_year)),
            log_better=base - (cross - math.log(self.rules.better_per_year)),
            worse=(towards + middle) * narrow,
            better=(towards - middle) * narrow,
            own=own,
        )

    def _seen(self) -> HypothesisEvidence:
        """Return what is known about every hypothesis in units of personal noise."""
        trust = 1 / self.noise_level
        evidence = self.evidence * trust
        own = evidence[1:]
        return HypothesisEvidence(
            precision=self.precision * trust, evidence=evidence, square=np.einsum("dwn,dwn->wn", own, own)
        )

    def verdict(self) -> Verdict:
        """Return the posterior over all hypotheses after the newest check-in."""
        seen = self._seen()
        ordinary, large = (self._weigh(shift, seen) for shift in shifts(self.rules))
        logs = np.stack([ordinary.log_worse, large.log_worse, ordinary.log_better, large.log_better])
        weights, share = _normalised(logs)
        worse = _chance(weights[0], ordinary.worse, ordinary.own) + _chance(weights[1], large.worse, large.own)
        better = _chance(weights[2], ordinary.better, ordinary.own, mirrored=True)
        better += _chance(weights[3], large.better, large.own, mirrored=True)
        return Verdict(
            worse=share * worse,
            better=share * better,
            worse_onset=self._likeliest(weights[:2]),
            better_onset=self._likeliest(weights[2:]),
        )

    def worsening(self) -> Array:
        """Return (D, n): chance of an ordinary lasting worsening, without the rest.

        For the single domains beside a joint verdict, which sees to large shifts,
        improvement and onsets: a third of the work of `verdict`.
        """
        ordinary = replace(shifts(self.rules)[0], share=1.0)
        weighed = self._weigh(ordinary, self._seen())
        weights, share = _normalised(np.stack([weighed.log_worse, weighed.log_better]))
        return np.asarray(share * _chance(weights[0], weighed.worse, weighed.own))

    def _likeliest(self, weights: Array) -> Array:
        """Return (n,): the onset week with the largest weight."""
        total = weights[0] + weights[1]
        best, onset = total[0], self.onset[0]
        for slot in range(1, len(total)):
            onset = np.where(total[slot] > best, self.onset[slot], onset)
            best = np.maximum(total[slot], best)
        return np.asarray(onset)


def _normalised(logs: Array) -> tuple[Array, Array]:
    """Return weights of all hypotheses and the factor that makes them chances.

    Args:
        logs: (kinds, W, n), log-weights against "nothing lasting"; overwritten.
    """
    top = np.maximum(logs.max(axis=(0, 1)), 0)
    logs -= top
    weights = np.exp(logs, out=logs)
    return weights, 1 / (np.exp(-top) + weights.sum(axis=(0, 1)))


def _chance(weight: Array, common: Array, own: Array | None, *, mirrored: bool = False) -> Array:
    """Return (D, n): weighted chance that a domain's shift is large enough."""
    if own is None:
        return np.asarray((weight * normal_cdf(common)).sum(axis=0, keepdims=True))
    z = common - own if mirrored else common + own
    return np.asarray(np.einsum("wn,dwn->dn", weight, normal_cdf(z)))
