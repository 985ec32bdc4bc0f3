"""Every threshold of the engine with unit and source; versioned by its digest.

A rule set is stored with each assessment as its digest, so a verdict can be
recomputed years later with the numbers that made it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from monitoring.engine.sources.rule_source import RuleSource

ENGINE_VERSION = "1.5.0"


class InvalidRules(ValueError):
    """A rule set contradicts itself; the message names the rule."""


def rule(default: float, unit: str, source: str) -> Any:
    """Declare one threshold together with its unit and where it comes from.

    Raises:
        NotASource: the words name no publication, no dated judgement and no simulation.
    """
    return field(default=default, metadata={"unit": unit, "source": RuleSource(source)})


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The numbers behind every verdict. All are plain floats or ints."""

    version: str = field(default="1")

    # Learning
    min_check_ins: int = rule(
        3, "check-ins", "Judgement, 30 November 2026: two answers cannot tell a level from a single day"
    )
    usual_check_ins: int = rule(
        8, "check-ins", "Judgement, 30 November 2026: a range of fewer than 8 answers is too wide to say anything"
    )
    usual_window: int = rule(
        26, "check-ins", "Judgement, 30 November 2026: half a year of weekly answers; older ones are of another time"
    )
    usual_held_out: int = rule(
        3, "check-ins", "Judgement, 30 November 2026: the newest 3 are what is compared, and are not part of the range"
    )
    usual_z: float = rule(1.2816, "SD", "Simulated, manage.py evaluate_engine: 80 of 100 next answers fall inside")
    level_z: float = rule(
        1.6449, "SD", "Judgement, 30 November 2026: the band around the level is to hold it 9 times of 10"
    )
    level_noise_sd: float = rule(
        1.0, "points", "Judgement, 30 November 2026: the noise of one answer in the simulation"
    )
    level_wander_sd: float = rule(
        0.35, "points per root week", "Judgement, 30 November 2026: the weekly step of the slow drift in the simulation"
    )
    epoch_gap_weeks: float = rule(
        8, "weeks", "Judgement, 30 November 2026: after 8 silent weeks an earlier level is no comparison"
    )
    noise_prior_sd: float = rule(
        1.2,
        "standard errors",
        "Judgement, 30 November 2026: the middle spread within one person in the simulation (0.9 to 1.7 in 8 of 10); of a questionnaire in its own standard errors",
    )
    noise_prior_weight: float = rule(
        10, "check-ins", "Judgement, 30 November 2026: the person's own spread outweighs it after 10 check-ins"
    )

    # Joint kernel (docs/engine.md#the-formulas)
    kernel_phi: float = rule(
        0.90, "per week", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_noise_sd: float = rule(
        1.0, "points", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_noise_r: float = rule(
        0.5, "correlation", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_drift_share: float = rule(
        0.30, "share of noise variance", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_drift_r: float = rule(
        0.5, "correlation", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_walk_sd: float = rule(
        0.04, "points per root week", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_noise_weight: float = rule(
        40, "ratings", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_tail: float = rule(
        3, "degrees of freedom", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_weight_floor: float = rule(
        0.25,
        "weight",
        "Judgement, 30 November 2026: tuned on training people of the simulation; without a floor a sudden large fall is not believed",
    )
    kernel_window: int = rule(
        7,
        "check-ins",
        "Judgement, 30 November 2026: tuned on training people of the simulation: 7 found as much as 8, sooner",
    )
    kernel_mcid: float = rule(1.8, "points", "Judgement, 30 November 2026: tuned on training people of the simulation")
    start_mean: float = rule(
        4.5,
        "points, worse",
        "Judgement, 30 November 2026: tuned on training people of the simulation: the usual level at the start",
    )
    start_sd: float = rule(
        1.4,
        "points",
        "Judgement, 30 November 2026: tuned on training people of the simulation: the spread between people",
    )
    start_domain_sd: float = rule(
        1.1,
        "points",
        "Judgement, 30 November 2026: tuned on training people of the simulation: the spread of ratings within people",
    )
    shift_mean: float = rule(0.50, "points", "Judgement, 30 November 2026: tuned on training people of the simulation")
    shift_sd: float = rule(0.675, "points", "Judgement, 30 November 2026: tuned on training people of the simulation")
    shift_domain_sd: float = rule(
        0.9, "points", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    large_shift_share: float = rule(
        0.30, "share", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    large_shift_mean: float = rule(
        2.0, "points", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    large_shift_sd: float = rule(
        1.5, "points", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    large_shift_domain_sd: float = rule(
        1.2, "points", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    worse_per_year: float = rule(
        0.7, "per year", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    better_per_year: float = rule(
        0.5, "per year", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    kernel_watch: float = rule(
        -3.92, "log-odds", "Simulated, manage.py evaluate_engine: 1.0 false alerts in a stable person's year"
    )
    kernel_review: float = rule(
        -3.34, "log-odds", "Simulated, manage.py evaluate_engine: 0.5 false alerts in a stable person's year"
    )
    kernel_priority: float = rule(
        -2.79, "log-odds", "Simulated, manage.py evaluate_engine: 0.25 false alerts in a stable person's year"
    )
    single_watch: float = rule(
        -3.31,
        "log-odds",
        "Simulated, manage.py evaluate_engine: one series alone, 0.5 false alerts in a stable person's year",
    )
    single_review: float = rule(
        -2.75,
        "log-odds",
        "Simulated, manage.py evaluate_engine: one series alone, 0.25 false alerts in a stable person's year",
    )
    single_priority: float = rule(
        -2.24,
        "log-odds",
        "Simulated, manage.py evaluate_engine: one series alone, 0.125 false alerts in a stable person's year",
    )
    rise_from_weeks: float = rule(
        20,
        "weeks before",
        "Judgement, 30 November 2026: long enough ago to lie before a change, near enough to be the same life",
    )
    rise_to_weeks: float = rule(
        9,
        "weeks before",
        "Judgement, 30 November 2026: long enough ago to lie before a change, near enough to be the same life",
    )
    rise_memory: float = rule(
        0.78, "per week", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    rise_sd: float = rule(0.5, "points", "Judgement, 30 November 2026: tuned on training people of the simulation")
    rise_noise_sd: float = rule(
        1.4, "points", "Judgement, 30 November 2026: tuned on training people of the simulation"
    )
    chance_offset: float = rule(
        2.319, "logit", "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people"
    )
    chance_score: float = rule(
        0.1665,
        "logit per log-odds",
        "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people",
    )
    chance_rise: float = rule(
        0.8743,
        "logit per logit",
        "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people",
    )
    domain_chance_offset: float = rule(
        2.805, "logit", "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people"
    )
    domain_chance_score: float = rule(
        0.2456,
        "logit per log-odds",
        "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people",
    )
    domain_chance_rise: float = rule(
        0.8106,
        "logit per logit",
        "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people",
    )
    single_chance_offset: float = rule(
        2.727, "logit", "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people"
    )
    single_chance_score: float = rule(
        0.1886,
        "logit per log-odds",
        "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people",
    )
    single_chance_rise: float = rule(
        0.955,
        "logit per logit",
        "Simulated, manage.py evaluate_engine: how often the shown chance came true, on training people",
    )
    solo_share: float = rule(
        0.5,
        "share",
        "Judgement, 30 November 2026: tuned on training people of the simulation: the average finds as much as the better of the two",
    )
    guard_mean_two: float = rule(
        2.5,
        "points",
        "Simulated, manage.py evaluate_engine: with these lines 65 % of changes of 5 to 8 points are found within 2 weeks",
    )
    guard_domain_two: float = rule(
        4.0,
        "points",
        "Simulated, manage.py evaluate_engine: with these lines 65 % of changes of 5 to 8 points are found within 2 weeks",
    )
    guard_mean_one: float = rule(
        4.5,
        "points",
        "Simulated, manage.py evaluate_engine: with these lines 65 % of changes of 5 to 8 points are found within 2 weeks",
    )
    guard_baseline: int = rule(26, "check-ins", "Judgement, 30 November 2026: half a year of weekly answers")
    guard_min_baseline: int = rule(
        3, "check-ins", "Judgement, 30 November 2026: fewer than 3 answers are no usual level"
    )
    fill_gain: float = rule(0.15, "weight", "Judgement, 30 November 2026: tuned on training people of the simulation")
    fill_share: float = rule(0.6, "share", "Judgement, 30 November 2026: tuned on training people of the simulation")

    # Verdicts and sentences
    contrast_baseline: int = rule(
        26, "check-ins", "Judgement, 30 November 2026: the best setting of this rival on training people"
    )
    explain_baseline: int = rule(
        12, "check-ins", "Judgement, 30 November 2026: a quarter of a year is what a reader checks by hand"
    )
    event_window_days: int = rule(
        42,
        "days",
        "Judgement, 30 November 2026: what began in the 6 weeks before is worth a look; it is named and never called the cause",
    )
    missed_window: int = rule(8, "check-ins", "Judgement, 30 November 2026: two months of weekly check-ins")
    close_check_ins: int = rule(2, "check-ins", "Judgement, 30 November 2026: one good week closes nothing")
    clearing_check_ins: int = rule(4, "check-ins", "Judgement, 30 November 2026: as far as clearing is tried out")
    alarm_check_ins: int = rule(
        40, "check-ins", "Judgement, 30 November 2026: an alarm that is open longer was raised again"
    )
    refractory_weeks: float = rule(
        8, "weeks", "Judgement, 30 November 2026: the same alarm is raised again after 8 weeks, not each week"
    )
    true_change: float = rule(
        1.0, "points", "Judgement, 30 November 2026: one point of ten is the least that is worth a word"
    )
    chance_cap: float = rule(
        0.97, "probability", "Judgement, 30 November 2026: nothing that rests on a simulation is told as surer"
    )

    # Risk
    extreme_rating: int = rule(
        10,
        "points, worse",
        "Judgement, 30 November 2026: the worst answer there is; somebody looks, whatever the course",
    )
    extreme_function: int = rule(
        9,
        "points, worse",
        "Judgement, 30 November 2026: mood at its worst and hardly able to do anything, both at once",
    )

    # Persistently severe
    severe_level: float = rule(
        8, "points, worse", "Judgement, 30 November 2026: so bad for so long needs a look though nothing changes"
    )
    severe_check_ins: int = rule(
        4, "check-ins", "Judgement, 30 November 2026: so bad for so long needs a look though nothing changes"
    )

    # Straight-lining
    same_vectors: int = rule(
        6,
        "check-ins",
        "Judgement, 30 November 2026: six times exactly the same answers may be habit; no course is read from them",
    )

    # Side effects after a start or a change (docs/engine.md#after-a-start)
    effect_prior_mean: float = rule(
        0.3, "points, worse", "Judgement, 30 November 2026: most starts change little for the worse"
    )
    effect_prior_sd: float = rule(
        1.3, "points", "Judgement, 30 November 2026: a spread that leaves room for clear effects"
    )
    effect_size: float = rule(
        1.0, "points", "Judgement, 30 November 2026: one point of ten is the least that is worth a word"
    )
    effect_baseline: int = rule(12, "check-ins", "Judgement, 30 November 2026: a quarter of a year of weekly answers")
    effect_min_before: int = rule(3, "check-ins", "Judgement, 30 November 2026: fewer are no baseline")
    effect_min_after: int = rule(3, "check-ins", "Judgement, 30 November 2026: fewer are no course")
    effect_window_weeks: float = rule(
        6,
        "weeks",
        "Judgement, 30 November 2026: early effects show within 6 weeks; later the start is one of many possible reasons",
    )
    effect_from_days: int = rule(
        24, "days", "Judgement, 30 November 2026: from the fourth weekly check-in after the start"
    )
    effect_watch: float = rule(
        0.85,
        "probability",
        "Simulated, manage.py evaluate_engine: 9 % of people in whom the start does nothing, over five ratings and the whole watch",
    )
    effect_review: float = rule(
        0.92,
        "probability",
        "Simulated, manage.py evaluate_engine: 5 % of people in whom the start does nothing, over five ratings and the whole watch",
    )
    same_time_days: int = rule(
        14, "days", "Judgement, 30 November 2026: two changes within 14 days cannot be told apart"
    )
    symptom_mild: int = rule(
        1, "severity 0 to 3", "Judgement, 30 November 2026: who had it clearly before has nothing new"
    )
    symptom_moderate: int = rule(2, "severity 0 to 3", "Judgement, 30 November 2026: a mild symptom alone pages nobody")
    symptom_severe: int = rule(
        3, "severity 0 to 3", "Judgement, 30 November 2026: a severe new symptom does not wait two days"
    )
    symptom_rise: int = rule(2, "levels", "Judgement, 30 November 2026: two steps are more than a step of taste")
    symptom_askings: int = rule(
        3, "askings", "Judgement, 30 November 2026: one asking in a bad week hides or makes an effect"
    )
    symptom_early_weeks: float = rule(
        6,
        "weeks",
        "J Clin Psychiatry (2003) 64 suppl 18:20: most side effects of antidepressants come in the first weeks",
    )
    symptom_late_weeks: float = rule(
        26,
        "weeks",
        "J Clin Psychiatry (2003) 64 suppl 18:20: effects on sex, weight and feeling last, or come after the first month",
    )

    # Stopping or cutting a medicine (docs/engine.md#after-a-stop)
    stop_window_days: int = rule(
        56,
        "days",
        "Judgement, 30 November 2026: 8 weeks, since a long-acting medicine leaves slowly (fluoxetine's prescribing information: norfluoxetine has a half-life of 4 to 16 days)",
    )
    stop_cut: float = rule(
        0.25,
        "share of the dose",
        "Judgement, 30 November 2026: a cut by a quarter is more than a change of brand or of tablets",
    )
    stop_symptoms: int = rule(
        5,
        "symptoms",
        "Simulated, manage.py evaluate_engine: 7 % of people in whom nothing changes, at any of eight weekly check-ins after three askings before",
    )
    stop_symptoms_few: int = rule(
        6,
        "symptoms",
        "Simulated, manage.py evaluate_engine: 9 % of people in whom nothing changes, at any of eight weekly check-ins after one asking before",
    )
    stop_onset_days: int = rule(
        14, "days", "Judgement, 30 November 2026: a fall that began later is not told beside the stop"
    )

    # Expected course of a questionnaire in treatment (docs/engine.md#course-in-treatment)
    course_weeks: float = rule(
        12, "weeks", "Judgement, 30 November 2026: a quarter of a year, after which a treatment is looked at as a whole"
    )
    course_show_week: float = rule(
        2,
        "weeks",
        "Wagner et al. (2017), doi 10.1016/j.jpsychires.2017.07.003: a fifth better by week 2 goes with a later response (sensitivity 85 %, specificity 54 %), too unsure to alert",
    )
    course_alert_week: float = rule(
        4,
        "weeks",
        "Kudlow (2014), doi 10.1007/s40263-014-0171-5: of people less than 20 % better at week 4 about 2 in 10 respond by week 8",
    )
    course_review_week: float = rule(
        6, "weeks", "Judgement, 30 November 2026: two weeks after the first word, so that another form lies between"
    )
    course_alert_sessions: int = rule(
        4,
        "sessions",
        "Judgement, 30 November 2026: half of the first eight sessions, in which gains of CBT are strongest (Klein 2024)",
    )
    course_review_sessions: int = rule(
        8,
        "sessions",
        "Judgement, 30 November 2026: the first eight sessions, in which gains of CBT are strongest (Klein 2024, 72 trials, abstract read)",
    )
    outlook_improvement: float = rule(
        0.20, "share", "Kudlow (2014), doi 10.1007/s40263-014-0171-5: less than 20 % better at week 4"
    )
    outlook_weeks: float = rule(
        4, "weeks", "Kudlow (2014), doi 10.1007/s40263-014-0171-5: a response by week 8, said from week 4 on"
    )
    course_chance: float = rule(
        0.20,
        "probability",
        "Simulated, manage.py evaluate_engine: names 58 % of people without a response and 5 % of those with one in week 6",
    )
    course_gain_mean: float = rule(
        0.38, "share of the start", "Judgement, 30 November 2026: the mean drop of people in treatment"
    )
    course_gain_sd: float = rule(
        0.38, "share of the start", "Judgement, 30 November 2026: the spread of drops of people in treatment"
    )
    course_noise: float = rule(
        2.2,
        "points per 27",
        "Judgement, 30 November 2026: a little below the standard error of Löwe (2004), PMID 15550799, 2.5 points, which holds passing ups and downs too",
    )
    course_drift: float = rule(2.0, "points per 27", "Judgement, 30 November 2026: passing ups and downs")
    course_phi: float = rule(0.80, "per week", "Judgement, 30 November 2026: how long passing ups and downs last")
    remission_days: int = rule(
        14, "days", "Judgement, 30 November 2026: two forms that ask about other days, 14 days each"
    )
    relapse_rise: float = rule(
        5,
        "points per 27",
        "Judgement, 30 November 2026: 5 points are twice the standard error of Löwe (2004), PMID 15550799",
    )
    response_days: int = rule(
        14, "days", "Judgement, 30 November 2026: two forms that ask about other days, 14 days each"
    )
    rebound_share: float = rule(
        0.135,
        "share of the range",
        "Judgement, 30 November 2026: 7 of 52 points of HAM-D, where a form declares no line of its own",
    )
    offer_mood: int = rule(
        9, "points, worse", "Judgement, 30 November 2026: a mood this bad is worth the nine questions"
    )

    # Late entries
    late_entry_days: int = rule(14, "days", "Judgement, 30 November 2026: nobody is paged for what was weeks ago")

    # Site budget (docs/engine.md#site-budget)
    site_cut_bound: float = rule(1.5, "log-odds", "Judgement, 30 November 2026: a clinic cannot switch the signal off")

    # Missed check-ins
    reminder_factor: float = rule(
        1.25, "cadences", "Judgement, 30 November 2026: a little later than somebody usually answers"
    )
    overdue_factor: float = rule(
        1.5, "cadences", "Judgement, 30 November 2026: half a turn later than somebody usually answers, and two days"
    )
    overdue_days: float = rule(
        2, "days", "Judgement, 30 November 2026: half a turn later than somebody usually answers, and two days"
    )
    lost_missed: int = rule(3, "check-ins", "Judgement, 30 November 2026: one week is forgotten, two may be a holiday")
    lost_days: int = rule(
        21, "days", "Judgement, 30 November 2026: three weeks, or twice the person's own rhythm where that is longer"
    )
    lost_cadences: float = rule(
        2, "cadences", "Judgement, 30 November 2026: three weeks, or twice the person's own rhythm where that is longer"
    )

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
