"""What began after a medicine was started or its dose changed.

Two sources: the five ratings around a known day, and symptoms of a checklist.
Timing is all that is judged: "began after", never "caused by".
"""

import datetime as dt
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.events import event_words, events_beside
from monitoring.engine.detectors.levels import shrunken_sd
from monitoring.engine.detectors.series import Series, used_check_ins
from monitoring.engine.detectors.symptoms import SymptomCourse, symptom_courses
from monitoring.engine.records import (
    Domain,
    Finding,
    FindingKind,
    History,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    JsonValue,
    Tier,
)
from monitoring.engine.rules import RuleSet

Floats = NDArray[np.float64]

#: Weeks from a start to its effect on a rating; the likelihood weighs them.
LAGS = (0.0, 1.0, 2.0)

NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Posterior of a lasting shift that began at a known day, points, worse.

    Attributes:
        chance: probability that the shift is at least `effect_size`.
        mean: posterior mean of the shift.
    """

    chance: float
    mean: float


def shifts_at(values: Floats, weeks: Floats, start: float, rules: RuleSet) -> tuple[Effect, ...]:
    """Estimate the shift of each rating at a known time, from all ratings together.

    `y = level + shift * (t > start + lag) + AR(1) + noise`, averaged over lags by likelihood. All ratings of a person
    go up and down together, so what the others did tells how much of one rating's change is its own. All check-ins
    before the start make the baseline, never the last one alone: medicines are started in bad weeks.

    Args:
        values: (T, D), points, higher is worse, NaN where nothing was answered; before and after.
        weeks: (T,), check-in times.
        start: time of the start, weeks.
        rules: priors and noise.

    Source:
        docs/engine.md#after-a-start; generalised least squares with a conjugate normal prior.
    """
    answered = ~np.isnan(values)
    row, column = np.nonzero(answered)
    is_before = weeks <= start
    spreads = [
        shrunken_sd(values[is_before & answered[:, one], one], rules.kernel_noise_sd, rules)
        for one in range(values.shape[1])
    ]
    noise = float(np.mean(spreads)) ** 2
    is_same = column[:, None] == column[None, :]
    apart = np.abs(weeks[row][:, None] - weeks[row][None, :])
    # A level known only from these answers: a wide prior around the middle.
    covariance = (
        noise * (row[:, None] == row[None, :]) * np.where(is_same, 1, rules.kernel_noise_r)
        + rules.kernel_drift_share * noise * rules.kernel_phi**apart * np.where(is_same, 1, rules.kernel_drift_r)
        + rules.start_sd**2
        + rules.start_domain_sd**2 * is_same
    )
    residual = values[answered] - rules.start_mean
    is_after = np.stack([weeks[row] > start + lag for lag in LAGS], axis=1)
    steps = [(is_after & (column == one)[:, None]).astype(float) for one in range(values.shape[1])]
    solved = np.linalg.solve(covariance, np.column_stack([residual, *steps]))
    return tuple(
        _effect(residual, step, solved[:, 0], solved[:, 1 + len(LAGS) * one : 1 + len(LAGS) * (one + 1)], rules)
        for one, step in enumerate(steps)
    )


def _effect(residual: Floats, steps: Floats, solved_residual: Floats, solved: Floats, rules: RuleSet) -> Effect:
    """Return the shift of one rating, averaged over its lags.

    Args:
        residual: (N,), answers around the middle.
        steps: (N, lags), 1 where an answer lies behind the shift.
        solved_residual: (N,), the residual divided by the covariance.
        solved: (N, lags), the steps divided by it.
        rules: `effect_prior_mean`, `effect_prior_sd`, `effect_size`.
    """
    prior_mean, prior_variance = rules.effect_prior_mean, rules.effect_prior_sd**2
    information = (steps * solved).sum(axis=0)
    pull = steps.T @ solved_residual - prior_mean * information
    misfit = residual @ solved_residual - 2 * prior_mean * (steps.T @ solved_residual) + prior_mean**2 * information
    precision = information + 1 / prior_variance
    logs = (pull**2 / precision - np.log(precision * prior_variance) - misfit) / 2
    share = np.exp(logs - logs.max())
    share /= share.sum()
    means, spreads = prior_mean + pull / precision, precision**-0.5
    tails = [1 - NORMAL.cdf((rules.effect_size - mean) / sd) for mean, sd in zip(means, spreads, strict=True)]
    return Effect(chance=float(share @ np.array(tails)), mean=float(share @ means))


def medicine_events(history: History, changes: set[InterventionChange]) -> list[InterventionRecord]:
    """Return what happened to medicines up to the day that is judged, oldest first."""
    events = [
        event
        for event in history.interventions
        if event.kind is InterventionCategory.MEDICATION and event.change in changes and event.on <= history.as_of
    ]
    return sorted(events, key=lambda event: event.on)


def _running(history: History, rules: RuleSet) -> list[InterventionRecord]:
    """Return starts and raised or changed doses of medicines that are still taken, newest first: a stop ends the watch."""
    stops = medicine_events(history, {InterventionChange.STOP})
    events = medicine_events(history, {InterventionChange.START, InterventionChange.CHANGE})
    return [
        event
        for event in reversed(events)
        if not is_cut(event, rules) and not any(stop.name == event.name and stop.on >= event.on for stop in stops)
    ]


def is_cut(event: InterventionRecord, rules: RuleSet) -> bool:
    """Return whether an event is a stop or a dose cut large enough to watch."""
    if event.change is InterventionChange.STOP:
        return True
    if event.change is not InterventionChange.CHANGE or not event.dose_before or event.dose_after is None:
        return False
    return event.dose_after <= (1 - rules.stop_cut) * event.dose_before


def words_of(
    history: History, event: InterventionRecord, since: dt.date | None, rules: RuleSet
) -> dict[str, JsonValue]:
    """Return the words of an event, and of those too close to tell apart."""
    return event_words(event, events_beside(history.interventions, event, history.as_of, rules), since=since)


def rating_effects(history: History, series: Series, rules: RuleSet) -> list[Finding]:
    """Return ratings that got worse after the newest start or dose change of a medicine that is still taken.

    Only inside the watch period, from the fourth weekly check-in on, with enough answers on both sides. The lines hold
    for the whole watch after one start: over all ratings and all check-ins of it (docs/engine.md#after-a-start).
    """
    events = _running(history, rules)
    if not events or not len(series):
        return []
    event = events[0]
    start = (event.on - series.on[0]).days / 7
    if not rules.effect_from_days <= (history.as_of - event.on).days <= 7 * rules.effect_window_weeks:
        return []
    used = around(series, start, rules)
    values, is_before = series.worse[used], series.weeks[used] <= start
    answered = ~np.isnan(values)
    effects = shifts_at(values, series.weeks[used], start, rules)
    return [
        _rating_effect(history, series, column, event, (values[:, column], is_before), effect, rules)
        for column, effect in enumerate(effects)
        if effect.chance >= rules.effect_watch
        and answered[is_before, column].sum() >= rules.effect_min_before
        and answered[~is_before, column].sum() >= rules.effect_min_after
    ]


def around(series: Series, start: float, rules: RuleSet) -> NDArray[np.int64]:
    """Return the check-ins with a rating in the watch period after a start, and the last ones before it."""
    places = np.flatnonzero(~np.isnan(series.worse).all(axis=1))
    weeks = series.weeks[places]
    before = places[weeks <= start][-rules.effect_baseline :]
    after = places[(weeks > start) & (weeks <= start + rules.effect_window_weeks)]
    return np.concatenate([before, after])


def _rating_effect(
    history: History,
    series: Series,
    column: int,
    event: InterventionRecord,
    around_event: tuple[Floats, NDArray[np.bool_]],
    effect: Effect,
    rules: RuleSet,
) -> Finding:
    """Return the finding about one rating.

    Args:
        history: one episode.
        series: its ratings.
        column: which of them.
        event: the start or change.
        around_event: its answers, and which of them are from before.
        effect: how it moved.
        rules: the lines.
    """
    values, is_before = around_event
    answered = ~np.isnan(values)
    before, after = values[is_before & answered], values[~is_before & answered]
    name = series.names[column]
    before_mean = series.to_natural(float(before.mean()), column)
    after_mean = series.to_natural(float(after.mean()), column)
    return Finding(
        kind=FindingKind.SIDE_EFFECT,
        tier=Tier.REVIEW if effect.chance >= rules.effect_review else Tier.WATCH,
        domain=Domain(name),
        direction=series.directions[column],
        onset_on=event.on,
        contrast=after_mean - before_mean,
        statistic=effect.chance,
        threshold=rules.effect_watch,
        weeks=(history.as_of - event.on).days / 7,
        parts={
            "name": str(name),
            "direction": str(series.directions[column]),
            "before_mean": round(before_mean, 1),
            "before_n": len(before),
            "after_mean": round(after_mean, 1),
            "after_n": len(after),
            # What was seen of the watch so far.
            "window_weeks": max(1, round((series.on[-1] - event.on).days / 7)),
        }
        | words_of(history, event, None, rules),
        clears={"check_ins": 2, "name": str(name), "at": round(before_mean, 1)},
    )


#: Symptoms that may first be felt months after a start; the others come in its first weeks.
#: Source: J Clin Psychiatry 2003;64 suppl 18:20: sexual effects, weight, dulled feelings and sweating persist or emerge
#: after the first month; nausea, headache, trouble sleeping and restlessness within days to weeks.
LATE_SYMPTOMS = frozenset({"sexual", "appetite_more", "numbness", "sweating"})


def symptom_effects(history: History, rules: RuleSet) -> list[Finding]:
    """Return checklist symptoms that are new or much worse since a start or change of a medicine that is still taken.

    Each is told with the newest of them in whose time it began.
    """
    check_ins = used_check_ins(history)
    told: dict[str, Finding] = {}
    for event in _running(history, rules):
        for course in symptom_courses(check_ins, event.on, rules):
            weeks = rules.symptom_late_weeks if course.code in LATE_SYMPTOMS else rules.symptom_early_weeks
            if course.code not in told and course.emerged(rules) and (course.since - event.on).days <= 7 * weeks:
                told[course.code] = _symptom_finding(history, event, course, rules)
    return [told[code] for code in sorted(told)]


def _symptom_finding(history: History, event: InterventionRecord, course: SymptomCourse, rules: RuleSet) -> Finding:
    severe = course.now >= rules.symptom_severe
    return Finding(
        kind=FindingKind.SIDE_EFFECT,
        tier=Tier.PRIORITY if severe else Tier.REVIEW,
        item=course.code,
        onset_on=course.since,
        statistic=float(course.now),
        threshold=float(rules.symptom_moderate),
        weeks=(history.as_of - course.since).days / 7,
        parts={
            "symptom": course.code,
            "before": course.before,
            "now": course.now,
            "onset_on": course.since.isoformat(),
        }
        | words_of(history, event, course.since, rules),
        clears={"symptom": course.code, "severity": rules.symptom_mild},
    )
