"""Response, remission, relapse and no progress, on one table of courses."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.engine import (
    DEFAULT,
    INSTRUMENTS,
    Direction,
    Finding,
    FindingKind,
    InstrumentSpec,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    Tier,
    assess,
    explain,
)
from monitoring.engine.sentences.phrases import printed_change
from monitoring.engine.treatment_response import reliable_line, response_chance
from tests.monitoring.engine.histories import day, score_history

PHQ = INSTRUMENTS["PHQ-9"]

# Totals only: the items of this scale are not part of the product.
HAM_D = InstrumentSpec(
    code="HAM-D",
    version="1",
    name="Hamilton depression score",
    direction=Direction.HIGHER_IS_WORSE,
    minimum=0,
    maximum=52,
    response_drop=0.5,
    remission_below=8,
)

COURSE_KINDS = {
    FindingKind.RESPONSE,
    FindingKind.REMISSION,
    FindingKind.RELAPSE,
    FindingKind.RELIABLE_WORSENING,
    FindingKind.NOT_ON_TRACK,
}


def of_course(findings: Iterable[Finding]) -> dict[FindingKind, Tier]:
    return {one.kind: one.tier for one in findings if one.kind in COURSE_KINDS}


def started(week: float) -> InterventionRecord:
    return InterventionRecord(
        kind=InterventionCategory.MEDICATION,
        name="imipramine",
        on=day(week),
        change=InterventionChange.START,
        label="imipramine 225 mg",
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([18, 9], {}),
        ([18, 9, 9], {FindingKind.RESPONSE: Tier.INFO}),
        ([18, 10, 10], {}),
        ([8, 2, 6], {}),
        ([9, 4, 4], {FindingKind.REMISSION: Tier.INFO}),
        ([18, 8, 4, 3], {FindingKind.RESPONSE: Tier.INFO, FindingKind.REMISSION: Tier.INFO}),
        ([12, 4, 3, 10], {FindingKind.RELAPSE: Tier.REVIEW}),
        ([12, 4, 3, 11, 12], {FindingKind.RELAPSE: Tier.PRIORITY}),
        ([18, 4, 4, 8], {FindingKind.RESPONSE: Tier.INFO}),
        ([20, 8, 15], {FindingKind.RELAPSE: Tier.REVIEW}),
        ([20, 8, 14], {}),
        ([12, 19], {FindingKind.RELIABLE_WORSENING: Tier.WATCH}),
        ([12, 19, 20], {FindingKind.RELIABLE_WORSENING: Tier.REVIEW}),
        ([12, 19, 18, 19], {FindingKind.RELIABLE_WORSENING: Tier.WATCH}),
        ([12, 18, 18], {FindingKind.RELIABLE_WORSENING: Tier.WATCH}),
        ([12, 17, 17], {}),
    ],
    ids=[
        "half once is no response",
        "half twice is response",
        "less is none",
        "who was no case does not respond",
        "remission of someone who was no case",
        "remission needs two forms",
        "relapse",
        "a second form confirms it",
        "eight is no relapse",
        "rebound after a response",
        "six points are no rebound",
        "seven points worse once",
        "seven points worse twice",
        "once again",
        "six points are what services count, and page nobody",
        "five points are chance",
    ],
)
def test_verdicts_on_phq_9_every_two_weeks(values: list[float], expected: dict[FindingKind, Tier]) -> None:
    found = of_course(assess(score_history(PHQ, values)))
    found.pop(FindingKind.NOT_ON_TRACK, None)

    assert found == expected


@pytest.mark.parametrize(
    "values", [[12, 4, 3, 10], [12, 4, 3, 11, 12], [12, 4, 3, 7, 10], [20, 8, 15], [12, 19], [18, 4, 3]]
)
def test_everything_said_about_a_course_can_be_stored(values: list[float]) -> None:
    found = [one for one in assess(score_history(PHQ, values)) if one.kind in COURSE_KINDS]

    assert found
    for finding in found:
        assert json.loads(json.dumps([finding.parts, finding.clears]))


def test_a_relapse_is_told_by_the_change_since_remission() -> None:
    """ "4.0 in remission, 11.0 now" is 7 worse, whatever the form at the start was."""
    [relapse] = [one for one in assess(score_history(PHQ, [9, 4, 4, 11])) if one.kind is FindingKind.RELAPSE]

    assert (relapse.parts["well"], relapse.parts["now"]) == (4.0, 11.0)
    assert (printed_change(relapse), relapse.contrast) == (7.0, 7.0)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.floats(0, 27).map(lambda value: round(value, 2)), min_size=2, max_size=8),
    st.sampled_from([PHQ, HAM_D, replace(PHQ, code="UP", direction=Direction.HIGHER_IS_BETTER, remission_below=20)]),
)
def test_every_printed_difference_is_that_of_the_printed_totals(values: list[float], spec: InstrumentSpec) -> None:
    for finding in assess(score_history(spec, values)):
        if finding.kind in COURSE_KINDS - {FindingKind.REMISSION}:
            earlier, later = finding.parts.get("well", finding.parts["start"]), finding.parts["now"]
            assert printed_change(finding) == pytest.approx(later - earlier, abs=1e-9)
            assert finding.parts.get("points", abs(later - earlier)) == pytest.approx(abs(later - earlier), abs=1e-9)
            assert finding.contrast == pytest.approx(later - earlier, abs=0.11)


def test_forms_less_than_two_weeks_apart_are_no_remission() -> None:
    assert FindingKind.REMISSION not in of_course(assess(score_history(PHQ, [18, 4, 3], every_weeks=1)))
    assert FindingKind.REMISSION in of_course(assess(score_history(PHQ, [18, 4, 3, 3], every_weeks=1)))


def test_nothing_is_a_response_before_treatment_has_begun() -> None:
    waiting = score_history(HAM_D, [28, 12], every_weeks=1)
    treated = score_history(HAM_D, [28, 26, 12, 12, 12], every_weeks=1)

    assert of_course(assess(replace(waiting, interventions=(started(1),)))) == {}
    assert of_course(assess(replace(treated, interventions=(started(1),)))) == {FindingKind.RESPONSE: Tier.INFO}


@pytest.mark.parametrize(
    ("weeks", "tier", "review", "outlook"),
    [
        (1, None, None, None),
        (2, Tier.INFO, False, False),
        (3, Tier.INFO, False, False),
        (4, Tier.REVIEW, False, True),
        (6, Tier.REVIEW, True, True),
        (8, Tier.REVIEW, True, False),
    ],
)
def test_no_progress_informs_early_and_alarms_after_four_weeks_at_a_dose(
    weeks: int, tier: Tier | None, review: bool | None, outlook: bool | None
) -> None:
    forms = score_history(PHQ, [18, 20, 22, 21, 21, 22, 21, 21, 22][: weeks + 1], every_weeks=1)

    findings = assess(replace(forms, interventions=(started(0),)))

    off_track = [one for one in findings if one.kind is FindingKind.NOT_ON_TRACK]
    assert [one.tier for one in off_track] == ([tier] if tier else [])
    for one in off_track:
        assert one.chance is not None and one.chance < DEFAULT.course_chance
        assert one.parts["review_treatment"] is review
        assert ("still respond by week 8" in explain(one)) is outlook


def test_the_weeks_at_a_dose_begin_again_when_it_is_raised() -> None:
    raised = replace(started(0), on=day(5), change=InterventionChange.CHANGE, dose_before=100, dose_after=225)
    forms = score_history(PHQ, [18, 20, 22, 21, 21, 22, 21], every_weeks=1)

    findings = of_course(assess(replace(forms, interventions=(started(0), raised))))

    assert findings[FindingKind.NOT_ON_TRACK] is Tier.INFO


@pytest.mark.parametrize(
    ("held", "tier", "review"), [(3, Tier.INFO, False), (4, Tier.REVIEW, False), (8, Tier.REVIEW, True)]
)
def test_in_psychotherapy_the_sessions_that_were_held_count(held: int, tier: Tier, review: bool) -> None:
    therapy = replace(started(0), kind=InterventionCategory.PSYCHOTHERAPY, name="CBT", label="CBT")
    forms = score_history(PHQ, [18, 20, 22, 21, 21, 22, 21, 21, 21], every_weeks=1)
    sessions = tuple(day(turn + 0.5) for turn in range(held))

    findings = assess(replace(forms, interventions=(therapy,), sessions_on=sessions))

    [off_track] = [one for one in findings if one.kind is FindingKind.NOT_ON_TRACK]
    assert (off_track.tier, off_track.parts["review_treatment"]) == (tier, review)
    assert "still respond by week 8" not in explain(off_track)


@pytest.mark.parametrize("code", ["GAD-7", "PHQ-15", "PEG"])
def test_without_a_published_course_nobody_is_off_track(code: str) -> None:
    spec = INSTRUMENTS[code]
    forms = score_history(spec, [spec.maximum * 0.8] * 6, every_weeks=2)

    assert of_course(assess(replace(forms, interventions=(started(0),)))) == {}


def test_without_a_treatment_with_a_published_course_nobody_is_off_track() -> None:
    forms = score_history(PHQ, [18, 20, 22, 21, 21, 22, 21], every_weeks=1)
    lithium = replace(started(0), name="lithium")

    assert FindingKind.NOT_ON_TRACK not in of_course(assess(forms))
    assert FindingKind.NOT_ON_TRACK not in of_course(assess(replace(forms, interventions=(lithium,))))


@pytest.mark.parametrize(("code", "line"), [("PHQ-9", 7), ("GAD-7", 6), ("PHQ-15", 7), ("PEG", 2.8)])
def test_a_reliable_change_is_beyond_the_error_of_the_form(code: str, line: float) -> None:
    assert reliable_line(INSTRUMENTS[code], DEFAULT) == line


def test_what_services_count_as_reliable_is_told_by_its_name() -> None:
    said = sentence_of(FindingKind.RELIABLE_WORSENING, PHQ, [7, 13], begins=None)

    assert "Services count 6 points as reliable; 7 on two questionnaires would be beyond the error of the form." in said
    assert "a second would confirm it" not in said


def test_without_a_line_of_relapse_one_form_is_called_worse_again_and_no_relapse() -> None:
    said = sentence_of(FindingKind.RELAPSE, INSTRUMENTS["GAD-7"], [12, 4, 3, 12], begins=None)

    assert "GAD-7: worse again after being better than 5." in said
    assert "a second would confirm it" in said
    assert "relapse" not in said


def test_two_forms_that_share_their_weeks_do_not_confirm_each_other() -> None:
    near = assess(score_history(PHQ, [12, 19, 19], every_weeks=1))
    apart = assess(score_history(PHQ, [12, 19, 19, 19], every_weeks=1))

    assert of_course(near) == {FindingKind.RELIABLE_WORSENING: Tier.WATCH}
    assert of_course(apart) == {FindingKind.RELIABLE_WORSENING: Tier.REVIEW}


def test_a_relapse_is_confirmed_by_the_next_form_whenever_it_comes() -> None:
    relapses = of_course(assess(score_history(PHQ, [12, 3, 2, 14, 15, 16], every_weeks=4)))
    [first] = [one for one in assess(score_history(PHQ, [12, 3, 2, 14], every_weeks=4)) if one.kind in COURSE_KINDS]

    assert relapses == {FindingKind.RELAPSE: Tier.PRIORITY}
    assert "at 10 or worse again after being better than 5" in explain(first)
    assert "a second would confirm it" in explain(first)
    assert "relapse" not in explain(first)


def test_somebody_who_halves_the_score_is_on_track() -> None:
    assert FindingKind.NOT_ON_TRACK not in of_course(assess(score_history(PHQ, [18, 14, 11, 9], every_weeks=2)))


def test_the_chance_of_a_response_falls_with_every_higher_score() -> None:
    weeks = np.array([2.0, 4.0, 6.0])

    chances = [response_chance(18, weeks, np.full(3, value), 27, DEFAULT) for value in (6.0, 9.0, 12.0, 15.0, 18.0)]

    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.8
    assert chances[-1] < 0.1


def test_a_start_inside_remission_has_no_track_to_leave() -> None:
    assert of_course(assess(score_history(PHQ, [3, 3, 4, 3], every_weeks=2))) == {FindingKind.REMISSION: Tier.INFO}


def test_another_version_of_the_form_is_another_series() -> None:
    known = score_history(PHQ, [18, 18, 18, 4])
    old = tuple(replace(one, version="0") for one in known.scores[:3])

    assert of_course(assess(replace(known, scores=(*old, known.scores[3])))) == {}


def test_every_sentence_about_a_course_says_which_way_is_better() -> None:
    for values in ([18, 9, 9], [20, 8, 15], [12, 19]):
        findings = [one for one in assess(score_history(PHQ, values)) if one.kind in COURSE_KINDS]
        assert findings
        assert all("lower is better" in explain(one) for one in findings)


def test_nobody_is_off_track_in_a_treatment_that_has_ended() -> None:
    stop = replace(started(0), change=InterventionChange.STOP, on=day(5))
    forms = score_history(PHQ, [20, 20, 20, 20], every_weeks=2)

    running = of_course(assess(replace(forms, interventions=(started(0),))))
    ended = of_course(assess(replace(forms, interventions=(started(0), stop))))

    assert FindingKind.NOT_ON_TRACK in running
    assert FindingKind.NOT_ON_TRACK not in ended


def test_no_response_yet_names_the_treatment_and_the_days_of_both_forms() -> None:
    forms = replace(score_history(PHQ, [20, 20, 20, 20], every_weeks=2), interventions=(started(0),))

    [said] = [explain(one) for one in assess(forms) if one.kind is FindingKind.NOT_ON_TRACK]

    assert f"since {started(0).label} began on 7 January 2026" in said
    assert "20 on 7 January 2026" in said or "20.0 on 7 January 2026" in said


def sentence_of(kind: FindingKind, spec: InstrumentSpec, values: list[float], *, begins: float | None) -> str:
    past = score_history(spec, values)
    past = past if begins is None else replace(past, interventions=(started(begins),))
    return next(explain(finding) for finding in assess(past) if finding.kind is kind)


def test_reliably_worse_says_with_which_form_it_compares_and_how_the_last_step_was() -> None:
    treated = sentence_of(FindingKind.RELIABLE_WORSENING, PHQ, [8, 10, 12, 20, 21], begins=1)
    untreated = sentence_of(FindingKind.RELIABLE_WORSENING, PHQ, [8, 10, 12, 20, 21], begins=None)

    assert "points worse than on" in treated and "before imipramine 225 mg began" in treated
    assert "points worse than on the first form, of" in untreated
    for sentence in (treated, untreated):
        assert re.search(r"Since the form before, of \d+ \w+ \d{4}: 20\.0 to 21\.0\.", sentence)
        assert "The line for a reliable change is 7 points: 19 of 20 unchanged people stay within it." in sentence


def test_a_form_without_a_known_error_or_a_declared_line_says_so() -> None:
    unknown = replace(PHQ, reliable_change=None, sem=None)

    sentence = sentence_of(FindingKind.RELIABLE_WORSENING, unknown, [4, 6, 20, 24, 26], begins=None)

    assert "The line for a reliable change of this form is not known." in sentence
    assert "19 of 20" not in sentence


@pytest.mark.parametrize("line", [8.1, 0.405, 5.0, 3.25])
def test_the_printed_line_is_the_line_of_the_rule(line: float) -> None:
    spec = replace(PHQ, reliable_change=line, sem=None)

    findings = assess(score_history(spec, [1, 2, 3, 20, 26]))

    [worse] = [finding for finding in findings if finding.kind is FindingKind.RELIABLE_WORSENING]
    assert worse.parts["line"] == worse.threshold == line


def test_a_relapse_names_the_forms_that_its_better_number_is_from() -> None:
    sentence = sentence_of(FindingKind.RELAPSE, PHQ, [18, 10, 4, 3, 3, 14, 15], begins=0)

    assert re.search(r"in the remission range \(average of the two forms up to \d+ \w+ \d{4}\)", sentence)
    assert re.search(r"Since the form before, of \d+ \w+ \d{4}: 14\.0 to 15\.0\.", sentence)
