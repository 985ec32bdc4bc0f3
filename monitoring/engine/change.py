"""Lasting change on ratings and scores: from a statistic to a finding with reasons.

The detectors give one number per check-in; this module turns that path into an
alarm that opens, stays, is repeated and closes, and collects what its sentence
needs. All printed numbers are plain means of answers, so a page can show them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.baseline import range_of
from monitoring.engine.contrast import Window, rolling_contrast
from monitoring.engine.records import (
    Domain,
    Finding,
    FindingKind,
    History,
    InterventionRecord,
    JsonValue,
    Tier,
)
from monitoring.engine.rules import RuleSet
from monitoring.engine.series import Series

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


def open_alarm(path: Floats, weeks: Floats, cuts: Cuts, rules: RuleSet) -> Alarm | None:
    """Return the alarm that is open at the end of a path of statistics.

    It opens at review, closes after `close_check_ins` below watch, and is raised
    again every `refractory_weeks` while still at review or above.

    Args:
        path: (T,), one statistic per check-in; NaN = undefined, changes nothing.
        weeks: (T,), check-in times in weeks.
        cuts: tiers on this statistic.
        rules: closing and repeating.
    """
    alarm: Alarm | None = None
    below = 0
    for i, statistic in enumerate(path):
        if np.isnan(statistic):
            continue
        below = below + 1 if statistic < cuts.watch else 0
        if below >= rules.close_check_ins:
            alarm = None
        if statistic < cuts.review:
            continue
        if alarm is None:
            alarm = Alarm(opened=i, raised=i)
        elif weeks[i] - weeks[alarm.raised] >= rules.refractory_weeks:
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


def event_before(
    interventions: Sequence[InterventionRecord], onset: dt.date, rules: RuleSet
) -> InterventionRecord | None:
    """Return the newest intervention event in the watch period before a day."""
    near = [one for one in interventions if 0 <= (onset - one.on).days <= rules.event_window_days]
    return max(near, key=lambda one: one.on, default=None)


def _missed(history: History, rules: RuleSet) -> tuple[int, int]:
    """Return how many of the last planned check-ins were missed, and of how many."""
    if history.schedule is None:
        return 0, 0
    due = [slot for slot in history.schedule.slots if slot.due_on <= history.as_of]
    last = sorted(due, key=lambda slot: slot.due_on)[-rules.missed_window :]
    return sum(slot.missed for slot in last), len(last)


def _outside_in_a_row(evidence: Evidence, usual: tuple[float, float], *, worse: bool) -> int:
    """Count the newest answers in a row on the changed side of the usual range."""
    count = 0
    for value in evidence.after[::-1]:
        outside = value > usual[1] if worse else value < usual[0]
        if not outside:
            break
        count += 1
    return count


def change_parts(history: History, evidence: Evidence, also: Sequence[str], rules: RuleSet) -> dict[str, JsonValue]:
    """Collect everything the sentence about a change needs, JSON-able."""
    series, column = evidence.series, evidence.column
    onset_on = series.on[evidence.onset]
    missed, planned = _missed(history, rules)
    parts: dict[str, JsonValue] = {
        "name": str(series.names[column]),
        "points": round(2 * abs(evidence.worse_by)) / 2,
        "before_mean": round(evidence.mean_before, 1),
        "before_n": len(evidence.before),
        "after_mean": round(evidence.mean_after, 1),
        "after_n": len(evidence.after),
        "onset_on": onset_on.isoformat(),
        "last_on": series.on[-1].isoformat(),
        "direction": str(series.directions[column]),
        "also": [str(name) for name in also],
        "missed": missed,
        "planned": planned,
    }
    return parts | _usual_parts(evidence, rules) | _event_parts(history, onset_on, rules)


def _usual_parts(evidence: Evidence, rules: RuleSet) -> dict[str, JsonValue]:
    series, column = evidence.series, evidence.column
    there = series.worse[: evidence.onset, column]
    epoch = series.epoch[: evidence.onset] == series.epoch[evidence.onset]
    values = there[epoch & ~np.isnan(there)]
    if len(values) < rules.usual_check_ins - rules.usual_held_out:
        return {}
    usual = range_of(values, series.scale, rules)
    ends = sorted(series.to_natural(value, column) for value in usual)
    return {
        "usual_low": round(max(ends[0], series.minimum), 1),
        "usual_high": round(min(ends[1], series.maximum), 1),
        "outside_in_a_row": _outside_in_a_row(evidence, usual, worse=evidence.worse_by > 0),
    }


def _event_parts(history: History, onset_on: dt.date, rules: RuleSet) -> dict[str, JsonValue]:
    event = event_before(history.interventions, onset_on, rules)
    if event is None:
        return {}
    return {
        "event": event.label,
        "event_change": str(event.change),
        "event_on": event.on.isoformat(),
        "event_days": (onset_on - event.on).days,
    }


def late_cap(tier: Tier, series: Series, rules: RuleSet) -> Tier:
    """Keep an entry about long ago from paging anyone: at most watch."""
    late = bool(series.late_days[-1] > rules.late_entry_days)
    return min(tier, Tier.WATCH) if late else tier


def _window(series: Series, rules: RuleSet) -> Window:
    sparse = len(series.names) == 1
    return Window(
        recent=rules.sparse_recent if sparse else rules.contrast_recent,
        baseline=rules.sparse_baseline if sparse else rules.contrast_baseline,
        prior_sd=rules.noise_prior_sd * series.scale,
        prior_weight=rules.noise_prior_weight,
    )


def contrast_path(series: Series, rules: RuleSet, *, mirrored: bool = False) -> Floats:
    """Return (T, D): the rolling contrast of each column within its epoch.

    Args:
        series: any series.
        rules: window lengths and the prior spread.
        mirrored: look for better instead of worse.
    """
    sign = -1.0 if mirrored else 1.0
    out = np.full(series.worse.shape, np.nan)
    for number in np.unique(series.epoch):
        rows = series.epoch == number
        contrasts = rolling_contrast(sign * series.worse[rows].T, _window(series, rules))
        out[rows] = contrasts.statistic.T
    return out


def _onset_index(series: Series, column: int, rules: RuleSet) -> int:
    """Return where the newest compared answers of a column begin."""
    answered = np.flatnonzero(~np.isnan(series.worse[:, column]))
    return int(answered[-_window(series, rules).recent])


def contrast_cuts(rules: RuleSet) -> Cuts:
    """Return the tiers of the rolling contrast."""
    return Cuts(watch=rules.contrast_watch, review=rules.contrast_review, priority=rules.contrast_priority)


def contrast_chance(statistic: float, rules: RuleSet) -> float:
    """Return the chance of a true change of at least `true_change`, 0 to the cap."""
    logit = rules.contrast_chance_offset + rules.contrast_chance_slope * statistic
    return float(min(1 / (1 + np.exp(-logit)), rules.chance_cap))


def contrast_findings(history: History, series: Series, rules: RuleSet) -> list[Finding]:
    """Return what the rolling contrast says about one series as of its last entry."""
    findings = []
    for mirrored in (False, True):
        finding = _contrast_finding(history, series, rules, mirrored=mirrored)
        if finding is not None:
            findings.append(finding)
    return findings


def _any_column(by_column: Floats) -> Floats:
    """Return (T,): the loudest column; NaN where no column is defined."""
    loudest = np.nan_to_num(by_column, nan=-np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isinf(loudest), np.nan, loudest)


def _contrast_finding(history: History, series: Series, rules: RuleSet, *, mirrored: bool) -> Finding | None:
    by_column = contrast_path(series, rules, mirrored=mirrored)
    path = _any_column(by_column)
    cuts = contrast_cuts(rules)
    defined = path[~np.isnan(path)]
    if not len(defined):
        return None
    alarm = open_alarm(path, series.weeks, cuts, rules)
    tier = cuts.tier(float(defined[-1])) or (Tier.WATCH if alarm else None)
    if tier is None:
        return None
    last = int(np.flatnonzero(~np.isnan(path))[-1])
    column = int(np.nanargmax(by_column[last]))
    evidence = split_at(series, column, _onset_index(series, column, rules), rules)
    if evidence is None:
        return None
    also = [name for d, name in enumerate(series.names) if d != column and by_column[last, d] >= cuts.watch]
    raised = series.on[alarm.raised] if alarm else None
    parts = change_parts(history, evidence, also, rules)
    parts["raised_on"] = raised.isoformat() if raised else None
    return change_finding(
        evidence,
        kind=FindingKind.IMPROVEMENT if mirrored else FindingKind.DETERIORATION,
        tier=Tier.INFO if mirrored else late_cap(tier, series, rules),
        statistic=float(path[last]),
        threshold=cuts.review,
        chance=contrast_chance(float(path[last]), rules),
        parts=parts,
    )


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
        clears={
            "check_ins": 2,
            "name": str(name),
            "at": parts.get("usual_low") if evidence.contrast < 0 else parts.get("usual_high"),
        },
    )
