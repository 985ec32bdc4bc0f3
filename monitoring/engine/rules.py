"""Every threshold of the engine with unit and source; versioned by its digest.

A rule set is stored with each assessment as its digest, so a verdict can be
recomputed years later with the numbers that made it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

ENGINE_VERSION = "1.5.0"


class InvalidRules(ValueError):
    """A rule set contradicts itself; the message names the rule."""


def rule(default: float, unit: str, source: str) -> Any:
    """Declare one threshold together with its unit and where it comes from."""
    return field(default=default, metadata={"unit": unit, "source": source})


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The numbers behind every verdict. All are plain floats or ints."""

    version: str = field(default="1", metadata={"unit": "name", "source": "this repository"})

    # Learning
    min_check_ins: int = rule(3, "check-ins", "docs/engine.md#series-and-periods: fewer is still learning")
    usual_check_ins: int = rule(8, "check-ins", "docs/design.md#charts: no band before 8")
    usual_window: int = rule(26, "check-ins", "docs/engine.md#level-and-usual-range: baseline window")
    usual_held_out: int = rule(3, "check-ins", "docs/engine.md#level-and-usual-range: newest are compared")
    usual_z: float = rule(
        1.2816, "SD", "normal quantile: 4 of 5; simulated (evaluate_engine): 80 of 100 next answers fall inside"
    )
    level_z: float = rule(1.6449, "SD", "normal quantile: 90 % two-sided")
    level_noise_sd: float = rule(1.0, "points", "docs/engine.md#how-world-a-is-made: noise of one answer")
    level_wander_sd: float = rule(
        0.35, "points per root week", "docs/engine.md#how-world-a-is-made: weekly step of AR(1) .55, .82"
    )
    epoch_gap_weeks: float = rule(8, "weeks", "docs/engine.md#series-and-periods: a longer gap cuts an epoch")
    noise_prior_sd: float = rule(1.2, "points", "docs/engine.md#how-world-a-is-made: median within-person SD")
    noise_prior_weight: float = rule(10, "check-ins", "judgement: shrinkage weight")

    # Joint kernel (all constants: judgement, tuned on World A training seeds, docs/engine.md#the-formulas)
    kernel_phi: float = rule(0.90, "per week", "docs/engine.md#null-filter: memory of the drift")
    kernel_noise_sd: float = rule(1.0, "points", "docs/engine.md#null-filter: R = 1.0")
    kernel_noise_r: float = rule(0.5, "correlation", "docs/engine.md#null-filter: noise between domains")
    kernel_drift_share: float = rule(0.30, "share of noise variance", "docs/engine.md#null-filter: kappa")
    kernel_drift_r: float = rule(0.5, "correlation", "docs/engine.md#null-filter: drift between domains")
    kernel_walk_sd: float = rule(0.04, "points per root week", "docs/engine.md#null-filter: q_r")
    kernel_noise_weight: float = rule(40, "ratings", "decision 0084: World A, training seeds")
    kernel_tail: float = rule(3, "degrees of freedom", "docs/engine.md#robust-weight: nu")
    kernel_weight_floor: float = rule(0.25, "weight", "decision 0084: World A, training seeds")
    kernel_window: int = rule(7, "check-ins", "World A, training seeds: 7 found as much as 8, sooner")
    kernel_mcid: float = rule(1.8, "points", "decision 0084: World A, training seeds")
    start_mean: float = rule(4.5, "points, worse", "docs/engine.md#null-filter")
    start_sd: float = rule(1.4, "points", "docs/engine.md#null-filter: common level between people")
    start_domain_sd: float = rule(1.1, "points", "docs/engine.md#null-filter: domains within people")
    shift_mean: float = rule(0.50, "points", "docs/engine.md#shift-hypotheses: ordinary shift")
    shift_sd: float = rule(0.675, "points", "docs/engine.md#shift-hypotheses: ordinary shift, common level")
    shift_domain_sd: float = rule(0.9, "points", "docs/engine.md#shift-hypotheses: ordinary shift, contrasts")
    large_shift_share: float = rule(0.30, "share", "decision 0084: World A, training seeds")
    large_shift_mean: float = rule(2.0, "points", "docs/engine.md#shift-hypotheses: large shift")
    large_shift_sd: float = rule(1.5, "points", "docs/engine.md#shift-hypotheses: large shift, common level")
    large_shift_domain_sd: float = rule(1.2, "points", "docs/engine.md#shift-hypotheses: large shift, contrasts")
    worse_per_year: float = rule(0.7, "per year", "docs/engine.md#shift-hypotheses: hazard of worsening")
    better_per_year: float = rule(0.5, "per year", "docs/engine.md#shift-hypotheses: hazard of improvement")
    kernel_watch: float = rule(-3.92, "log-odds", "World A, training seeds: 1.0 false alerts a year")
    kernel_review: float = rule(-3.34, "log-odds", "World A, training seeds: 0.5 false alerts a year")
    kernel_priority: float = rule(-2.79, "log-odds", "World A, training seeds: 0.25 false alerts a year")
    single_watch: float = rule(-3.31, "log-odds", "World A, training seeds: one scale, 0.5 false alerts a year")
    single_review: float = rule(-2.75, "log-odds", "World A, training seeds: one scale, 0.25 false alerts a year")
    single_priority: float = rule(-2.24, "log-odds", "World A, training seeds: one scale, 0.125 false alerts a year")
    rise_from_weeks: float = rule(
        20, "weeks before", "docs/engine.md#shown-chance: against the mean 9 to 20 weeks earlier"
    )
    rise_to_weeks: float = rule(
        9, "weeks before", "docs/engine.md#shown-chance: against the mean 9 to 20 weeks earlier"
    )
    rise_memory: float = rule(0.78, "per week", "World A, training seeds: weight of the newest answers")
    rise_sd: float = rule(0.5, "points", "World A, training seeds: spread of rises of one domain")
    rise_noise_sd: float = rule(1.4, "points", "World A, training seeds: one answer around its stretch")
    chance_offset: float = rule(2.319, "logit", "World A, training seeds: calibration")
    chance_score: float = rule(0.1665, "logit per log-odds", "World A, training seeds: calibration")
    chance_rise: float = rule(0.8743, "logit per logit", "World A, training seeds: calibration")
    domain_chance_offset: float = rule(2.805, "logit", "World A, training seeds: calibration")
    domain_chance_score: float = rule(0.2456, "logit per log-odds", "World A, training seeds: calibration")
    domain_chance_rise: float = rule(0.8106, "logit per logit", "World A, training seeds: calibration")
    single_chance_offset: float = rule(2.727, "logit", "World A, training seeds: calibration")
    single_chance_score: float = rule(0.1886, "logit per log-odds", "World A, training seeds: calibration")
    single_chance_rise: float = rule(0.955, "logit per logit", "World A, training seeds: calibration")
    solo_share: float = rule(0.5, "share", "docs/engine.md#score: average of joint and single-domain log-odds")
    guard_mean_two: float = rule(2.5, "points", "docs/engine.md#guard-rail: mean of domains on both last")
    guard_domain_two: float = rule(4.0, "points", "docs/engine.md#guard-rail: one domain on both last")
    guard_mean_one: float = rule(4.5, "points", "docs/engine.md#guard-rail: mean of domains on one")
    guard_baseline: int = rule(26, "check-ins", "docs/engine.md#guard-rail")
    guard_min_baseline: int = rule(3, "check-ins", "docs/engine.md#guard-rail")
    fill_gain: float = rule(0.15, "weight", "docs/engine.md#blanks: own level for a blank rating")
    fill_share: float = rule(0.6, "share", "docs/engine.md#blanks: of the others' deviation")

    # Verdicts and sentences
    contrast_baseline: int = rule(26, "check-ins", "docs/engine.md#rivals: rolling contrast, a rival")
    explain_baseline: int = rule(12, "check-ins", "docs/engine.md#reasons: at most 12 before the onset")
    event_window_days: int = rule(42, "days", "docs/engine.md#reasons: 0 to 6 weeks after a start")
    missed_window: int = rule(8, "check-ins", "docs/engine.md#reasons: missed of the last 8")
    close_check_ins: int = rule(2, "check-ins", "docs/engine.md#cuts-and-tiers: below watch on 2 closes")
    clearing_check_ins: int = rule(4, "check-ins", "judgement: as far as clearing is tried")
    alarm_check_ins: int = rule(40, "check-ins", "judgement: an alarm open longer was raised again")
    refractory_weeks: float = rule(8, "weeks", "docs/engine.md#cuts-and-tiers: per person and direction")
    true_change: float = rule(1.0, "points", "docs/engine.md#shown-chance: displayed chance")
    chance_cap: float = rule(0.97, "probability", "docs/engine.md#shown-chance: display at most 97 %")

    # Risk
    extreme_rating: int = rule(10, "points, worse", "docs/engine.md#red-flags: pain or mood at 10")
    extreme_function: int = rule(9, "points, worse", "docs/engine.md#red-flags: function 9 or more")

    # Persistently severe
    severe_level: float = rule(8, "points, worse", "docs/engine.md#series-and-periods: 8 or more")
    severe_check_ins: int = rule(4, "check-ins", "docs/engine.md#series-and-periods: on 4 check-ins")

    # Straight-lining
    same_vectors: int = rule(6, "check-ins", "docs/engine.md#series-and-periods: identical full answers")

    # Side effects after a start or a change (docs/engine.md#after-a-start)
    effect_prior_mean: float = rule(0.3, "points, worse", "docs/engine.md#after-a-start: delta ~ N(.3, 1.3^2)")
    effect_prior_sd: float = rule(1.3, "points", "docs/engine.md#after-a-start")
    effect_size: float = rule(1.0, "points", "docs/engine.md#after-a-start: P(delta >= 1)")
    effect_baseline: int = rule(12, "check-ins", "docs/engine.md#after-a-start: at most 12 before the start")
    effect_min_before: int = rule(3, "check-ins", "judgement: fewer are no baseline")
    effect_min_after: int = rule(3, "check-ins", "docs/engine.md#after-a-start: at least 3 after the start")
    effect_window_weeks: float = rule(6, "weeks", "docs/engine.md#after-a-start: 0 to 6 weeks")
    effect_from_days: int = rule(24, "days", "judgement, 30 Nov 2026: from the fourth weekly check-in after the start")
    effect_watch: float = rule(
        0.85, "probability", "simulated (evaluate_engine): 10 % of unchanged people in one start"
    )
    effect_review: float = rule(
        0.92, "probability", "simulated (evaluate_engine): 5 % of unchanged people in one start"
    )
    same_time_days: int = rule(14, "days", "docs/engine.md#after-a-start: events this close cannot be separated")
    symptom_mild: int = rule(1, "severity 0 to 3", "docs/engine.md#after-a-start: at most mild before")
    symptom_moderate: int = rule(2, "severity 0 to 3", "docs/engine.md#after-a-start: at least moderate now")
    symptom_severe: int = rule(3, "severity 0 to 3", "docs/engine.md#after-a-start")
    symptom_rise: int = rule(2, "levels", "docs/engine.md#after-a-start: or two levels more")
    symptom_askings: int = rule(
        3, "askings", "judgement, 30 Nov 2026: one asking in a bad week hides or makes an effect"
    )
    symptom_early_weeks: float = rule(6, "weeks", "J Clin Psychiatry 2003;64 suppl 18:20: most come in the first weeks")
    symptom_late_weeks: float = rule(26, "weeks", "J Clin Psychiatry 2003;64 suppl 18:20: some come after months")

    # Stopping or cutting a medicine (docs/engine.md#after-a-stop)
    stop_window_days: int = rule(56, "days", "docs/engine.md#after-a-stop: day 1 to 56")
    stop_cut: float = rule(0.25, "share of the dose", "docs/engine.md#after-a-stop: a cut of at least a quarter")
    stop_symptoms: int = rule(5, "symptoms", "simulated (evaluate_engine): 10 % of unchanged people in 8 weeks")
    stop_symptoms_few: int = rule(6, "symptoms", "simulated (evaluate_engine): the same after one asking before")
    stop_onset_days: int = rule(14, "days", "docs/engine.md#after-a-stop: kernel onset within")

    # Expected course of a questionnaire in treatment (docs/engine.md#course-in-treatment)
    course_weeks: float = rule(12, "weeks", "docs/engine.md#course-in-treatment: response by week 12")
    course_show_week: float = rule(2, "weeks", "docs/engine.md#course-in-treatment: week 2 to 3 inform only")
    course_alert_week: float = rule(4, "weeks", "docs/engine.md#course-in-treatment: not on track from week 4")
    course_review_week: float = rule(6, "weeks", "docs/engine.md#course-in-treatment: review treatment from week 6")
    course_alert_sessions: int = rule(
        4, "sessions", "judgement, 30 Nov 2026, after Klein 2024: gains within the first eight"
    )
    course_review_sessions: int = rule(
        8, "sessions", "Klein (2024), 72 trials of CBT: strongest within the first eight"
    )
    outlook_improvement: float = rule(
        0.20, "share", "Kudlow (2014), doi 10.1007/s40263-014-0171-5: below 20 % at week 4"
    )
    outlook_weeks: float = rule(4, "weeks", "Kudlow (2014): said from week 4 until before week 8")
    course_chance: float = rule(0.20, "probability", "docs/engine.md#course-in-treatment: P below .20")
    course_gain_mean: float = rule(0.38, "share of the start", "judgement: mean final drop in treatment")
    course_gain_sd: float = rule(0.38, "share of the start", "judgement: spread of final drops")
    course_noise: float = rule(2.2, "points per 27", "Löwe 2004: SEM of PHQ-9 2.5, passing ups and downs included")
    course_drift: float = rule(2.0, "points per 27", "judgement: passing ups and downs")
    course_phi: float = rule(0.80, "per week", "judgement: memory of passing ups and downs")
    remission_days: int = rule(14, "days", "docs/engine.md#remission-and-relapse: two forms at least 14 days apart")
    relapse_rise: float = rule(5, "points per 27", "docs/engine.md#remission-and-relapse: 5 above the remission mean")
    response_days: int = rule(14, "days", "judgement, 30 Nov 2026: two forms at least 14 days apart confirm a response")
    rebound_share: float = rule(0.135, "share of the range", "judgement: 7 of 52 points of HAM-D")
    offer_mood: int = rule(9, "points, worse", "docs/engine.md#red-flags: offer PHQ-9 at mood 9 or worse")

    # Late entries
    late_entry_days: int = rule(14, "days", "docs/engine.md#series-and-periods: older entries never page")

    # Site budget (docs/engine.md#site-budget)
    site_cut_bound: float = rule(1.5, "log-odds", "judgement: a clinic cannot switch the signal off")

    # Missed check-ins
    reminder_factor: float = rule(1.25, "cadences", "docs/engine.md#silence")
    overdue_factor: float = rule(1.5, "cadences", "docs/engine.md#silence")
    overdue_days: float = rule(2, "days", "docs/engine.md#silence: added to 1.5 cadences")
    lost_missed: int = rule(3, "check-ins", "docs/engine.md#silence")
    lost_days: int = rule(21, "days", "docs/engine.md#silence")
    lost_cadences: float = rule(2, "cadences", "judgement: 21 days is no silence at 4 weeks")

    def __post_init__(self) -> None:
        """Refuse a rule set that contradicts itself."""
        for parameter in fields(self):
            value = getattr(self, parameter.name)
            if not isinstance(value, str) and not -100 <= value <= 1000:
                raise InvalidRules(f"{parameter.name} = {value!r} is not a usable number")
        if self.usual_held_out >= self.usual_check_ins:
            raise InvalidRules("usual_held_out must be below usual_check_ins")
        if not 0 < self.chance_cap < 1:
            raise InvalidRules("chance_cap must lie between 0 and 1")
        if not 0 < self.reminder_factor <= self.overdue_factor:
            raise InvalidRules("a reminder cannot come after overdue")

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON of all rules."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


DEFAULT = RuleSet()
