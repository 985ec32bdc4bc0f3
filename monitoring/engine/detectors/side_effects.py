"""What began after a medicine was started, changed, cut or stopped.

Two sources: the five ratings around a known day, and symptoms of a checklist.
Timing is all that is judged: "began after", never "caused by".
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.events import event_words, events_beside
from monitoring.engine.detectors.levels import shrunken_sd
from monitoring.engine.detectors.series import Series, used_check_ins
from monitoring.engine.records import (
    CheckInRecord,
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


def shift_at(values: Floats, weeks: Floats, start: float, rules: RuleSet) -> Effect:
    """Estimate the shift of one rating at a known time.

    `y = level + shift * (t > start + lag) + AR(1) + noise`, averaged over lags
    by likelihood. All check-ins before the start make the baseline, never the
    last one alone: medicines are started in bad weeks.

    Args:
        values: (T,), points, higher is worse, no NaN; before and after.
        weeks: (T,), check-in times.
        start: time of the start, weeks.
        rules: priors and noise.

    Source:
        docs/engine.md#after-a-start; generalised least squares with a conjugate normal prior.
    """
    before = values[weeks <= start]
    noise = shrunken_sd(before, rules.kernel_noise_sd, rules) ** 2
    apart = np.abs(weeks[:, None] - weeks[None, :])
    drift = rules.kernel_drift_share * noise * rules.kernel_phi**apart
    # A level known only from these answers: a wide prior around the middle.
    level = rules.start_sd**2 + rules.start_domain_sd**2
    covariance = noise * np.eye(len(values)) + drift + level
    residual = values - rules.start_mean
    fits = [_fit((weeks > start + lag).astype(float), residual, covariance, rules) for lag in LAGS]
    logs = np.array([fit[0] for fit in fits])
    share = np.exp(logs - logs.max())
    share /= share.sum()
    tails = [1 - NORMAL.cdf((rules.effect_size - mean) / sd) for _, mean, sd in fits]
    return Effect(
        chance=float(share @ np.array(tails)),
        mean=float(share @ np.array([mean for _, mean, _ in fits])),
    )


def _fit(step: Floats, residual: Floats, covariance: Floats, rules: RuleSet) -> tuple[float, float, float]:
    """Return log marginal likelihood, posterior mean and sd of one lag's shift."""
    prior_mean, prior_variance = rules.effect_prior_mean, rules.effect_prior_sd**2
    solved = np.linalg.solve(covariance, np.stack([step, residual - prior_mean * step], axis=1))
    information = float(step @ solved[:, 0])
    pull = float(step @ solved[:, 1])
    precision = information + 1 / prior_variance
    gain = pull**2 / precision - np.log(precision * prior_variance)
    misfit = float((residual - prior_mean * step) @ solved[:, 1])
    return (gain - misfit) / 2, prior_mean + pull / precision, precision**-0.5


def _medicine_events(history: History, changes: set[InterventionChange]) -> list[InterventionRecord]:
    events = [
        event
        for event in history.interventions
        if event.kind is InterventionCategory.MEDICATION and event.change in changes and event.on <= history.as_of
    ]
    return sorted(events, key=lambda event: event.on)


def is_cut(event: InterventionRecord, rules: RuleSet) -> bool:
    """Return whether an event is a stop or a dose cut large enough to watch."""
    if event.change is InterventionChange.STOP:
        return True
    if event.change is not InterventionChange.CHANGE or not event.dose_before or event.dose_after is None:
        return False
    return event.dose_after <= (1 - rules.stop_cut) * event.dose_before


def _event_words(
    history: History, event: InterventionRecord, since: dt.date | None, rules: RuleSet
) -> dict[str, JsonValue]:
    """Return the words of an event, and of those too close to tell apart."""
    return event_words(event, events_beside(history.interventions, event, history.as_of, rules), since=since)


def rating_effects(history: History, series: Series, rules: RuleSet) -> list[Finding]:
    """Return ratings that got worse after the newest start or dose change.

    Only inside the watch period, with enough check-ins on both sides.
    """
    events = _medicine_events(history, {InterventionChange.START, InterventionChange.CHANGE})
    events = [event for event in events if not is_cut(event, rules)]
    if not events or not len(series):
        return []
    event = events[-1]
    start = (event.on - series.on[0]).days / 7
    if not 0 <= (history.as_of - event.on).days <= 7 * rules.effect_window_weeks:
        return []
    findings = []
    for column in range(len(series.names)):
        finding = _rating_effect(history, series, column, event, start, rules)
        if finding is not None:
            findings.append(finding)
    return findings


