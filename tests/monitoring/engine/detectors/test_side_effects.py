"""What began after a medicine was started, changed, cut or stopped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from monitoring.engine import (
    DEFAULT,
    Domain,
    FindingKind,
    InterventionChange,
    InterventionRecord,
    Tier,
    assess,
    explain,
)
from monitoring.engine.detectors.series import rating_series
from monitoring.engine.detectors.side_effects import Effect, is_cut, rating_effects, shifts_at
from tests.monitoring.engine.detectors.medicines import found, medicine, with_symptoms
from tests.monitoring.engine.histories import check_in, day, history, usual


def shift(values: Any, weeks: Any, start: float, rules: Any) -> Effect:
    (effect,) = shifts_at(values[:, None], weeks, start, rules)
    return effect


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


def test_a_sentence_about_the_weeks_after_a_start_names_the_weeks_that_were_seen() -> None:
    for last, seen in ((16, 3), (17, 4), (18, 5)):
        check_ins = [check_in(week, usual(week, sleep=2) if week > 13 else usual(week)) for week in range(last + 1)]
        past = history(check_ins, interventions=[START])

        (effect,) = rating_effects(past, rating_series(past, DEFAULT), DEFAULT)

        assert f"in the {seen} weeks after the start" in explain(effect)


def test_a_side_effect_has_no_percentage() -> None:
    check_ins = [check_in(week, usual(week, sleep=2) if week > 13 else usual(week)) for week in range(18)]
    past = history(check_ins, interventions=[START])

    (effect,) = rating_effects(past, rating_series(past, DEFAULT), DEFAULT)

    assert effect.chance is None
    assert "%" not in explain(effect)


def test_nothing_is_judged_before_the_fourth_weekly_check_in() -> None:
    check_ins = [check_in(week, usual(week, sleep=0) if week > 12 else usual(week)) for week in range(16)]

    assert found(assess(history(check_ins, interventions=[START])), FindingKind.SIDE_EFFECT) == []


def test_a_stop_ends_the_watch_after_a_start() -> None:
    stop = medicine(16, InterventionChange.STOP, before=50, after=0, label="sertraline stopped")
    check_ins = [check_in(week, usual(week, sleep=2) if week > 13 else usual(week)) for week in range(18)]
    check_ins[11] = with_symptoms(11, nausea=0)
    check_ins[14] = with_symptoms(14, nausea=3)

    taken, stopped = (assess(history(check_ins, interventions=events)) for events in ([START], [START, stop]))

    assert {one.item for one in found(taken, FindingKind.SIDE_EFFECT)} >= {"nausea"}
    assert found(stopped, FindingKind.SIDE_EFFECT) == []


@pytest.mark.parametrize(
    ("symptom", "weeks_after", "is_told"),
    [
        ("nausea", 5, True),
        ("nausea", 7, False),
        ("headache", 60, False),
        ("sexual", 7, True),
        ("sexual", 25, True),
        ("sexual", 27, False),
    ],
)
def test_each_symptom_has_its_own_time_after_a_start(symptom: str, weeks_after: int, is_told: bool) -> None:
    check_ins = [with_symptoms(11, **{symptom: 0}), with_symptoms(12.5 + weeks_after, **{symptom: 2})]

    effects = found(assess(history(check_ins, interventions=[START])), FindingKind.SIDE_EFFECT)

    assert [one.item for one in effects] == ([symptom] if is_told else [])


def test_a_late_symptom_after_a_change_of_dose_is_told_with_the_start_in_whose_time_it_began() -> None:
    change = medicine(22, InterventionChange.CHANGE, before=50, after=100)
    check_ins = [with_symptoms(11, sexual=0), with_symptoms(20, sexual=2), with_symptoms(23, sexual=2)]

    (effect,) = found(assess(history(check_ins, interventions=[START, change])), FindingKind.SIDE_EFFECT)

    assert effect.parts["event"] == START.label


@pytest.mark.parametrize(("before", "is_new"), [((0, 0, 0), True), ((2, 0, 0), False), ((2, 0, 0, 0), True)])
def test_what_was_before_is_the_worst_of_the_last_three_askings(before: tuple[int, ...], is_new: bool) -> None:
    asked = [with_symptoms(week, nausea=severity) for week, severity in enumerate(before, start=13 - len(before))]
    check_ins = [*asked, with_symptoms(14, nausea=2)]

    effects = found(assess(history(check_ins, interventions=[START])), FindingKind.SIDE_EFFECT)

    assert bool(effects) is is_new


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

    steady = shift(calm, weeks, 11.5, DEFAULT)
    regressed = shift(bad, weeks, 11.5, DEFAULT)

    assert regressed.chance < 0.4
    assert abs(regressed.mean - steady.mean) < 1.0


def test_the_chance_of_a_shift_grows_with_its_size() -> None:
    weeks = np.arange(16.0)
    chances = [shift(np.where(weeks > 12, 3.0 + size, 3.0), weeks, 12.0, DEFAULT).chance for size in (0, 1, 2, 3)]

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
