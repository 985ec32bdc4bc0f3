"""The course of a questionnaire in treatment: on track, response, remission, relapse.

Everything is judged against the start of treatment and says so with numbers.
A single form never makes a response, a relapse or a reliable worsening: the
next one confirms it. "Not on track" is told of scales and treatments with a
published course alone.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from monitoring.engine.detectors.series import used_form, used_scores
from monitoring.engine.detectors.withdrawal import withdrawal_of
from monitoring.engine.records import (
    Direction,
    Finding,
    FindingKind,
    History,
    InstrumentSpec,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    JsonValue,
    ScoreRecord,
    Tier,
)
from monitoring.engine.rules import RuleSet

Floats = NDArray[np.float64]

NORMAL = NormalDist()

#: Weeks in which two thirds of the final drop are reached: quick and usual.
SPEEDS = (2.0, 5.0)

#: Week in which half the final drop is reached by those who begin flat; the
#: delayed classes of Uher (2011), J Clin Psychiatry 72:1478 (GENDEP), and
#: Saunders (2019), PMC6428692.
DELAY = 5.5

#: Interventions that are a treatment a response can be measured from.
TREATMENTS = frozenset({InterventionCategory.PSYCHOTHERAPY, InterventionCategory.MEDICATION})

#: Range of PHQ-9, on which the course constants are stated.
REFERENCE_RANGE = 27.0

#: Forms this close before the start of treatment are its run-in.
RUN_IN_DAYS = 14

#: Share of the start whose loss by the last week is predicted: what response means in the trials that were looked at.
USUAL_RESPONSE = 0.5

#: Two-sided 95 % of a difference of two totals, in standard errors of one.
RELIABLE = 1.96 * 2**0.5

#: A medicine of this kind has a published course on a scale of depression.
ANTIDEPRESSANT = "antidepressant"


@dataclass(frozen=True, kw_only=True)
class Treated:
    """The scores of one instrument around the start of treatment, worse = higher.

    Attributes:
        spec: the instrument.
        start_on: first day of treatment; the first form if none is recorded.
        treatment: label of the treatment that started then; empty if none is recorded.
        baseline: total at the beginning of the run-in, points.
        baseline_on: day of that form.
        on: days of the forms after the start.
        values: (k,), totals after the start, points.
    """

    spec: InstrumentSpec
    start_on: dt.date
    treatment: str
    baseline: float
    baseline_on: dt.date
    on: tuple[dt.date, ...]
    values: Floats

    @property
    def weeks(self) -> Floats:
        """Return (k,): weeks since the start of treatment."""
        return np.array([(day - self.start_on).days / 7 for day in self.on])


def _worse(spec: InstrumentSpec, value: float) -> float:
    return value if spec.direction is Direction.HIGHER_IS_WORSE else spec.minimum + spec.maximum - value


#: Turning a total round is its own inverse.
_natural = _worse


def treated_course(history: History, forms: Sequence[ScoreRecord], spec: InstrumentSpec) -> Treated | None:
    """Return the scores since the first treatment; None without a form on each side.

    A form on the day treatment starts is about the time before it. The baseline
    is the first form of the two weeks before, as in trials with a run-in.
    """
    events = [event for event in history.interventions if event.kind in TREATMENTS and event.on <= history.as_of]
    starts = sorted(
        (event for event in events if event.change is InterventionChange.START),
        key=lambda event: (event.on, event.label),
    )
    start = max(starts[0].on, forms[0].on) if starts else forms[0].on
    before = [form for form in forms if form.on <= start]
    run_in = [form for form in before if (start - form.on).days <= RUN_IN_DAYS] or before[-1:]
    after = [form for form in forms if form.on > start]
    if not before or not after:
        return None
    return Treated(
        spec=spec,
        start_on=start,
        treatment=starts[0].label if starts else "",
        baseline=_worse(spec, float(run_in[0].value or 0)),
        baseline_on=run_in[0].on,
        on=tuple(form.on for form in after),
        values=np.array([_worse(spec, float(form.value or 0)) for form in after]),
    )


def response_chance(baseline: float, weeks: Floats, values: Floats, span: float, rules: RuleSet) -> float:
    """Return the chance of at least a 50 % drop by week 12, from all scores so far.

    `score = baseline * (1 - gain * progress(week)) + AR(1) + noise` with a normal
    gain; quick, usual and delayed progress are weighed by likelihood.

    Args:
        baseline: total at the start, points above the best possible.
        weeks: (k,), weeks since the start, above 0.
        values: (k,), totals, points above the best possible.
        span: range of the total, points.
        rules: course constants.

    Source:
        docs/engine.md#course-in-treatment; response as in Coley (2020) doi 10.1176/appi.ps.201900295.
    """
    unit = span / REFERENCE_RANGE
    noise, drift = (rules.course_noise * unit) ** 2, (rules.course_drift * unit) ** 2
    times = np.append(weeks, rules.course_weeks)
    apart = np.abs(times[:, None] - times[None, :])
    covariance = drift * rules.course_phi**apart + noise * np.eye(len(times))
    fits = [_predict(baseline, progress, values, covariance, rules) for progress in _progress(times)]
    logs = np.array([fit[0] for fit in fits])
    share = np.exp(logs - logs.max())
    goal = baseline * (1 - USUAL_RESPONSE)
    chances = [NORMAL.cdf((goal - mean) / sd) for _, mean, sd in fits]
    return float(share @ np.array(chances) / share.sum())


def _progress(times: Floats) -> list[Floats]:
    """Return the share of the final drop that is reached, for each kind of course."""
    delayed = 1 / (1 + np.exp(DELAY - times))
    return [1 - np.exp(-times / speed) for speed in SPEEDS] + [delayed]


def _predict(
    baseline: float, progress: Floats, values: Floats, covariance: Floats, rules: RuleSet
) -> tuple[float, float, float]:
    """Return log marginal likelihood, mean and sd of the score at the last time."""
    shape = -baseline * progress
    mean = baseline + rules.course_gain_mean * shape
    full = covariance + np.outer(shape, shape) * rules.course_gain_sd**2
    seen, cross = full[:-1, :-1], full[-1, :-1]
    residual = values - mean[:-1]
    solved = np.linalg.solve(seen, np.stack([residual, cross], axis=1))
    _, log_det = np.linalg.slogdet(seen)
    log_likelihood = -(float(residual @ solved[:, 0]) + float(log_det)) / 2
    variance = max(float(full[-1, -1] - cross @ solved[:, 1]), 1e-6)
    return log_likelihood, float(mean[-1] + cross @ solved[:, 0]), variance**0.5


def course_findings(history: History, instrument: str, rules: RuleSet) -> list[Finding]:
    """Return response, remission, relapse, no progress and reliable worsening."""
    forms = used_scores(history, instrument)
    course = treated_course(history, forms, used_form(history, instrument, forms)) if forms else None
    if course is None:
        return []
    relapse = _relapse(course, rules)
    candidates = [
        relapse,
        _remission(course, rules) if relapse is None else None,
        _response(course, rules),
        _reliable_worsening(course, rules),
        _not_on_track(history, course, rules),
    ]
    return [finding for finding in candidates if finding is not None]


def _numbers(course: Treated) -> dict[str, JsonValue]:
    spec = course.spec
    return {
        "name": spec.code,
        "direction": str(spec.direction),
        "start_on": course.start_on.isoformat(),
        "treatment": course.treatment,
        "start": round(_natural(spec, course.baseline), 1),
        "baseline_on": course.baseline_on.isoformat(),
        "now": round(_natural(spec, float(course.values[-1])), 1),
        "now_on": course.on[-1].isoformat(),
        **_form_before(course),
        "week": round(float(course.weeks[-1])),
    }


def _form_before(course: Treated) -> dict[str, JsonValue]:
    """Return the form before the newest, so that each comparison also says how it went from form to form."""
    if len(course.values) > 1:
        previous, previous_on = float(course.values[-2]), course.on[-2]
    else:
        previous, previous_on = course.baseline, course.baseline_on
    return {"previous": round(_natural(course.spec, previous), 1), "previous_on": previous_on.isoformat()}


def _finding(
    course: Treated,
    kind: FindingKind,
    tier: Tier,
    parts: dict[str, JsonValue],
    statistic: float,
    *,
    since: float | None = None,
) -> Finding:
    """Return a finding about the newest total.

    Args:
        course: of the instrument.
        kind: what was found.
        tier: how loud it may be.
        parts: what its sentence needs besides the numbers of every finding.
        statistic: what was compared with the threshold.
        since: the total that the newest one is compared with, worse = higher; None = the one at the start.
    """
    spec = course.spec
    start, now = _natural(spec, course.baseline if since is None else since), _natural(spec, float(course.values[-1]))
    return Finding(
        kind=kind,
        tier=tier,
        instrument=spec.code,
        direction=spec.direction,
        contrast=now - start,
        statistic=statistic,
        weeks=float(course.weeks[-1]),
        parts=_numbers(course) | parts,
    )


def _above_best(course: Treated, value: float) -> float:
    return value - course.spec.minimum


def drop_share(course: Treated) -> Floats:
    """Return (k,): share of the start that is gone at each form; below 0 = worse."""
    start = _above_best(course, course.baseline)
    if start <= 0:
        return np.zeros(len(course.values))
    return np.asarray((course.baseline - course.values) / start)


def _response(course: Treated, rules: RuleSet) -> Finding | None:
    """Return a response: enough of the start is gone on all forms of at least two weeks, of someone who was a case."""
    spec = course.spec
    if spec.response_drop is None or not _was_case(course):
        return None
    drops = drop_share(course)
    if not _holds_for(course, drops >= spec.response_drop, rules.response_days):
        return None
    drop = float(drops[-1])
    return _finding(course, FindingKind.RESPONSE, Tier.INFO, {"drop_percent": round(100 * drop)}, drop)


def _was_case(course: Treated) -> bool:
    """Return whether someone started at least at the line from which a response is told; true where there is none."""
    line = course.spec.caseness
    return line is None or course.baseline >= _worse(course.spec, line)


def _holds_for(course: Treated, holds: NDArray[np.bool_], days: int) -> bool:
    """Return whether something is true of the newest form, of one at least so many days before, and of all between."""
    if not holds[-1]:
        return False
    run = len(holds) - 1
    while run and holds[run - 1]:
        run -= 1
    return (course.on[-1] - course.on[run]).days >= days


def _remission_end(course: Treated, rules: RuleSet) -> int | None:
    """Return the index of the form that completed the newest remission."""
    below = course.spec.remission_below
    if below is None:
        return None
    inside = [_natural_below(course, value, below) for value in course.values]
    end = None
    for i in range(1, len(inside)):
        if inside[i] and inside[i - 1]:
            run = i
            while run and inside[run - 1]:
                run -= 1
            if (course.on[i] - course.on[run]).days >= rules.remission_days:
                end = i
    return end


def _natural_below(course: Treated, value: float, below: float) -> bool:
    """Return whether a total is on the good side of the remission line."""
    natural = _natural(course.spec, value)
    return natural < below if course.spec.direction is Direction.HIGHER_IS_WORSE else natural > below


def _remission(course: Treated, rules: RuleSet) -> Finding | None:
    end = _remission_end(course, rules)
    if end is None or end != len(course.values) - 1:
        return None
    return _finding(course, FindingKind.REMISSION, Tier.INFO, {"below": course.spec.remission_below}, course.values[-1])


def _relapse(course: Treated, rules: RuleSet) -> Finding | None:
    """Return relapse after remission, or a rebound after a response."""
    end = _remission_end(course, rules)
    last = len(course.values) - 1
    if end is not None and end < last:
        return _after_remission(course, end, rules)
    return _rebound(course, rules)


def _after_remission(course: Treated, end: int, rules: RuleSet) -> Finding | None:
    spec = course.spec
    well = float(course.values[max(end - 1, 0) : end + 1].mean())
    line = _worse(spec, spec.relapse_at) if spec.relapse_at is not None else well
    span = spec.maximum - spec.minimum
    rise = rules.relapse_rise * span / REFERENCE_RANGE
    # Plain numbers: a NumPy truth value in the parts could not be stored as JSON.
    high = [value >= line and value - well >= rise for value in course.values[end + 1 :].tolist()]
    if not high[-1]:
        return None
    # The next form confirms it, whenever it comes.
    confirmed = len(high) > 1 and high[-2]
    parts = {
        "after": "remission",
        "well": round(_natural(spec, well), 1),
        "well_on": course.on[end].isoformat(),
        "well_n": min(end + 1, 2),
        "at": spec.relapse_at,
        "below": spec.remission_below,
        "confirmed": confirmed,
    }
    tier = Tier.PRIORITY if confirmed else Tier.REVIEW
    return _finding(course, FindingKind.RELAPSE, tier, parts, float(course.values[-1] - well), since=well)


def _rebound(course: Treated, rules: RuleSet) -> Finding | None:
    """Return a clear rise above the best total that had been a response."""
    spec = course.spec
    best = int(course.values.argmin())
    rise = float(course.values[-1] - course.values[best])
    line = reliable_line(spec, rules)
    if spec.response_drop is None or drop_share(course)[best] < spec.response_drop or rise < line:
        return None
    parts = {
        "after": "response",
        "well": round(_natural(spec, float(course.values[best])), 1),
        "well_on": course.on[best].isoformat(),
        "well_n": 1,
        "confirmed": False,
    }
    return _finding(course, FindingKind.RELAPSE, Tier.REVIEW, parts, rise, since=float(course.values[best]))


def reliable_line(spec: InstrumentSpec, rules: RuleSet) -> float:
    """Return the points that 1 in 20 unchanged people reach on another form, in steps of the total.

    From the scale's own error where it is known; else as declared; else a share of the range.
    """
    if spec.sem:
        step = 0.1 if spec.aggregation == "mean" else 1
        return round(ceil(RELIABLE * spec.sem / step - 1e-9) * step, 1)
    return spec.reliable_change or rules.rebound_share * (spec.maximum - spec.minimum)


def _reliable_worsening(course: Treated, rules: RuleSet) -> Finding | None:
    """Return a rise beyond the error of the form on two that share no answers; less, or once, is to be watched.

    What services count as reliable may be less than the error of the form. It is told on one form, and pages nobody.
    """
    line = reliable_line(course.spec, rules)
    service_line = min(course.spec.reliable_change or line, line)
    rises = course.values - course.baseline
    if rises[-1] < service_line:
        return None
    confirmed = _holds_for(course, rises >= line, course.spec.recall_days or rules.response_days)
    printed = _numbers(course)
    parts = {
        "points": round(abs(printed["now"] - printed["start"]), 1),
        # As exact as the rule: a reader who compares must come to the same end.
        "line": round(line, 3),
        "service_line": round(service_line, 3) if rises[-1] < line else None,
        "is_declared": bool(course.spec.sem or course.spec.reliable_change),
        "has_error": bool(course.spec.sem),
        "confirmed": confirmed,
    }
    tier = Tier.REVIEW if confirmed else Tier.WATCH
    finding = _finding(course, FindingKind.RELIABLE_WORSENING, tier, parts, float(rises[-1]))
    return replace(finding, threshold=line if rises[-1] >= line else service_line)


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How much of a treatment with a published course somebody has had.

    Attributes:
        weeks_at_dose: since the last start or raised dose of an antidepressant that is taken; None without one.
        sessions: of psychotherapy that were held, where one runs; None where none does.
    """

    weeks_at_dose: float | None
    sessions: int | None

    def has_had(self, weeks: float, sessions: int) -> bool:
        """Return whether it is so many weeks at the dose, or so many sessions."""
        return (self.weeks_at_dose or 0) >= weeks or (self.sessions or 0) >= sessions


