"""What began after a medicine was started, changed, cut or stopped."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from monitoring.engine import (
    DEFAULT,
    CheckInRecord,
    Domain,
    Finding,
    FindingKind,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    SymptomRating,
    Tier,
    assess,
    explain,
)
from monitoring.engine.detectors.series import rating_series
from monitoring.engine.detectors.side_effects import is_cut, rating_effects, shift_at, stop_label
from tests.monitoring.engine.histories import check_in, day, history, usual


def medicine(
    week: float,
    change: InterventionChange,
    *,
    before: Any = None,
    after: Any = None,
    label: str = "sertraline 50 to 100 mg",
) -> InterventionRecord:
    return InterventionRecord(
        kind=InterventionCategory.MEDICATION,
        name="sertraline",
        on=day(week),
        change=change,
        label=label,
        dose_before=before,
        dose_after=after,
    )


def with_symptoms(week: float, **severities: int | None) -> CheckInRecord:
    record = check_in(week, usual(int(week)))
    return replace(record, checklist={code: SymptomRating(severity=value) for code, value in severities.items()})


def found(findings: Iterable[Finding], kind: FindingKind) -> list[Finding]:
    return [one for one in findings if one.kind is kind]


START = medicine(12.5, InterventionChange.START, before=0, after=50, label="sertraline 50 mg")
RAISE = medicine(12.5, InterventionChange.CHANGE, before=50, after=100)


@pytest.mark.parametrize("event", [START, RAISE], ids=["start", "raise"])
def test_a_rating_that_falls_after_a_start_is_named_with_the_medicine(event: InterventionRecord) -> None:
    check_ins = [check_in(week, usual(week, sleep=3) if week > 13 else usual(week)) for week in range(18)]

    past = history(check_ins, interventions=[event])
    effects = rating_effects(past, rating_series(past, DEFAULT), DEFAULT)

    assert [one.domain for one in effects] == [Domain.SLEEP]
    assert effects[0].tier >= Tier.WATCH
    sentence = explain(effects[0])
    assert event.label in sentence
    assert "It does not prove cause." in sentence
    assert "because" not in sentence.replace("because it may help", "")


def test_the_same_fall_long_after_the_start_is_no_side_effect() -> None:
    check_ins = [check_in(week, usual(week, sleep=3) if week > 25 else usual(week)) for week in range(30)]

    assert found(assess(history(check_ins, interventions=[START])), FindingKind.SIDE_EFFECT) == []


def test_two_check_ins_after_the_start_are_too_few() -> None:
    check_ins = [check_in(week, usual(week, sleep=2) if week > 12 else usual(week)) for week in range(15)]

    assert found(assess(history(check_ins, interventions=[START])), FindingKind.SIDE_EFFECT) == []


def test_a_bad_week_before_the_start_is_not_taken_for_the_usual_level() -> None:
    weeks = np.arange(16.0)
    calm = np.full(16, 3.0)
    bad = calm.copy()
    bad[11] = 7.0

    steady = shift_at(calm, weeks, 11.5, DEFAULT)
    regressed = shift_at(bad, weeks, 11.5, DEFAULT)

    assert regressed.chance < 0.4
    assert abs(regressed.mean - steady.mean) < 1.0


def test_the_chance_of_a_shift_grows_with_its_size() -> None:
    weeks = np.arange(16.0)
    chances = [shift_at(np.where(weeks > 12, 3.0 + size, 3.0), weeks, 12.0, DEFAULT).chance for size in (0, 1, 2, 3)]

    assert chances == sorted(chances)
    assert chances[-1] > 0.9


@pytest.mark.parametrize(
    ("before", "now", "tier"),
    [
        (0, 2, Tier.REVIEW),
        (1, 2, Tier.REVIEW),
        (1, 3, Tier.PRIORITY),
        (2, 3, None),
        (1, 1, None),
        (0, 1, None),
        (2, 2, None),
        (None, 3, None),
    ],
)
def test_a_symptom_is_new_by_its_own_answer_before_the_start(before: Any, now: int, tier: Tier | None) -> None:
    first = with_symptoms(11) if before is None else with_symptoms(11, nausea=before)
    check_ins = [first, with_symptoms(13, nausea=now)]

    effects = found(assess(history(check_ins, interventions=[START])), FindingKind.SIDE_EFFECT)

    assert [(one.item, one.tier) for one in effects] == ([("nausea", tier)] if tier else [])


def test_two_changes_in_two_weeks_cannot_be_separated() -> None:
    other = replace(START, name="mirtazapine", label="mirtazapine 15 mg", on=day(13))
    check_ins = [with_symptoms(11, nausea=0), with_symptoms(14, nausea=3)]

    (effect,) = found(assess(history(check_ins, interventions=[START, other])), FindingKind.SIDE_EFFECT)

    assert [one["event"] for one in effect.parts["together"]] == ["sertraline 50 mg"]
    assert "cannot be told apart" in explain(effect)


@pytest.mark.parametrize(
    ("change", "before", "after", "expected"),
    [
        (InterventionChange.STOP, 100, 0, True),
        (InterventionChange.CHANGE, 100, 75, True),
        (InterventionChange.CHANGE, 100, 76, False),
        (InterventionChange.CHANGE, 50, 100, False),
        (InterventionChange.CHANGE, None, 50, False),
        (InterventionChange.START, None, 50, False),
    ],
)
def test_a_stop_or_a_cut_by_a_quarter_opens_the_watch(
    change: InterventionChange, before: Any, after: Any, expected: bool
) -> None:
    assert is_cut(medicine(1, change, before=before, after=after), DEFAULT) is expected


STOP = medicine(12, InterventionChange.STOP, before=100, after=0, label="sertraline stopped")


@pytest.mark.parametrize(
    ("symptoms", "tier"),
    [
        ({"dizziness": 1, "nausea": 1, "electric_shocks": 2, "insomnia": 1}, Tier.REVIEW),
        ({"dizziness": 1, "nausea": 1, "electric_shocks": 2}, None),
        ({"dizziness": 3}, Tier.PRIORITY),
        ({}, None),
    ],
    ids=["four", "three", "one severe", "none"],
)
def test_four_new_symptoms_or_a_severe_one_after_a_stop(symptoms: dict[str, int], tier: Tier | None) -> None:
    check_ins = [with_symptoms(11, **dict.fromkeys(symptoms, 0)), with_symptoms(12.7, **symptoms)]

    findings = found(assess(history(check_ins, interventions=[STOP])), FindingKind.DISCONTINUATION)

    assert [one.tier for one in findings] == ([tier] if tier else [])
    for one in findings:
        assert one.parts["label"] == "discontinuation_like"
        assert "sertraline stopped" in explain(one)


def test_the_watch_after_a_stop_ends_after_eight_weeks() -> None:
    check_ins = [with_symptoms(11, dizziness=0), with_symptoms(20.2, dizziness=3)]

    assert found(assess(history(check_ins, interventions=[STOP])), FindingKind.DISCONTINUATION) == []


@pytest.mark.parametrize(
    ("days", "somatic", "mood", "label"),
    [
        (5, 3, 1, "discontinuation_like"),
        (7, 1, 0, "discontinuation_like"),
        (8, 3, 1, "unclear"),
        (5, 1, 3, "unclear"),
        (22, 1, 3, "possible_relapse"),
        (21, 1, 3, "unclear"),
        (30, 3, 1, "unclear"),
        (30, 0, 0, "unclear"),
    ],
)
def test_the_label_follows_timing_and_what_leads(days: int, somatic: int, mood: int, label: str) -> None:
    assert stop_label(days, somatic, mood, DEFAULT) == label