def around(series: Series, column: int, start: float, rules: RuleSet) -> tuple[Floats, Floats] | None:
    """Return values and weeks around a start; None with too few on either side."""
    answered = ~np.isnan(series.worse[:, column])
    weeks, values = series.weeks[answered], series.worse[answered, column]
    before = np.flatnonzero(weeks <= start)[-rules.effect_baseline :]
    after = np.flatnonzero((weeks > start) & (weeks <= start + rules.effect_window_weeks))
    if len(before) < rules.effect_min_before or len(after) < rules.effect_min_after:
        return None
    used = np.concatenate([before, after])
    return values[used], weeks[used]


def _rating_effect(
    history: History, series: Series, column: int, event: InterventionRecord, start: float, rules: RuleSet
) -> Finding | None:
    window = around(series, column, start, rules)
    if window is None:
        return None
    values, weeks = window
    effect = shift_at(values, weeks, start, rules)
    if effect.chance < rules.effect_watch:
        return None
    name, later = series.names[column], weeks > start
    before_mean = series.to_natural(float(values[~later].mean()), column)
    after_mean = series.to_natural(float(values[later].mean()), column)
    return Finding(
        kind=FindingKind.SIDE_EFFECT,
        tier=Tier.REVIEW if effect.chance >= rules.effect_review else Tier.WATCH,
        domain=Domain(name),
        direction=series.directions[column],
        chance=min(effect.chance, rules.chance_cap),
        onset_on=event.on,
        contrast=after_mean - before_mean,
        statistic=effect.chance,
        threshold=rules.effect_watch,
        weeks=(history.as_of - event.on).days / 7,
        parts={
            "name": str(name),
            "direction": str(series.directions[column]),
            "before_mean": round(before_mean, 1),
            "before_n": int((~later).sum()),
            "after_mean": round(after_mean, 1),
            "after_n": int(later.sum()),
            "window_weeks": round(rules.effect_window_weeks),
        }
        | _event_words(history, event, None, rules),
        clears={"check_ins": 2, "name": str(name), "at": round(before_mean, 1)},
    )


@dataclass(frozen=True, kw_only=True)
class SymptomCourse:
    """One checklist symptom around an event.

    Attributes:
        code: symptom code.
        before: severity at the last asking before the event; None = never asked.
        now: newest severity.
        since: first day since the event with the newest kind of severity.
    """

    code: str
    before: int | None
    now: int
    since: dt.date

    def emerged(self, rules: RuleSet) -> bool:
        """Return whether it is treatment-emergent (docs/engine.md#after-a-start)."""
        if self.before is None:
            return False
        is_new = self.before <= rules.symptom_mild and self.now >= rules.symptom_moderate
        return is_new or self.now - self.before >= rules.symptom_rise


def symptom_courses(check_ins: Sequence[CheckInRecord], event_on: dt.date) -> list[SymptomCourse]:
    """Return every symptom asked after an event, with its course."""
    before: dict[str, int] = {}
    after: dict[str, list[tuple[dt.date, int]]] = {}
    for record in check_ins:
        for code, symptom in record.checklist.items():
            if symptom.severity is None:
                continue
            if record.about_on <= event_on:
                before[code] = symptom.severity
            else:
                after.setdefault(code, []).append((record.about_on, symptom.severity))
    return [
        SymptomCourse(code=code, before=before.get(code), now=course[-1][1], since=_since(course, before.get(code, 0)))
        for code, course in sorted(after.items())
    ]


def _since(course: Sequence[tuple[dt.date, int]], before: int) -> dt.date:
    """Return the first day from which the symptom has been worse than before."""
    since = course[-1][0]
    for day, severity in reversed(course):
        if severity <= before:
            break
        since = day
    return since


def symptom_effects(history: History, rules: RuleSet) -> list[Finding]:
    """Return checklist symptoms that are new or much worse since a start or change."""
    events = _medicine_events(history, {InterventionChange.START, InterventionChange.CHANGE})
    events = [event for event in events if not is_cut(event, rules)]
    if not events:
        return []
    event = events[-1]
    courses = symptom_courses(used_check_ins(history), event.on)
    return [_symptom_finding(history, event, course, rules) for course in courses if course.emerged(rules)]


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
        | _event_words(history, event, course.since, rules),
        clears={"symptom": course.code, "severity": rules.symptom_mild},
    )