def exposure_of(history: History) -> Exposure | None:
    """Return how much of an antidepressant or a psychotherapy somebody has had; None where neither runs."""
    events = sorted((event for event in history.interventions if event.on <= history.as_of), key=lambda event: event.on)
    running: dict[str, InterventionRecord] = {}
    for event in events:
        if event.change is InterventionChange.STOP:
            running.pop(event.name, None)
        elif event.kind is InterventionCategory.PSYCHOTHERAPY or _is_raised(event):
            running[event.name] = event
        else:
            running.setdefault(event.name, event)
    medicines = [event.on for event in running.values() if _is_antidepressant(event)]
    has_therapy = any(event.kind is InterventionCategory.PSYCHOTHERAPY for event in running.values())
    if not medicines and not has_therapy:
        return None
    return Exposure(
        weeks_at_dose=(history.as_of - max(medicines)).days / 7 if medicines else None,
        sessions=sum(on <= history.as_of for on in history.sessions_on) if has_therapy else None,
    )


def _is_raised(event: InterventionRecord) -> bool:
    return event.change is InterventionChange.START or (event.dose_after or 0) > (event.dose_before or 0)


def _is_antidepressant(event: InterventionRecord) -> bool:
    kind = withdrawal_of(event.name) if event.kind is InterventionCategory.MEDICATION else None
    return kind is not None and kind.code == ANTIDEPRESSANT


