"""Lasting change on ratings and scores: from a statistic to a finding with reasons.

The detectors give one number per check-in; this module turns that path into an
alarm that opens, stays, is repeated and closes, and collects what its sentence
needs. All printed numbers are plain means of answers, so a page can show them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.events import event_words, events_before
from monitoring.engine.detectors.levels import range_of
from monitoring.engine.detectors.series import Series
from monitoring.engine.filter.batches import Banks, imagine, score_person
from monitoring.engine.filter.shown import shown_chance
from monitoring.engine.records import (
    Domain,
    Finding,
    FindingKind,
    History,
    JsonValue,
    Tier,
)
from monitoring.engine.rules import RuleSet

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """The statistic at which each tier begins."""

    watch: float
    review: float
    priority: float

    def tier(self, statistic: float) -> Tier | None:
        """Return the tier a statistic reaches, None below watch."""
        if statistic >= self.priority:
            return Tier.PRIORITY
        if statistic >= self.review:
            return Tier.REVIEW
        return Tier.WATCH if statistic >= self.watch else None


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An open alarm: where it opened and where it last asked for attention."""

    opened: int
    raised: int


def open_alarm(path: Floats, series: Series, cuts: Cuts, rules: RuleSet) -> Alarm | None:
    """Return the alarm that is open at the end of a path of statistics.

    It opens at review, closes after `close_check_ins` below watch, and is raised
    again every `refractory_weeks` while still at review or above. A new
    reference period begins without an alarm.

    Args:
        path: (T,), one statistic per check-in; NaN = undefined, changes nothing.
        series: the check-ins of the path.
        cuts: tiers on this statistic.
        rules: closing and repeating.
    """
    alarm: Alarm | None = None
    below = 0
    for i, statistic in enumerate(path):
        if i and series.epoch[i] != series.epoch[i - 1]:
            alarm = None
        if np.isnan(statistic):
            continue
        below = below + 1 if statistic < cuts.watch else 0
        if below >= rules.close_check_ins:
            alarm = None
        if statistic < cuts.review:
            continue
        if alarm is None:
            alarm = Alarm(opened=i, raised=i)
        elif series.weeks[i] - series.weeks[alarm.raised] >= rules.refractory_weeks:
            alarm = Alarm(opened=alarm.opened, raised=i)
    return alarm


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One column of a series split at an onset; everything "higher is worse".

    Attributes:
        series, column: what was split.
        before: answered values before the onset, newest last, points.
        after: answered values since the onset, points.
        onset: index of the first check-in of the changed stretch.
    """

    series: Series
    column: int
    before: Floats
    after: Floats
    onset: int

    @property
    def contrast(self) -> float:
        """Return mean since the onset minus mean before, natural points."""
        return self.mean_after - self.mean_before

    @property
    def mean_before(self) -> float:
        """Return the mean before the onset, natural direction."""
        return self.series.to_natural(float(self.before.mean()), self.column)

    @property
    def mean_after(self) -> float:
        """Return the mean since the onset, natural direction."""
        return self.series.to_natural(float(self.after.mean()), self.column)

    @property
    def worse_by(self) -> float:
        """Return how much worse it is since the onset, points; below 0 = better."""
        return float(self.after.mean() - self.before.mean())


def split_at(series: Series, column: int, onset: int, rules: RuleSet) -> Evidence | None:
    """Split one column at an onset; None if either side is empty."""
    values = series.worse[:, column]
    here = series.epoch == series.epoch[onset]
    before = values[:onset][here[:onset]]
    before = before[~np.isnan(before)][-rules.explain_baseline :]
    after = values[onset:]
    after = after[~np.isnan(after)]
    if not len(before) or not len(after):
        return None
    return Evidence(series=series, column=column, before=before, after=after, onset=onset)


def _missed(history: History, rules: RuleSet) -> tuple[int, int]:
    """Return how many of the last planned check-ins were missed, and of how many."""
    if history.schedule is None:
        return 0, 0
    due = [slot for slot in history.schedule.slots if slot.due_on <= history.as_of]
    last = sorted(due, key=lambda slot: slot.due_on)[-rules.missed_window :]
    return sum(slot.missed for slot in last), len(last)


def _outside_in_a_row(evidence: Evidence, low: float, high: float) -> int:
    """Count the newest answers in a row beyond the printed usual range, on the side to which they changed."""
    series, column = evidence.series, evidence.column
    answers = [series.to_natural(float(value), column) for value in evidence.after[::-1]]
    is_up = evidence.mean_after > evidence.mean_before
    return next(
        (count for count, value in enumerate(answers) if not (value > high if is_up else value < low)), len(answers)
    )


def change_parts(
    history: History, evidence: Evidence, also: Sequence[Evidence], rules: RuleSet
) -> dict[str, JsonValue]:
    """Collect everything the sentence about a change needs, JSON-able.

    Args:
        history: one episode.
        evidence: the scale that moved most.
        also: the other scales that moved, split at the same onset.
        rules: what is usual, and how far an event may lie back.
    """
    series, column = evidence.series, evidence.column
    onset_on = series.on[evidence.onset]
    missed, planned = _missed(history, rules)
    parts: dict[str, JsonValue] = {
        "name": str(series.names[column]),
        # The difference of the two printed averages, so that it can be checked by hand.
        "points": round(abs(round(evidence.mean_after, 1) - round(evidence.mean_before, 1)), 1),
        "before_mean": round(evidence.mean_before, 1),
        "before_n": len(evidence.before),
        "after_mean": round(evidence.mean_after, 1),
        "after_n": len(evidence.after),
        "from_on": _compared_from(evidence).isoformat(),
        "onset_on": onset_on.isoformat(),
        "last_on": series.on[-1].isoformat(),
        "direction": str(series.directions[column]),
        "also": [str(other.series.names[other.column]) for other in also],
        "also_means": [[round(other.mean_before, 1), round(other.mean_after, 1)] for other in also],
        "missed": missed,
        "planned": planned,
    }
    return parts | _usual_parts(evidence, rules) | _event_parts(history, onset_on, rules)


def _compared_from(evidence: Evidence) -> dt.date:
    """Return the day of the earliest answer that the average before the onset holds."""
    before = evidence.series.worse[: evidence.onset, evidence.column]
    answered = np.flatnonzero(~np.isnan(before))[-len(evidence.before) :]
    return evidence.series.on[int(answered[0])]


def _usual_parts(evidence: Evidence, rules: RuleSet) -> dict[str, JsonValue]:
    series, column = evidence.series, evidence.column
    before = series.worse[: evidence.onset, column]
    epoch = series.epoch[: evidence.onset] == series.epoch[evidence.onset]
    values = before[epoch & ~np.isnan(before)]
    if len(values) < rules.usual_check_ins - rules.usual_held_out:
        return {}
    usual = range_of(values, series.error, rules)
    ends = sorted(series.to_natural(value, column) for value in usual)
    low, high = round(max(ends[0], series.minimum), 1), round(min(ends[1], series.maximum), 1)
    return {"usual_low": low, "usual_high": high, "outside_in_a_row": _outside_in_a_row(evidence, low, high)}


def _event_parts(history: History, onset_on: dt.date, rules: RuleSet) -> dict[str, JsonValue]:
    events = events_before(history.interventions, onset_on, rules)
    return event_words(events[0], events[1:], since=onset_on) if events else {}


def late_cap(tier: Tier, series: Series, rules: RuleSet) -> Tier:
    """Keep an entry about long ago from paging anyone: at most watch."""
    late = bool(series.late_days[-1] > rules.late_entry_days)
    return min(tier, Tier.WATCH) if late else tier


@dataclass(frozen=True, kw_only=True)
class SeriesChange:
    """What the kernel says about one series, per check-in.

    Attributes:
        series: the answered columns.
        worse, better: (T,), log-odds; NaN where there is no verdict yet.
        chance: (T,), calibrated chance of a true worsening.
        by_domain: (T, D), the same per column.
        guard: (T,), sudden large worsening.
        worse_onset, better_onset: (T,), weeks.
        banks: where the filters stand after the newest check-in.
    """

    series: Series
    worse: Floats
    better: Floats
    chance: Floats
    by_domain: Floats
    guard: NDArray[np.bool_]
    worse_onset: Floats
    better_onset: Floats
    banks: Banks


def _kernel_units(series: Series, rows: Floats) -> Floats:
    """Return values from 0 up in units of the kernel, whatever the scale."""
    return (rows - series.minimum) / series.scale


def _cut_columns(series: Series) -> NDArray[np.bool_]:
    return np.diff(series.epoch, prepend=series.epoch[:1]) > 0


def course_of(series: Series, rules: RuleSet) -> SeriesChange:
    """Run the kernel over one series; scales that were never answered are left out."""
    series = series.answered()
    panel, banks = score_person(
        _kernel_units(series, series.worse),
        series.weeks,
        _cut_columns(series),
        rules,
        maximum=(series.maximum - series.minimum) / series.scale,
        newest=rules.alarm_check_ins,
    )
    return SeriesChange(
        series=series,
        worse=_defined(panel.score[0]),
        better=_defined(panel.improvement[0]),
        chance=panel.chance[0].astype(float),
        by_domain=panel.chance_by_domain[0].astype(float),
        guard=panel.guard[0],
        worse_onset=panel.onset_week[0].astype(float),
        better_onset=panel.improvement_onset_week[0].astype(float),
        banks=banks,
    )


def _defined(path: NDArray[np.float32]) -> Floats:
    """Return a path with NaN where there is no verdict."""
    return np.where(np.isfinite(path), path, np.nan).astype(float)


def cuts_of(series: Series, rules: RuleSet) -> Cuts:
    """Return the tiers on the log-odds: several ratings together, or one scale."""
    if len(series.names) > 1:
        return Cuts(watch=rules.kernel_watch, review=rules.kernel_review, priority=rules.kernel_priority)
    return Cuts(watch=rules.single_watch, review=rules.single_review, priority=rules.single_priority)


def change_findings(history: History, course: SeriesChange, rules: RuleSet) -> list[Finding]:
    """Return what has lastingly or suddenly changed in one series."""
    if np.isnan(course.worse).all():
        return []
    findings = [_sudden(history, course, rules), _lasting(history, course, rules), _improving(history, course, rules)]
    return [finding for finding in findings if finding is not None]


def _onset_index(series: Series, week: float) -> int:
    return int(np.abs(series.weeks - week).argmin())


def _moved(course: SeriesChange, onset: int, rules: RuleSet, sign: float) -> list[Evidence]:
    """Return the scales that moved since an onset, the one that moved most first.

    Where none moved by a true change, the one that moved most stands alone.

    Args:
        course: the verdicts.
        onset: index of the first changed check-in.
        rules: what counts as having moved.
        sign: +1 for worse, -1 for better.
    """
    columns = range(len(course.series.names))
    splits = [split_at(course.series, column, onset, rules) for column in columns]
    turned = [split for split in splits if split and sign * split.worse_by > 0]
    turned.sort(key=lambda split: _strength(course, split, sign), reverse=True)
    return [split for split in turned if sign * split.worse_by / split.series.scale >= rules.true_change] or turned[:1]


def _strength(course: SeriesChange, evidence: Evidence, sign: float) -> float:
    """Return how sure a scale moved: its own chance if worse, its size if better."""
    own = _own_chance(course, evidence.column)
    return own if sign > 0 and own is not None else sign * evidence.worse_by


def _own_chance(course: SeriesChange, column: int) -> float | None:
    """Return the newest chance of one scale by itself; None where it never had one."""
    own = course.by_domain[:, column]
    own = own[~np.isnan(own)]
    return float(own[-1]) if len(own) else None


def _printed_chance(course: SeriesChange, column: int, rules: RuleSet) -> float | None:
    """Return the percentage that is printed of the named scale, as it holds when somebody reads it first."""
    own = _own_chance(course, column)
    if own is None:
        return None
    return min(shown_chance(own, is_single=len(course.series.names) == 1), rules.chance_cap)


def _lasting(history: History, course: SeriesChange, rules: RuleSet) -> Finding | None:
    series, cuts = course.series, cuts_of(course.series, rules)
    statistic, last = _last(course.worse)
    alarm = open_alarm(course.worse, series, cuts, rules)
    tier = cuts.tier(statistic) or (Tier.WATCH if alarm else None)
    if tier is None:
        return None
    moved = _moved(course, _onset_index(series, course.worse_onset[last]), rules, 1.0)
    if not moved:
        return None
    evidence, parts = moved[0], change_parts(history, moved[0], moved[1:], rules)
    parts["raised_on"] = series.on[alarm.raised].isoformat() if alarm else None
    finding = change_finding(
        evidence,
        kind=FindingKind.DETERIORATION,
        tier=late_cap(tier, series, rules),
        statistic=statistic,
        threshold=cuts.review,
        chance=_printed_chance(course, evidence.column, rules),
        # The chance is of this scale, by so many points: until engine 1.4 it was that of any scale, and is not printed.
        parts=parts | {"chance_points": round(rules.true_change * series.scale, 1)},
    )
    return replace(finding, clears=_clearing(course, evidence, cuts, rules))


def _improving(history: History, course: SeriesChange, rules: RuleSet) -> Finding | None:
    series, cuts = course.series, cuts_of(course.series, rules)
    statistic, last = _last(course.better)
    alarm = open_alarm(course.better, series, cuts, rules)
    if alarm is None and statistic < cuts.review:
        return None
    moved = _moved(course, _onset_index(series, course.better_onset[last]), rules, -1.0)
    if not moved:
        return None
    return change_finding(
        moved[0],
        kind=FindingKind.IMPROVEMENT,
        tier=Tier.INFO,
        statistic=statistic,
        threshold=cuts.review,
        chance=None,
        parts=change_parts(history, moved[0], moved[1:], rules),
    )


def _sudden(history: History, course: SeriesChange, rules: RuleSet) -> Finding | None:
    """Return the guard rail's finding if it fires on the newest check-in."""
    series = course.series
    if not course.guard[-1]:
        return None
    onset = len(series) - (2 if course.guard[-2] or _both_high(series, rules) else 1)
    splits = [split_at(series, column, onset, rules) for column in range(len(series.names))]
    moved = sorted((split for split in splits if split), key=lambda split: split.worse_by, reverse=True)
    others = [split for split in moved[1:] if split.worse_by >= rules.guard_mean_two]
    return change_finding(
        moved[0],
        kind=FindingKind.SUDDEN_CHANGE,
        tier=late_cap(Tier.PRIORITY, series, rules),
        statistic=moved[0].worse_by / series.scale,
        threshold=rules.guard_mean_two,
        chance=None,
        parts=change_parts(history, moved[0], others, rules),
    )