#: Checklist symptoms that belong to mood, not to the body; the others are somatic.
MOOD_SYMPTOMS = frozenset({"low_mood", "anxiety", "irritability", "mood_swings"})


def discontinuation(history: History, changes: Sequence[Finding], rules: RuleSet) -> list[Finding]:
    """Return what began inside the watch period after a stop or a dose cut.

    Args:
        history: one episode.
        changes: what the kernel found on the ratings as of the same day.
        rules: docs/engine.md#after-a-stop.

    Returns:
        At most one finding, for the newest stop or cut, labelled
        "discontinuation-like", "possible relapse" or "unclear".

    Source:
        docs/engine.md#after-a-stop; Rosenbaum (1998) DESS convention of 4 symptoms, PMC9911477.
    """
    every = {InterventionChange.CHANGE, InterventionChange.STOP}
    events = [event for event in _medicine_events(history, every) if is_cut(event, rules)]
    if not events or not 1 <= (history.as_of - events[-1].on).days <= rules.stop_window_days:
        return []
    event = events[-1]
    courses = symptom_courses(used_check_ins(history), event.on)
    new = [course for course in courses if course.now > (course.before or 0)]
    severe = [course for course in new if course.now >= rules.symptom_severe]
    shifted = [change for change in changes if _began_after(change, event.on, rules)]
    if len(new) < rules.stop_symptoms and not severe and not shifted:
        return []
    return [_stop_finding(history, event, new, shifted, rules)]


def _began_after(change: Finding, on: dt.date, rules: RuleSet) -> bool:
    worse = change.kind in {FindingKind.DETERIORATION, FindingKind.SUDDEN_CHANGE}
    return worse and change.onset_on is not None and 0 <= (change.onset_on - on).days <= rules.stop_onset_days


def _stop_finding(
    history: History,
    event: InterventionRecord,
    new: Sequence[SymptomCourse],
    shifted: Sequence[Finding],
    rules: RuleSet,
) -> Finding:
    onsets = [course.since for course in new] + [finding.onset_on for finding in shifted if finding.onset_on]
    onset = min(onsets)
    mood = [course.code for course in new if course.code in MOOD_SYMPTOMS]
    mood += [str(Domain.MOOD) for finding in shifted if Domain.MOOD in finding.domains]
    somatic = [course.code for course in new if course.code not in MOOD_SYMPTOMS]
    severe = any(course.now >= rules.symptom_severe for course in new)
    is_listed = severe or len(new) >= rules.stop_symptoms or not shifted
    parts: Mapping[str, JsonValue] = {
        "label": stop_label((onset - event.on).days, len(somatic), len(mood), rules),
        "symptoms": [course.code for course in new],
        # Severity 0 to 3 before the stop, None where it was not asked then, and now.
        "severities": {course.code: [course.before, course.now] for course in new},
        "domains": list(dict.fromkeys(domain for finding in shifted for domain in finding.domains)),
        "onset_on": onset.isoformat(),
    }
    return Finding(
        kind=FindingKind.DISCONTINUATION,
        tier=Tier.PRIORITY if severe else Tier.REVIEW,
        item=event.name,
        onset_on=onset,
        statistic=float(len(new)),
        threshold=float(rules.stop_symptoms),
        weeks=(history.as_of - onset).days / 7,
        parts=dict(parts) | _event_words(history, event, onset, rules),
        # What raised it clears it: the symptoms, or else the ratings.
        clears={"symptoms_below": rules.stop_symptoms} if is_listed else dict(shifted[0].clears),
    )


def stop_label(days: int, somatic: int, mood: int, rules: RuleSet) -> str:
    """Return what the timing looks like; both readings stay open.

    Args:
        days: from the stop to the first new symptom.
        somatic: new symptoms of the body.
        mood: new symptoms of mood.
        rules: `stop_early_days`, `stop_late_days`.
    """
    if days <= rules.stop_early_days and somatic > mood:
        return "discontinuation_like"
    if days > rules.stop_late_days and mood >= somatic and mood:
        return "possible_relapse"
    return "unclear"