def _not_on_track(history: History, course: Treated, rules: RuleSet) -> Finding | None:
    """Return no progress, where a course is published: informs early, alarms after weeks at a dose or sessions held."""
    week = float(course.weeks[-1])
    start = _above_best(course, course.baseline)
    exposure = exposure_of(history)
    if not course.spec.has_course or exposure is None:
        return None
    if not rules.course_show_week <= week <= rules.course_weeks or start <= 0:
        return None
    # Who starts well cannot halve a score; there is no track to leave.
    if not _was_case(course):
        return None
    span = course.spec.maximum - course.spec.minimum
    values = course.values - course.spec.minimum
    chance = response_chance(start, course.weeks, values, span, rules)
    if chance >= rules.course_chance:
        return None
    stale = (history.as_of - course.on[-1]).days > 7 * rules.course_show_week
    is_due = exposure.has_had(rules.course_alert_week, rules.course_alert_sessions) and not stale
    is_flat = float(drop_share(course)[-1]) < rules.outlook_improvement
    is_told_week = rules.course_alert_week <= week < rules.course_alert_week + rules.outlook_weeks
    parts = {
        "chance": chance,
        "by_week": round(rules.course_weeks),
        "review_treatment": exposure.has_had(rules.course_review_week, rules.course_review_sessions),
        # The source is about antidepressants, people without improvement, and these weeks.
        "outlook": exposure.weeks_at_dose is not None and is_flat and is_told_week,
    }
    finding = _finding(course, FindingKind.NOT_ON_TRACK, Tier.REVIEW if is_due else Tier.INFO, parts, chance)
    return replace(finding, chance=chance, threshold=rules.course_chance, clears={"response": True})
