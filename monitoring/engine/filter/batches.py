"""The batch door of the kernel: whole panels of people in, scores out.

`assess` and the nightly sweep use this same door. It packs each person's
check-ins together, so that a missed week costs nothing and changes nothing but
the uncertainty, and it works on blocks that fit the second-level cache.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.filter.kernel import Filter, log_odds
from monitoring.engine.filter.packing import Packed, pack
from monitoring.engine.filter.rise import chances
from monitoring.engine.rules import DEFAULT, RuleSet

Array = NDArray[np.floating]

#: People per block. Smaller blocks fit the second-level cache, but then two threads
#: spend more time handing the interpreter to each other than they gain.
CHUNK = 8192

#: Blocks up to this size give the verdicts of all their check-ins at once.
FEW = 16


class NonMonotoneWeeks(ValueError):
    """Check-in times do not increase; the message names the first place."""


class RatingsShape(ValueError):
    """The panel is not shaped (people, check-ins, domains)."""


class BatchRatingOutOfRange(ValueError):
    """A rating lies outside 0 to 10 or is infinite; the message names the place."""


@dataclass(frozen=True, kw_only=True)
class BatchScores:
    """What the kernel says, per person and check-in (n, T).

    Attributes:
        score: log-odds of a lasting worsening of at least `kernel_mcid` points
            in some domain; -inf where nothing was answered.
        chance: calibrated chance of a true worsening of at least 1 point in
            some domain; NaN where nothing was answered.
        improvement: the mirror of `score`; -inf where nothing was answered.
        guard: a sudden large worsening, see `sudden_change`.
        chance_by_domain: (n, T, D), calibrated chance per domain; NaN where
            that domain was not answered.
        onset_week: most likely week at which a lasting worsening began.
        improvement_onset_week: the same for an improvement.
    """

    score: NDArray[np.float32]
    chance: NDArray[np.float32]
    improvement: NDArray[np.float32]
    guard: NDArray[np.bool_]
    chance_by_domain: NDArray[np.float32]
    onset_week: NDArray[np.float32]
    improvement_onset_week: NDArray[np.float32]


class OwnLevel:
    """A person's running level per domain, for the blanks of a partial answer."""

    def __init__(self, shape: tuple[int, int], dtype: type[np.floating]) -> None:
        self.mean, self.count = np.zeros(shape, dtype), np.zeros(shape, dtype)

    def fill(self, y: Array, rules: RuleSet) -> Array:
        """Return y with blanks filled: own level plus what the others moved.

        Args:
            y: (D, m), points, NaN = blank; at least one answer per person.
            rules: `fill_gain`, `fill_share`.

        Source:
            docs/engine.md#blanks. Filled values are never shown and never named.
        """
        m = y.shape[1]
        mean, count = self.mean[:, :m], self.count[:, :m]
        is_answered = ~np.isnan(y)
        has_level = is_answered & (count > 0)
        moved = np.where(has_level, y - mean, 0).sum(axis=0) / np.maximum(has_level.sum(axis=0), 1)
        others = np.where(is_answered, y, 0).sum(axis=0) / is_answered.sum(axis=0)
        filled = np.where(is_answered, y, np.where(count > 0, mean + rules.fill_share * moved, others))
        count += is_answered
        gain = np.maximum(1 / np.maximum(count, 1), rules.fill_gain)
        mean += np.where(is_answered, gain * (y - mean), 0).astype(y.dtype)
        return np.asarray(filled, y.dtype)


def _filled(packed: Packed, rules: RuleSet) -> Array:
    """Return (K, D, b) without blanks among a person's check-ins."""
    values = packed.values
    blank = np.isnan(values)
    if not (blank.any(axis=1) & ~blank.all(axis=1)).any():
        return values
    own = OwnLevel(values.shape[1:], values.dtype.type)
    out = np.zeros_like(values)
    for k in range(len(values)):
        m = packed.active(k + 1)
        out[k, :, :m] = own.fill(values[k, :, :m], rules)
    return out


