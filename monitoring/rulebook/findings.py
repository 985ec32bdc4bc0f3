"""The rules of what the engine finds: in ratings, after a start, after a stop, on forms, in silence."""

from monitoring.engine import CHECKLISTS, INSTRUMENTS
from monitoring.engine.assess import EXTREME_DOMAINS
from monitoring.engine.detectors.withdrawal import WITHDRAWALS
from monitoring.engine.instruments import options_of
from monitoring.engine.records import Checklist, Domain, FlagReason, InstrumentSpec, RedFlag
from monitoring.engine.sources.rule_source import RuleSource
from monitoring.engine.translations import items_of
from monitoring.rulebook.rows import RuleGroup, RuleRow, row

JUDGED = "Judgement, 30 November 2026: "


def _flag_rows(*, about_self_harm: bool) -> list[RuleRow]:
    asked: list[InstrumentSpec | Checklist] = [*INSTRUMENTS.values(), *CHECKLISTS.values()]
    return [
        _flag_row(form, flag)
        for form in asked
        for flag in form.red_flags
        if (flag.reason is FlagReason.SELF_HARM) is about_self_harm
    ]


def _flag_row(form: InstrumentSpec | Checklist, flag: RedFlag) -> RuleRow:
    items = {item.code: item for item in items_of(form)}
    is_form = isinstance(form, InstrumentSpec)
    options = options_of(form, items[flag.item]) if isinstance(form, InstrumentSpec) else form.severity
    said = next(option.text for option in options if option.value == flag.at)
    line = "ticked" if not is_form and flag.at <= 1 else f"“{said}” or more"
    needs = []
    if flag.with_item:
        needs.append(f"the same of “{items[flag.with_item].text}”")
    if flag.with_medicines:
        needs.append("a medicine of these is taken: " + ", ".join(flag.with_medicines))
    if flag.only_new:
        needs.append("above the last answer, or not asked before")
    if flag.first_at:
        line += f"; {flag.first_at} or more, or a rise, is put first"
    return RuleRow(
        rule=f"{form.code if is_form else form.name}: “{items[flag.item].text}”",
        tier=str(flag.tier),
        line=line,
        needs="; ".join(needs),
        sources=(flag.source,),
    )