def _both_high(series: Series, rules: RuleSet) -> bool:
    """Return whether the check-in before the newest is high on some scale as well."""
    for column in series.worse.T:
        before, high = column[:-2][~np.isnan(column[:-2])], column[-2]
        if len(before) and (high - before.mean()) / series.scale >= rules.guard_mean_two:
            return True
    return False


def _last(path: Floats) -> tuple[float, int]:
    """Return the newest defined value of a path and its index."""
    index = int(np.flatnonzero(~np.isnan(path))[-1])
    return float(path[index]), index


def _clearing(course: SeriesChange, evidence: Evidence, cuts: Cuts, rules: RuleSet) -> dict[str, JsonValue]:
    """Return how many check-ins, and at what level, would close the alarm.

    Found by trying: more check-ins are put behind the real ones, once per whole
    step of the scale, with the named scale at that level and the others as they
    were before the onset. No one is asked to become better than before: of the
    levels up to that, the one that asks least, with the fewest check-ins.
    """
    series, column = evidence.series, evidence.column
    name = str(series.names[column])
    step = max(1.0, round((series.maximum - series.minimum) / 10))
    levels = np.arange(series.minimum, series.maximum + step / 2, step)
    below = _try_levels(course, evidence, levels, rules) < cuts.watch
    usual = float(evidence.before.mean())
    for count in range(rules.close_check_ins, rules.clearing_check_ins + 1):
        clears = below[:, count - rules.close_check_ins : count].all(axis=1)
        # Worse than the first level that does not clear may clear again: an outlier.
        reached = levels if clears.all() else levels[: int(np.argmin(clears))]
        if len(reached) and reached[-1] > usual - step:
            return {"check_ins": count, "name": name, "at": series.to_natural(float(reached[-1]), column)}
    return {"more_than": rules.clearing_check_ins, "name": name}