class Banks:
    """The filters of a block of people: all domains jointly, and each domain as a person of its own.

    Attributes:
        seen: check-ins taken in so far.
        joint: the filter over all domains.
        alone: columns are the domains of the first person, then of the second and
            so on; None where it would say the same or does not count.
    """

    def __init__(self, rules: RuleSet, n: int, d: int, dtype: type[np.floating]) -> None:
        self.seen = 0
        self.joint = Filter(rules, n, d, dtype)
        self.alone = Filter(rules, n * d, 1, dtype) if d > 1 and rules.solo_share else None

    def take(self, y: Array, gap: Array, week: Array, cut: NDArray[np.bool_]) -> None:
        """Take in the next check-in of the first m people.

        Args:
            y: (D, m), points, no NaN.
            gap: (m,), weeks since the check-in before.
            week: (m,), time of the check-in.
            cut: (m,), whether a new reference period begins here.
        """
        _step(self.joint, y, self.seen, gap, week, cut)
        if self.alone:
            each = np.ascontiguousarray(y.T).reshape(1, -1)
            d = len(y)
            _step(self.alone, each, self.seen, np.repeat(gap, d), np.repeat(week, d), np.repeat(cut, d))
        self.seen += 1

    def worse_alone(self, d: int) -> Array | None:
        """Return (D, m): the chance of a worsening as each domain by itself says it."""
        return self.alone.worsening().reshape(-1, d).T if self.alone else None

    def moment(self) -> "Banks":
        """Return a copy that gives the verdicts of now, and does not go on."""
        banks = copy(self)
        banks.joint, banks.alone = self.joint.moment(), self.alone.moment() if self.alone else None
        return banks

    @staticmethod
    def together(several: Sequence["Banks"]) -> "Banks":
        """Return a copy with the people of several blocks, the first one's first."""
        banks = copy(several[0])
        banks.joint = Filter.together([block.joint for block in several])
        banks.alone = Filter.together([block.alone for block in several if block.alone]) if banks.alone else None
        return banks


def _step(bank: Filter, y: Array, k: int, gap: Array, week: Array, cut: NDArray[np.bool_]) -> None:
    """Take check-in number k of the first people of one filter."""
    rules, columns = bank.rules, y.shape[1]
    bank.keep(columns)
    if k:
        bank.predict(gap)
        if cut.any():
            bank.restart(cut)
        # Nothing came before the first check-in of a period: no change began there.
        log_gap = np.where(cut, -np.inf, np.log(gap)).astype(y.dtype)
        bank.open_hypothesis(k % rules.kernel_window, log_gap, week)
    bank.update(y)


@dataclass
class Run:
    """Packed results of the filters over a block: (K, D, b) and (K, b)."""

    worse: Array
    better: Array
    alone: Array
    worse_onset: Array
    better_onset: Array

    def store(self, moments: Sequence[tuple[int, Banks]]) -> None:
        """Keep the verdicts of packed check-ins, each with the filters as they stood then.

        The verdicts of several people at once cost as much as those of one.
        """
        banks = moments[0][1] if len(moments) == 1 else Banks.together([banks for _, banks in moments])
        verdict, alone = banks.joint.verdict(), banks.worse_alone(self.worse.shape[1])
        begin = 0
        for k, block in moments:
            n = block.joint.noise_num.shape[-1]
            here = slice(begin, begin + n)
            self.worse[k, :, :n] = verdict.worse[:, here]
            self.better[k, :, :n] = verdict.better[:, here]
            self.alone[k, :, :n] = verdict.worse[:, here] if alone is None else alone[:, here]
            self.worse_onset[k, :n] = verdict.worse_onset[here]
            self.better_onset[k, :n] = verdict.better_onset[here]
            begin += n


def run_banks(banks: Banks, y: Array, packed: Packed, first: int) -> Run:
    """Run the filters over packed check-ins.

    Args:
        banks: fresh filters; afterwards they stand at the last check-in.
        y: (K, D, b), points, no NaN among a person's check-ins.
        packed: dates and counts of the block.
        first: verdicts from this packed check-in on.
    """
    depth, _, n = y.shape
    shapes = (y.shape, y.shape, y.shape, (depth, n), (depth, n))
    run = Run(*(np.full(shape, np.nan, y.dtype) for shape in shapes))
    moments: list[tuple[int, Banks]] = []
    for k in range(depth):
        m = packed.active(k + 1)
        banks.take(y[k, :, :m], packed.gaps[k, :m], packed.weeks[k, :m], packed.cuts[k, :m])
        if k >= first and n > FEW:
            run.store([(k, banks)])
        elif k >= first:
            moments.append((k, banks.moment()))
    if moments:
        run.store(moments)
    return run