SAFETY = RuleGroup(
    title="Answers about self-harm",
    words="Told at once, whatever the course. Never suppressed; only a clinician closes them, after a contact.",
    rows=_flag_rows(about_self_harm=True),
)
BODY = RuleGroup(
    title="Other answers that need a person",
    words="Told at once, when the answer is given. A later run never raises them of old answers.",
    rows=[
        *_flag_rows(about_self_harm=False),
        row(
            "Mood at its worst end",
            "mood at its worst ({extreme_rating} of 10) and function {extreme_function} of 10 or worse",
            tier=str(EXTREME_DOMAINS[Domain.MOOD]),
            needs="both in one check-in",
            uses="extreme_rating extreme_function",
        ),
        row(
            "Pain at its worst end",
            "pain {extreme_rating} of 10 and function {extreme_function} of 10 or worse",
            tier=str(EXTREME_DOMAINS[Domain.PAIN]),
            needs="not so at the last check-in that says both",
            source=RuleSource(JUDGED + "pain at 10 lasts in many; told each week it would be read by nobody"),
        ),
        row("PHQ-9 is offered", "mood {offer_mood} of 10 or worse", tier="info", uses="offer_mood"),
    ],
)
RATINGS = RuleGroup(
    title="Lasting change of the five ratings",
    words=(
        "All ratings are judged together against the person's own course; the score is no number to check by hand. What "
        "is printed beside it is: plain means before and since."
    ),
    rows=[
        row(
            "Getting worse",
            "score {kernel_watch} (watch), {kernel_review} (review), {kernel_priority} (priority)",
            tier="watch, review, priority",
            needs="{min_check_ins} check-ins",
            uses="kernel_watch kernel_review kernel_priority min_check_ins",
        ),
        row(
            "One series alone, such as a questionnaire, getting worse",
            "score {single_watch} (watch), {single_review} (review), {single_priority} (priority)",
            tier="watch, review, priority",
            needs="{min_check_ins} values",
            uses="single_watch single_review single_priority",
        ),
        row(
            "Sudden large change",
            "mean of the ratings {guard_mean_two} points worse on two check-ins, one rating {guard_domain_two:g} worse on two, "
            "or the mean {guard_mean_one} worse on one",
            tier="priority",
            needs="{guard_min_baseline} check-ins before, at most {guard_baseline}",
            uses="guard_mean_two guard_domain_two guard_mean_one guard_min_baseline guard_baseline",
        ),
        row(
            "Chance that is shown",
            "that the level is {true_change:g} point or more worse than {rise_to_weeks:g} to {rise_from_weeks:g} weeks before; at "
            "most {chance_cap:.0%}",
            needs="staff only",
            uses="true_change chance_cap rise_from_weeks rise_to_weeks",
        ),
        row(
            "What a change is compared with",
            "the mean of up to {explain_baseline} check-ins before it; what was begun, changed or stopped in the "
            "{event_window_days} days before is named; missed ones are counted of the last {missed_window}",
            uses="explain_baseline event_window_days missed_window",
        ),
        row(
            "An alarm closes",
            "below watch on {close_check_ins} check-ins running; raised again after {refractory_weeks:g} weeks while it lasts",
            uses="close_check_ins refractory_weeks",
        ),
        row(
            "Persistently severe",
            "a rating {severe_level:g} of 10 or worse on {severe_check_ins} check-ins running",
            tier="watch",
            uses="severe_level severe_check_ins",
        ),
        row(
            "Answers say little",
            "{same_vectors} check-ins with exactly the same answers",
            tier="info",
            uses="same_vectors",
        ),
        row(
            "Usual range",
            "where 4 of 5 answers lie (normal quantile {usual_z}), of up to {usual_window} check-ins, without the newest "
            "{usual_held_out}",
            needs="{usual_check_ins} check-ins",
            uses="usual_z usual_window usual_held_out usual_check_ins",
        ),
        row(
            "A new start of the comparison",
            "after {epoch_gap_weeks:g} weeks without an answer, or when a clinician accepts a new usual level",
            uses="epoch_gap_weeks",
        ),
        row(
            "Late entries",
            "about more than {late_entry_days} days ago: kept and drawn, page nobody",
            uses="late_entry_days",
        ),
        row(
            "A clinic's budget of false alerts",
            "moves the lines of this table by at most {site_cut_bound} in the score",
            uses="site_cut_bound",
        ),
    ],
)
STARTS = RuleGroup(
    title="Side effects after a start or a change of dose",
    words="Watched while the medicine is taken; a stop ends it. “After”, never “because of”.",
    rows=[
        row(
            "A symptom is new or worse",
            "at most mild ({symptom_mild}) before and moderate ({symptom_moderate}) or more now, or {symptom_rise} steps more",
            tier="review",
            needs="asked before: its worst of the last {symptom_askings} askings; begun within {symptom_early_weeks:g} weeks",
            uses="symptom_mild symptom_moderate symptom_rise symptom_askings symptom_early_weeks",
        ),
        row(
            "The same of sex, hunger or weight, dulled feelings, sweating",
            "as above",
            tier="review",
            needs="begun within {symptom_late_weeks:g} weeks",
            uses="symptom_late_weeks",
        ),
        row("A new symptom is severe", "severe ({symptom_severe})", tier="priority", uses="symptom_severe"),
        row(
            "A rating is worse since the start",
            "chance of {effect_size:g} point or more worse: {effect_watch} (watch), {effect_review} (review). Not shown",
            tier="watch, review",
            needs=(
                "day {effect_from_days} to week {effect_window_weeks:g}; {effect_min_before} check-ins before (at most "
                "{effect_baseline}), {effect_min_after} after"
            ),
            uses=(
                "effect_watch effect_review effect_size effect_from_days effect_window_weeks effect_min_before "
                "effect_baseline effect_min_after"
            ),
        ),
        row(
            "Two changes at one time",
            "within {same_time_days} days: both are named, and that they cannot be told apart",
            uses="same_time_days",
        ),
    ],
)
STOPS = RuleGroup(
    title="Stopping a medicine",
    words=(
        "Only of kinds of which withdrawal is known. Symptoms of the body are called typical of stopping, and never a "
        "return of the illness (NICE NG222 1.4.20). What was not asked before is told as that and never counted."
    ),
    rows=[
        row(
            "Symptoms after a stop",
            "{stop_symptoms} of 16 worse than before, {stop_symptoms_few} where fewer askings before are known",
            tier="review",
            needs="day 1 to {stop_window_days} after a stop, or a cut by {stop_cut:.0%} or more",
            uses="stop_symptoms stop_symptoms_few stop_window_days stop_cut",
        ),
        row(
            "One severe symptom after a stop",
            "severe, and at most mild before",
            tier="priority",
            source=RuleSource(JUDGED + "a severe new symptom does not wait two days"),
        ),
        row(
            "The ratings fall after a stop",
            "a worsening that began within {stop_onset_days} days",
            tier="review",
            uses="stop_onset_days",
        ),
        row(
            "A symptom of the body, not asked before",
            "moderate or more: told, pages nobody",
            tier="watch",
            source=RuleSource(JUDGED + "nobody knows whether it is new; the team should still see it"),
        ),
        *(
            RuleRow(
                rule=f"Kind: {kind.code} ({', '.join(kind.names[:3])} …)",
                line=f"begins within {kind.begins}" + (f"; warning: {kind.warning}" if kind.warning else ""),
                sources=(kind.source,),
            )
            for kind in WITHDRAWALS
        ),
    ],
)
COURSES = RuleGroup(
    title="Response, remission, relapse, course in treatment",
    words="One form proves nothing: the next one confirms. The lines of each form stand in the next table.",
    rows=[
        row(
            "Worse beyond the error of the form",
            "the 95 % line of the form, against the start",
            tier="watch on one form, review on two",
            needs="two forms that ask about no common day",
            source=RuleSource(
                JUDGED + "of unchanged people 1 in 20 reach it on one form, so that one form pages nobody"
            ),
        ),
        row(
            "Response",
            "the form's share of the start is gone on all forms of {response_days} days or more",
            tier="info",
            needs="started as a case",
            uses="response_days",
        ),
        row(
            "In the remission range",
            "below the form's remission line on all forms of {remission_days} days or more",
            tier="info",
            uses="remission_days",
        ),
        row(
            "Above the line again",
            "at the form's relapse line and {relapse_rise:g} points (of PHQ-9's 27) above the remission; the form is asked again "
            "early",
            tier="review; priority once the next form says the same",
            needs="was in the remission range",
            uses="relapse_rise",
        ),
        row(
            "Worse again after a response",
            "the 95 % line above the best score that had been a response; without a known error {rebound_share:.1%} of the range",
            tier="review",
            uses="rebound_share",
        ),
        row(
            "Not on track",
            "chance of half the score gone by week {course_weeks:g} below {course_chance:.0%}",
            tier="info, review",
            needs=(
                "a form with a published course (PHQ-9), started as a case. Info from week {course_show_week:g}; review after "
                "{course_alert_week:g} weeks at a dose of an antidepressant or {course_alert_sessions} sessions held; “review the "
                "treatment” after {course_review_week:g} or {course_review_sessions}"
            ),
            uses=(
                "course_weeks course_chance course_show_week course_alert_week course_review_week course_alert_sessions "
                "course_review_sessions"
            ),
        ),
        row(
            "“About 2 in 10 still respond by week 8”",
            "less than {outlook_improvement:.0%} better, week {course_alert_week:g} until before week 8",
            needs="an antidepressant",
            uses="outlook_improvement outlook_weeks",
        ),
    ],
)
SILENCE = RuleGroup(
    title="Silence",
    words=(
        "Measured against the person's own rhythm c, never quicker than agreed; nothing during a pause. One tier louder "
        "after a watch or more, or after an answer about self-harm. Missing is not well."
    ),
    rows=[
        row("A reminder", "{reminder_factor} c", tier="info", uses="reminder_factor"),
        row(
            "Overdue",
            "{overdue_factor} c and {overdue_days:g} days",
            tier="watch",
            uses="overdue_factor overdue_days",
        ),
        row(
            "Overdue after an answer about self-harm",
            "{reminder_factor} c: as soon as a reminder is due",
            tier="review",
            source=RuleSource(JUDGED + "two weeks of silence are long after such an answer; a week is not yet silence"),
        ),
        row(
            "Contact lost",
            "{lost_missed} missed running, or {lost_days} days, not before {lost_cadences:g} c",
            tier="review",
            uses="lost_missed lost_days lost_cadences",
        ),
    ],
)