def _try_levels(course: SeriesChange, evidence: Evidence, levels: Floats, rules: RuleSet) -> Floats:
    """Return (levels, check-ins) scores of imagined check-ins behind the real ones."""
    series = course.series
    usual = _before_onset(series, evidence.onset, rules)
    rows = np.broadcast_to(usual, (len(levels), rules.clearing_check_ins, len(usual))).copy()
    rows[:, :, evidence.column] = levels[:, None]
    gap = max(float(np.median(np.diff(series.weeks))), 1 / 7)
    return imagine(course.banks, _kernel_units(series, rows), gap, rules).astype(float)


def _before_onset(series: Series, onset: int, rules: RuleSet) -> Floats:
    """Return (D,): each scale's mean before the onset, its newest answer if none."""
    splits = [split_at(series, column, onset, rules) for column in range(len(series.names))]
    newest = [column[~np.isnan(column)][-1] for column in series.worse.T]
    return np.array([split.before.mean() if split else value for split, value in zip(splits, newest, strict=True)])


def change_finding(
    evidence: Evidence,
    *,
    kind: FindingKind,
    tier: Tier,
    statistic: float,
    threshold: float,
    chance: float | None,
    parts: dict[str, JsonValue],
) -> Finding:
    """Put the numbers of a change together; the chance travels in the parts too."""
    series, name = evidence.series, evidence.series.names[evidence.column]
    rated = name in set(Domain)
    since = (series.on[-1] - series.on[evidence.onset]).days / 7
    return Finding(
        kind=kind,
        tier=tier,
        domain=Domain(name) if rated else None,
        instrument=None if rated else name,
        direction=series.directions[evidence.column],
        chance=chance,
        onset_on=series.on[evidence.onset],
        contrast=evidence.contrast,
        statistic=statistic,
        threshold=threshold,
        weeks=since,
        parts=parts | {"chance": chance},
    )