def _mixed(joint: Array, alone: Array, rules: RuleSet) -> tuple[Array, Array]:
    """Return log-odds (K, b) of the loudest domain and (K, D, b) of each, joint and alone averaged."""
    share = rules.solo_share if joint.shape[1] > 1 else 0
    together, apart = log_odds(joint), log_odds(alone)
    loudest = (1 - share) * together.max(axis=1) + share * apart.max(axis=1)
    return loudest, (1 - share) * together + share * apart


def sudden_change(packed: Packed, rules: RuleSet) -> NDArray[np.bool_]:
    """Return (K, b): the guard rail against sudden large worsening.

    Robust weighting makes the filter slow on single wild answers; this rule is
    deterministic, uses answers as given, and covers them.

    Source:
        docs/engine.md#guard-rail: baseline = mean of up to 26 check-ins before the last two;
        mean of domains +2.5 on both, one domain +4 on both, or mean +4.5 on the last.
    """
    baselines = packed.means(*packed.before_last_two(rules.guard_baseline), least=rules.guard_min_baseline)
    last = packed.values - baselines
    before = np.full_like(last, np.nan)
    before[1:] = packed.values[:-1] - baselines[1:]
    both = np.minimum(before, last)
    mean_last = _mean_answered(last)
    return np.asarray(
        (np.minimum(mean_last, _mean_answered(before)) >= rules.guard_mean_two)
        | (np.where(np.isnan(both), -np.inf, both).max(axis=1, initial=-np.inf) >= rules.guard_domain_two)
        | (mean_last >= rules.guard_mean_one)
    )


def _mean_answered(values: Array) -> Array:
    """Return (K, b): the mean over answered domains; -inf where none was answered."""
    is_answered = ~np.isnan(values)
    answered = is_answered.sum(axis=1)
    total = np.where(is_answered, values, 0).sum(axis=1)
    return np.where(answered > 0, total / np.maximum(answered, 1), -np.inf)


def _block(
    ratings: Array,
    weeks: Array,
    cuts: NDArray[np.bool_],
    rules: RuleSet,
    dtype: type[np.floating],
    newest: int | None,
) -> tuple[dict[str, NDArray[Any]], Banks]:
    """Score one block of people; returns the fields of `BatchScores` and where its filters stand."""
    packed = pack(ratings, weeks, cuts, rules, dtype)
    first = rules.min_check_ins - 1 if newest is None else max(rules.min_check_ins - 1, len(packed.values) - newest)
    y = _filled(packed, rules)
    banks = Banks(rules, y.shape[2], y.shape[1], dtype)
    run = run_banks(banks, y, packed, first)
    score, by_domain = _mixed(run.worse, run.alone, rules)
    chance, domain_chance = chances(score, by_domain, packed, first, rules)
    domain_chance[np.isnan(packed.values)] = np.nan
    fields = {
        "score": packed.unpack(score, absent=-np.inf),
        "chance": packed.unpack(chance, absent=np.nan),
        "improvement": packed.unpack(log_odds(run.better.max(axis=1)), absent=-np.inf),
        "guard": packed.unpack(sudden_change(packed, rules), absent=False),
        "chance_by_domain": packed.unpack(domain_chance, absent=np.nan),
        "onset_week": packed.unpack(run.worse_onset, absent=np.nan),
        "improvement_onset_week": packed.unpack(run.better_onset, absent=np.nan),
    }
    return fields, banks


def _checked(ratings: Array, weeks: Array, maximum: float) -> tuple[Array, Array]:
    """Return ratings (n, T, D) and weeks (n, T), or say which place is wrong."""
    ratings = np.asarray(ratings)
    if ratings.ndim != 3:
        raise RatingsShape(f"ratings must be (people, check-ins, domains), not {ratings.shape}")
    with np.errstate(invalid="ignore"):
        wrong = (ratings < 0) | (ratings > maximum)
    if wrong.any():
        person, column, domain = np.argwhere(wrong)[0]
        value = ratings[person, column, domain]
        raise BatchRatingOutOfRange(
            f"person {person}, check-in {column}, domain {domain}: {value} is not 0 to {maximum:g}"
        )
    weeks = np.broadcast_to(np.asarray(weeks, dtype=float), ratings.shape[:2])
    step = np.diff(weeks, axis=1)
    if not (np.isfinite(weeks).all() and (step > 0).all()):
        person, column = np.argwhere(~np.isfinite(weeks) | ~(np.diff(weeks, axis=1, prepend=-np.inf) > 0))[0]
        raise NonMonotoneWeeks(f"person {person}, check-in {column}: weeks must increase")
    return ratings, weeks


