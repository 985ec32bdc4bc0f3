"""Histories in, ranked findings out: one table of situations, and properties that always hold."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.engine import (
    DEFAULT,
    CheckInRecord,
    Direction,
    Domain,
    Finding,
    FindingKind,
    History,
    InstrumentSpec,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    RatingOutOfRange,
    Tier,
    assess,
    estimate_levels,
    explain,
    screen_ratings,
)
from tests.monitoring.engine.histories import (
    FIRST,
    check_in,
    day,
    evening,
    history,
    score_history,
    slots,
    usual,
    weekly,
)

Course = list[Mapping[Domain, int | None]]

ratings = st.fixed_dictionaries({domain: st.one_of(st.none(), st.integers(0, 10)) for domain in Domain})
courses = st.lists(ratings, min_size=0, max_size=30)


def kinds(findings: Iterable[Finding]) -> set[FindingKind]:
    return {finding.kind for finding in findings}


def only(findings: Iterable[Finding], kind: FindingKind) -> Finding:
    (finding,) = [one for one in findings if one.kind is kind]
    return finding


def worse_since(week: float, weeks: int, **changed: int | None) -> tuple[CheckInRecord, ...]:
    """Return weekly check-ins that are usual before a week and changed from it on."""
    return weekly([usual(i) if i < week else usual(i, **changed) for i in range(weeks)])


def test_an_empty_history_has_nothing_to_say() -> None:
    assert assess(history()) == ()


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_check_ins_are_still_learning_and_have_no_chance(count: int) -> None:
    (finding,) = assess(history(weekly([usual(i) for i in range(count)])))

    assert (finding.kind, finding.tier, finding.chance) == (FindingKind.STILL_LEARNING, Tier.INFO, None)


def test_an_ordinary_half_year_raises_nothing_that_pages() -> None:
    findings = assess(history(weekly([usual(i) for i in range(26)])))

    assert [one for one in findings if one.tier > Tier.INFO] == []


def test_a_lasting_fall_of_sleep_is_named_dated_and_worded_by_numbers_from_the_table() -> None:
    check_ins = worse_since(20, 25, sleep=2)

    finding = only(assess(history(check_ins)), FindingKind.DETERIORATION)

    assert (finding.domain, finding.direction) == (Domain.SLEEP, Direction.HIGHER_IS_BETTER)
    assert finding.tier >= Tier.REVIEW
    assert finding.onset_on is not None and abs((finding.onset_on - day(20)).days) <= 7
    assert finding.contrast is not None and finding.contrast < -2
    answers = [one.ratings[Domain.SLEEP] or 0 for one in check_ins]
    onset = [one.about_on for one in check_ins].index(finding.onset_on)
    before, after = answers[max(onset - DEFAULT.explain_baseline, 0) : onset], answers[onset:]
    assert finding.parts["before_mean"] == round(sum(before) / len(before), 1)
    assert finding.parts["after_mean"] == round(sum(after) / len(after), 1)
    assert (finding.parts["before_n"], finding.parts["after_n"]) == (len(before), len(after))


def test_a_rise_of_pain_is_worse_and_a_rise_of_mood_is_not() -> None:
    pain = assess(history(worse_since(20, 25, pain=8)))
    mood = assess(history(worse_since(20, 25, mood=9)))

    assert only(pain, FindingKind.DETERIORATION).domain is Domain.PAIN
    assert FindingKind.DETERIORATION not in kinds(mood)
    assert only(mood, FindingKind.IMPROVEMENT).tier is Tier.INFO


def test_what_would_clear_an_alarm_does_clear_it() -> None:
    check_ins = worse_since(20, 25, sleep=2)
    finding = only(assess(history(check_ins)), FindingKind.DETERIORATION)
    level = round(finding.clears["at"])

    later = [check_in(week, usual(week, sleep=level)) for week in range(25, 25 + finding.clears["check_ins"])]

    assert FindingKind.DETERIORATION in kinds(assess(history([*check_ins, *later[:-1]])))
    assert FindingKind.DETERIORATION not in kinds(assess(history([*check_ins, *later])))


def test_an_accepted_new_normal_ends_the_alarm() -> None:
    check_ins = worse_since(20, 25, sleep=2)

    findings = assess(history(check_ins, new_normal_on=[day(24)]))

    assert FindingKind.DETERIORATION not in kinds(findings)


def test_a_back_filled_entry_never_pages() -> None:
    late = [replace(one, entered_at=evening(one.about_on, days_late=20)) for one in worse_since(20, 25, sleep=1)]

    findings = assess(history(late))

    assert only(findings, FindingKind.DETERIORATION).tier is Tier.WATCH


def test_the_last_of_two_entries_for_one_day_counts() -> None:
    first = check_in(0, usual(0, pain=9))
    second = replace(check_in(0, usual(0, pain=2)), entered_at=first.entered_at + dt.timedelta(hours=1))

    both = estimate_levels(history([first, second]))

    assert [point.level for point in both[Domain.PAIN]] == [2]


def test_somebody_elses_answers_are_another_series() -> None:
    own = weekly([usual(i) for i in range(10)])
    carer = [replace(one, ratings=usual(0, sleep=0, mood=0), informant="carer") for one in own]

    assert assess(history([*own, *carer])) == assess(history(own))


def test_a_severe_plateau_is_listed_because_it_cannot_get_worse() -> None:
    findings = assess(history(weekly([usual(i, pain=9) for i in range(12)])))

    severe = only(findings, FindingKind.PERSISTENTLY_SEVERE)
    assert (severe.domain, severe.parts["mean"]) == (Domain.PAIN, 9.0)
    assert FindingKind.DETERIORATION not in kinds(findings)


def test_six_identical_answers_are_low_information() -> None:
    flat = dict.fromkeys(Domain, 5)

    assert FindingKind.LOW_INFORMATION in kinds(assess(history(weekly([flat] * 6))))
    assert FindingKind.LOW_INFORMATION not in kinds(assess(history(weekly([flat] * 5))))


@pytest.mark.parametrize(
    ("changed", "domains"),
    [
        ({"pain": 10, "function": 1}, [Domain.PAIN]),
        ({"mood": 0, "function": 0}, [Domain.MOOD]),
        ({"pain": 10, "mood": 0, "function": 1}, [Domain.PAIN, Domain.MOOD]),
        ({"pain": 10, "function": 2}, []),
        ({"pain": 9, "function": 0}, []),
        ({"pain": 10, "function": None}, []),
        ({"pain": None, "mood": None, "function": 0}, []),
    ],
)
def test_mood_at_the_worst_end_without_function_is_urgent_and_new_pain_is_priority(
    changed: dict[str, int | None], domains: list[Domain]
) -> None:
    findings = screen_ratings(check_in(0, usual(0, **changed)))

    assert [one.domain for one in findings] == domains
    tiers = {Domain.PAIN: Tier.PRIORITY, Domain.MOOD: Tier.URGENT}
    assert all(one.domain and one.tier is tiers[one.domain] for one in findings)


@pytest.mark.parametrize(
    ("before", "is_new"),
    [
        ([], True),
        ([{"pain": 10, "function": 1}], False),
        ([{"pain": 9, "function": 1}], True),
        ([{"pain": 10, "function": 3}], True),
        ([{"pain": 10, "function": 0}, {"pain": None, "function": 1}], False),
        ([{"pain": 10, "function": 0}, {"pain": 4, "function": 4}], True),
    ],
    ids=["the first", "as the last time", "less pain", "more function", "skipped between", "better between"],
)
def test_lasting_pain_pages_once_and_mood_every_time(before: list[dict[str, int | None]], is_new: bool) -> None:
    """Pain at 10 with no function was urgent, and paged the team every week of a chronic pain."""
    rows = [usual(week, **changed) for week, changed in enumerate([*before, {"pain": 10, "mood": 0, "function": 1}])]

    found = [one for one in assess(history(weekly(rows))) if one.kind is FindingKind.EXTREME_RATING]

    assert [one.domain for one in found] == [Domain.MOOD, *([Domain.PAIN] if is_new else [])]


def test_very_low_mood_offers_the_questionnaire() -> None:
    assert FindingKind.OFFER_INSTRUMENT in kinds(assess(history(weekly([usual(0, mood=1)]))))
    assert FindingKind.OFFER_INSTRUMENT not in kinds(assess(history(weekly([usual(0, mood=2)]))))


def test_a_rating_outside_its_scale_is_refused_by_domain_and_day() -> None:
    with pytest.raises(RatingOutOfRange, match=f"sleep on {FIRST}: 11 is not 0 to 10"):
        assess(history([check_in(0, usual(0, sleep=11))]))


def test_a_total_outside_its_range_is_refused_by_instrument_and_day() -> None:
    spec = InstrumentSpec(code="X", version="1", name="X", direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=10)

    with pytest.raises(RatingOutOfRange, match=f"X on {FIRST}: 10.5"):
        assess(score_history(spec, [10.5]))


def test_a_scale_where_higher_is_better_is_judged_the_right_way_round() -> None:
    spec = InstrumentSpec(
        code="WELL", version="1", name="Wellbeing", direction=Direction.HIGHER_IS_BETTER, minimum=0, maximum=100
    )
    falling = score_history(spec, [70, 74, 68, 71, 69, 73, 70, 72, 30, 28, 31], every_weeks=1)

    finding = only(assess(falling), FindingKind.DETERIORATION)

    assert finding.instrument == "WELL"
    assert finding.contrast is not None and finding.contrast < -30


@settings(max_examples=25, deadline=None)
@given(course=courses, later=st.lists(ratings, min_size=1, max_size=5))
def test_later_check_ins_change_nothing_as_of_an_earlier_day(course: Course, later: Course) -> None:
    known = history(weekly(course))
    more = weekly([*course, *later])

    assert assess(replace(known, check_ins=more)) == assess(known) or not course
    assert estimate_levels(replace(known, check_ins=more[: len(course)])) == estimate_levels(known)


@settings(max_examples=40, deadline=None)
@given(course=courses)
def test_every_finding_of_any_course_can_be_worded_and_stored(course: Course) -> None:
    for finding in assess(history(weekly(course), schedule=slots(len(course) + 1))):
        assert "{" not in explain(finding)
        assert json.loads(json.dumps(dict(finding.parts), allow_nan=False)) == dict(finding.parts)
        json.dumps(dict(finding.clears), allow_nan=False)
        assert finding.chance is None or 0 <= finding.chance <= DEFAULT.chance_cap


@settings(max_examples=30, deadline=None)
@given(course=courses)
def test_levels_stay_inside_the_scale_and_have_no_point_where_nothing_was_answered(course: Course) -> None:
    levels = estimate_levels(history(weekly(course)))

    for domain, points in levels.items():
        answered = [day(week) for week, row in enumerate(course) if row[domain] is not None]
        assert [point.on for point in points] == answered
        for number, point in enumerate(points, start=1):
            assert 0 <= point.low <= point.level <= point.high <= 10
            assert (point.usual_low is None) == (number < DEFAULT.usual_check_ins)


def test_the_order_in_which_records_arrive_changes_nothing() -> None:
    check_ins = worse_since(20, 25, sleep=2)

    assert assess(history(check_ins[::-1])) == assess(history(check_ins))


def test_records_later_than_the_day_are_ignored() -> None:
    check_ins = worse_since(20, 25, sleep=2)
    early = replace(history(check_ins), as_of=day(19))

    assert assess(early) == assess(history(check_ins[:20]))


def test_a_history_can_be_built_from_rows_of_one_record_type() -> None:
    record = CheckInRecord(about_on=FIRST, entered_at=evening(FIRST), ratings={Domain.SLEEP: 5})

    assert kinds(assess(History(as_of=FIRST, check_ins=(record,)))) == {FindingKind.STILL_LEARNING}


def tried(label: str, week: float, *, change: InterventionChange, kind: InterventionCategory) -> InterventionRecord:
    return InterventionRecord(kind=kind, name=label, on=day(week), change=change, label=label)


def test_two_changes_of_one_day_are_both_named_and_the_medicine_leads() -> None:
    walking = tried("walking 35 min", 12.5, change=InterventionChange.CHANGE, kind=InterventionCategory.ACTIVITY)
    sertraline = tried("sertraline 100 mg", 12.5, change=InterventionChange.START, kind=InterventionCategory.MEDICATION)
    check_ins = worse_since(13, 20, sleep=2)

    fall = only(assess(history(check_ins, interventions=[walking, sertraline])), FindingKind.DETERIORATION)

    assert (fall.parts["event"], fall.parts["event_days"]) == ("sertraline 100 mg", 3)
    assert [one["event"] for one in fall.parts["together"]] == ["walking 35 min"]
    said = explain(fall)
    assert "It began 3 days after the start of sertraline 100 mg on" in said
    assert "Within two weeks of it: the change of walking 35 min on" in said
    assert "The two cannot be told apart." in said


def test_an_earlier_change_that_can_be_told_apart_is_not_named() -> None:
    old = tried("mirtazapine", 8, change=InterventionChange.START, kind=InterventionCategory.MEDICATION)
    stop = tried("sertraline", 12.5, change=InterventionChange.STOP, kind=InterventionCategory.MEDICATION)

    fall = only(assess(history(worse_since(13, 20, sleep=2), interventions=[old, stop])), FindingKind.DETERIORATION)

    assert fall.parts["together"] == []
    assert "days after the stop of sertraline on" in explain(fall)


def test_the_printed_difference_is_that_of_the_printed_averages() -> None:
    fall = only(assess(history(worse_since(15, 20, sleep=3))), FindingKind.DETERIORATION)

    assert fall.parts["points"] == pytest.approx(abs(fall.parts["after_mean"] - fall.parts["before_mean"]))


@pytest.mark.parametrize("fallen", [1, 2, 3])
@pytest.mark.parametrize("weeks", [1, 2, 3, 4, 6])
def test_nobody_must_become_better_than_before_to_clear_an_alarm(fallen: int, weeks: int) -> None:
    check_ins = worse_since(20, 20 + weeks, sleep=fallen, energy=fallen)
    for fall in assess(history(check_ins)):
        if fall.kind is FindingKind.DETERIORATION and "at" in fall.clears:
            assert fall.clears["at"] < fall.parts["before_mean"] + 1


def test_an_improvement_is_over_when_the_same_scale_gets_worse() -> None:
    better_then_worse = [usual(i) for i in range(12)] + [usual(i, sleep=10) for i in range(6)]
    check_ins = weekly([*better_then_worse, *[usual(i, sleep=2) for i in range(5)]])

    about_sleep = {one.kind for one in assess(history(check_ins)) if one.domain is Domain.SLEEP}

    assert FindingKind.DETERIORATION in about_sleep
    assert FindingKind.IMPROVEMENT not in about_sleep