def score_batch(
    ratings: Array,
    weeks: Array,
    rules: RuleSet = DEFAULT,
    *,
    cuts: NDArray[np.bool_] | None = None,
    maximum: float = 10.0,
    dtype: type[np.floating] = np.float32,
    threads: int | None = None,
) -> BatchScores:
    """Score every check-in of many people.

    Args:
        ratings: (n, T, D), 0 to 10, higher is worse, NaN = not answered.
        weeks: (T,) or (n, T), check-in times in weeks, increasing.
        rules: all constants.
        cuts: (n, T), true where a new usual level was accepted; None = nowhere.
        maximum: upper end of the scale; ratings have 10.
        dtype: precision; the results agree to 2e-4 between 32 and 64 bits.
        threads: blocks at once; None = one per processor.

    Returns:
        Arrays over (n, T); the value at t uses columns up to t only.

    Raises:
        RatingsShape: ratings are not three-dimensional.
        BatchRatingOutOfRange: a rating outside 0 to `maximum`; names the place.
        NonMonotoneWeeks: times that do not increase; names the place.

    Source:
        docs/engine.md#shift-hypotheses, after Adams and MacKay (2007), Bayesian online changepoint
        detection, arXiv:0710.3742; here with a drifting null, a robust weight
        and a bank limited to the newest check-ins.
    """
    ratings, weeks = _checked(ratings, weeks, maximum)
    n, columns, domains = ratings.shape
    cuts = np.zeros((n, columns), bool) if cuts is None else cuts
    out = _empty(n, columns, domains)

    def run(begin: int) -> None:
        part = slice(begin, begin + CHUNK)
        # A thread has its own error state: far tails may overflow to 0 and 1.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            block, _ = _block(ratings[part], weeks[part], cuts[part], rules, dtype, None)
        for name, values in block.items():
            out[name][part] = values

    blocks = range(0, n, CHUNK)
    if threads == 1 or len(blocks) == 1:
        for begin in blocks:
            run(begin)
    else:
        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            list(pool.map(run, blocks))
    return BatchScores(**out)


def score_person(
    ratings: Array, weeks: Array, cuts: NDArray[np.bool_], rules: RuleSet, *, maximum: float, newest: int
) -> tuple[BatchScores, Banks]:
    """Score the newest check-ins of one person, and say where the filters stand.

    Args and errors as for `score_batch`, with ratings (T, D), weeks and cuts (T,);
    `newest` check-ins get a verdict.
    """
    ratings, weeks = _checked(np.asarray(ratings)[None], weeks, maximum)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        fields, banks = _block(ratings, weeks, cuts[None], rules, np.float32, newest)
    return BatchScores(**fields), banks


def imagine(banks: Banks, rows: Array, gap: float, rules: RuleSet) -> Array:
    """Return (n, more): scores of imagined check-ins behind a person's real ones.

    Args:
        banks: one person's filters, from `score_person`; they stay as they are.
        rows: (n, more, D), points, no NaN: n ways to go on.
        gap: weeks between the imagined check-ins.
        rules: all constants.
    """
    versions, more, _ = rows.shape
    banks = Banks.together([banks] * versions)
    gaps, cut = np.full(versions, gap, np.float32), np.zeros(versions, bool)
    scores = np.empty((versions, more), np.float32)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for i in range(more):
            y = np.ascontiguousarray(rows[:, i].T, np.float32)
            # The time of a hypothesis is only its name; no one asks for it here.
            banks.take(y, gaps, np.zeros(versions, np.float32), cut)
            joint = banks.joint.verdict().worse
            alone = banks.worse_alone(len(y))
            scores[:, i] = _mixed(joint[None], (joint if alone is None else alone)[None], rules)[0][0]
    return scores


def _empty(n: int, columns: int, domains: int) -> dict[str, NDArray[Any]]:
    """Return the result arrays, so that every block writes its own rows."""
    flat = ("score", "chance", "improvement", "onset_week", "improvement_onset_week")
    out = {name: np.empty((n, columns), np.float32) for name in flat}
    out["guard"] = np.empty((n, columns), bool)
    out["chance_by_domain"] = np.empty((n, columns, domains), np.float32)
    return out
