"""Before and after a change: the shift of a simulated series is inside its interval as often as promised."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine import (
    INTERVAL,
    BeforeAfter,
    Direction,
    Domain,
    History,
    InstrumentSpec,
    InterventionCategory,
    InterventionChange,
    InterventionRecord,
    ScoreRecord,
    before_after,
)
from monitoring.engine.before_after import BadWeek, half_width, joint_interval
from tests.monitoring.engine.histories import check_in, day, evening, history

Ratings = dict[Domain, int | None]


def event(
    week: float, name: str = "Sertraline", kind: InterventionCategory = InterventionCategory.MEDICATION
) -> InterventionRecord:
    return InterventionRecord(kind=kind, name=name, on=day(week), change=InterventionChange.START, label=name)


def around(values: list[int | None], *events: InterventionRecord, domain: Domain = Domain.PAIN) -> History:
    check_ins = [check_in(week, {domain: value}) for week, value in enumerate(values)]
    return history(check_ins, as_of=day(len(values)), interventions=events)


def only(found: tuple[BeforeAfter, ...]) -> BeforeAfter:
    (one,) = found
    return one


# ---------- the interval holds what it promises ----------

# Standard deviation of what is remembered, memory per week, and of what is not, points.
WORLDS = {
    "the kernel": (0.55, 0.90, 1.0),
    "World A": (0.55, 0.82, 0.95),
    "half remembered": (1.0, 0.5, 0.0),
    "nothing remembered": (0.0, 0.0, 1.0),
}


def simulate(rng: np.random.Generator, world: tuple[float, float, float], shift: float) -> tuple[np.ndarray, ...]:
    """Return 24 weekly answers with a shift in the middle, their weeks, and which came after."""
    spread, memory, noise = world
    weeks = np.arange(-11.0, 13.0)
    drift = np.empty(len(weeks))
    drift[0] = rng.normal(0, spread)
    for i in range(1, len(weeks)):
        drift[i] = memory * drift[i - 1] + rng.normal(0, spread * (1 - memory**2) ** 0.5)
    is_after = weeks > 0
    return 5 + drift + rng.normal(0, noise, len(weeks)) + shift * is_after, weeks, is_after


@pytest.mark.parametrize("world", WORLDS, ids=str)
@pytest.mark.parametrize("shift", [0.0, 1.5, -3.0])
def test_a_shift_lies_in_its_interval_as_often_as_promised(world: str, shift: float) -> None:
    rng = np.random.default_rng(20261121)
    runs, held = 400, 0

    for _ in range(runs):
        values, weeks, is_after = simulate(rng, WORLDS[world], shift)
        found = values[is_after].mean() - values[~is_after].mean()
        held += abs(found - shift) <= half_width(values, weeks, is_after)

    # Three standard errors of 400 runs below the promise; where weeks are independent it may be more careful.
    assert held / runs >= INTERVAL - 0.045
    assert held / runs <= 0.995


def test_weeks_that_resemble_each_other_widen_the_interval() -> None:
    weeks = np.arange(-11.0, 13.0)
    slow = np.sin(weeks / 2) * 1.5
    rng = np.random.default_rng(7)

    mixed = [half_width(rng.permutation(slow), weeks, weeks > 0) for _ in range(30)]

    assert half_width(slow, weeks, weeks > 0) > 1.15 * np.median(mixed)


@given(
    st.lists(st.integers(0, 10), min_size=6, max_size=40),
    st.floats(0.5, 20),
    st.floats(-50, 50),
)
def test_the_interval_grows_with_the_scale_and_ignores_the_level(
    answers: list[int], factor: float, level: float
) -> None:
    values = np.array(answers, dtype=float) + np.linspace(0, 0.01, len(answers)) * np.pi
    weeks = np.arange(len(values), dtype=float)
    is_after = weeks >= len(values) // 2

    width = half_width(values, weeks, is_after)

    if np.var(values) > 1:
        assert half_width(values * factor + level, weeks, is_after) == pytest.approx(width * factor, rel=1e-4)
    assert width > 0


def test_constant_answers_are_no_proof() -> None:
    weeks = np.arange(-5.0, 7.0)

    assert half_width(np.where(weeks > 0, 6.0, 4.0), weeks, weeks > 0) > 0.2


def test_rows_that_are_read_together_have_wider_intervals_than_one_alone() -> None:
    rng = np.random.default_rng(3)
    rows = rng.integers(3, 7, (16, len(Domain)))
    given = [check_in(week, dict(zip(Domain, row.tolist(), strict=True))) for week, row in enumerate(rows)]
    (five,) = before_after(history(given, interventions=(event(7.5),)))
    (one,) = before_after(around([int(row[list(Domain).index(Domain.PAIN)]) for row in rows], event(7.5)))

    joint = next(row for row in five.differences if row.name == Domain.PAIN)
    (alone,) = one.differences

    assert joint.difference == alone.difference
    assert joint.low is not None and alone.low is not None and joint.low < alone.low
    assert joint.high is not None and alone.high is not None and joint.high > alone.high


def test_rows_without_enough_answers_do_not_widen_the_others() -> None:
    values: list[int | None] = [5, 6, 5, 6, 5, 7, 8, 7, 8, 7]
    alone = around(values, event(4.5))
    seldom = [
        check_in(week, {Domain.PAIN: value, Domain.MOOD: 5 if week < 5 else None}) for week, value in enumerate(values)
    ]
    both = history(seldom, as_of=alone.as_of, interventions=alone.interventions)

    pain = next(row for row in only(before_after(both)).differences if row.name == Domain.PAIN)

    assert pain == only(before_after(alone)).differences[0]


@pytest.mark.parametrize(("rows", "chance"), [(0, 0.9), (1, 0.9), (2, 0.94868), (5, 0.97915)])
def test_so_many_independent_intervals_hold_together_in_nine_of_ten(rows: int, chance: float) -> None:
    assert joint_interval(rows) == pytest.approx(chance, abs=1e-5)


# ---------- a bad week ----------


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ([4, 5, 4, 5, 4, 8], (5, 5)),
        ([4, 5, 4, 9, 4, 8], (4, 5)),
        ([4, 9, 4, 9, 4, 8], None),
        ([4, 5, 4, 5, 8], None),
        ([5, 5, 5, 5, 5, 5], None),
    ],
)
def test_a_change_after_one_of_the_worst_check_ins_is_told_with_its_count(
    before: list[int], told: tuple[int, int] | None
) -> None:
    found = only(before_after(around([*before, 5, 5, 5], event(len(before) - 0.6)))).bad_week

    expected = told and BadWeek(on=day(len(before) - 1), worse_than=told[0], others=told[1])
    assert found == expected


def test_worse_is_the_bad_end_of_each_rating() -> None:
    values: list[int | None] = [6, 5, 6, 5, 6, 1, 5, 5, 5]

    assert only(before_after(around(values, event(5.4), domain=Domain.MOOD))).bad_week is not None
    assert only(before_after(around(values, event(5.4), domain=Domain.PAIN))).bad_week is None


def test_a_bad_check_in_of_long_ago_is_no_bad_week_now() -> None:
    weeks = [0, 1, 2, 3, 4, 5, 8.5]
    past = history([check_in(week, {Domain.PAIN: 8 if week == 5 else 4}) for week in weeks], interventions=(event(8),))

    assert only(before_after(past)).bad_week is None


def test_somebody_without_ratings_has_no_bad_week() -> None:
    assert only(before_after(around([], event(-1)))).bad_week is None


# ---------- what is compared with what ----------


def test_the_difference_is_that_of_two_plain_averages() -> None:
    found = only(before_after(around([4, 6, 5, 5, 7, 8, 9, 8], event(3))))

    (pain,) = found.differences
    assert (pain.before, pain.after) == (5, 8)
    assert pain.difference == 3
    assert (pain.before_n, pain.after_n) == (4, 4)
    assert (pain.before_weeks, pain.after_weeks) == (3, 4)
    assert pain.low is not None and pain.high is not None
    assert pain.low < 3 < pain.high


@pytest.mark.parametrize("domain", [Domain.PAIN, Domain.MOOD])
def test_differences_are_in_the_scales_own_direction(domain: Domain) -> None:
    (one,) = only(before_after(around([2, 3, 2, 3, 7, 8, 7, 8], event(3), domain=domain))).differences

    assert one.direction is domain.direction
    assert one.difference == 5
    assert one.is_clear


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (0, 9), (9, 0)])
def test_too_few_answers_give_no_estimate(before: int, after: int) -> None:
    values: list[int | None] = [5] * (before + after)
    found = only(before_after(around(values, event(before - 0.5))))

    (pain,) = found.differences
    assert (pain.before_n, pain.after_n) == (before, after)
    assert pain.difference is None and pain.low is None and not pain.is_clear


def test_skipped_answers_count_on_neither_side() -> None:
    (pain,) = only(before_after(around([5, None, 5, 5, None, 7, 7, 7], event(3)))).differences

    assert (pain.before_n, pain.after_n) == (3, 3)


def test_changes_within_two_weeks_are_named_and_not_separated() -> None:
    drug, therapy, walk = event(10), event(12, "CBT", InterventionCategory.PSYCHOTHERAPY), event(20, "Walks")
    first, second, third = before_after(around([5] * 30, drug, therapy, walk))

    assert [one.name for one in first.together] == ["CBT"]
    assert [one.name for one in second.together] == ["Sertraline"]
    assert third.together == ()


def test_a_comparison_reaches_no_further_than_the_next_change_that_can_be_told_apart() -> None:
    first, second = before_after(around([5] * 30, event(8), event(14)))

    assert (first.differences[0].before_n, first.differences[0].after_n) == (9, 6)
    assert (second.differences[0].before_n, second.differences[0].after_n) == (6, 12)


def test_events_before_the_first_and_after_the_last_answer_have_nothing_to_compare() -> None:
    early, late = before_after(around([5] * 6, event(-20), event(5.5)))

    assert early.differences[0].before_n == 0
    assert late.differences[0].after_n == 0


def test_events_after_the_day_of_asking_are_not_there_yet() -> None:
    assert before_after(around([5] * 6, event(9))) == ()


def test_somebody_with_nothing_but_a_change_has_no_series() -> None:
    assert only(before_after(around([], event(-1)))).differences == ()


def test_a_neutral_measure_is_compared_and_never_turned() -> None:
    spec = InstrumentSpec(
        code="ln plasma", version="1", name="", direction=Direction.NEUTRAL, minimum=0, maximum=10, is_judged=False
    )
    scores = tuple(
        ScoreRecord(instrument="ln plasma", version="1", on=day(week), value=value, entered_at=evening(day(week)))
        for week, value in enumerate([3.2, 3.1, 3.3, 3.2, 4.4, 4.5, 4.3, 4.4])
    )
    past = History(as_of=day(8), scores=scores, instruments={spec.code: spec}, interventions=(event(3.5),))

    (one,) = only(before_after(past)).differences

    assert one.difference == pytest.approx(1.2)
    assert one.direction is Direction.NEUTRAL
    assert one.is_clear


@given(st.lists(st.one_of(st.none(), st.integers(0, 10)), max_size=40), st.integers(-5, 45))
def test_whatever_was_answered_the_bounds_lie_around_the_difference(values: list[int | None], week: int) -> None:
    past = around(values, event(week), domain=Domain.SLEEP)
    past = History(as_of=day(60), check_ins=past.check_ins, interventions=past.interventions)

    for one in only(before_after(past)).differences:
        if one.difference is not None and one.low is not None and one.high is not None:
            assert one.low <= one.difference <= one.high
            assert -10 <= one.difference <= 10
            assert one.before_n >= 3 and one.after_n >= 3


def test_a_comparison_of_today_does_not_know_tomorrow() -> None:
    long = around([5, 6, 5, 6, 5, 7, 8, 7, 8, 2, 1, 0], event(4))
    cut = History(as_of=day(8), check_ins=long.check_ins, interventions=long.interventions)
    short = around([5, 6, 5, 6, 5, 7, 8, 7, 8], event(4))

    assert before_after(cut) == before_after(
        History(as_of=day(8), check_ins=short.check_ins, interventions=short.interventions)
    )


def test_dates_may_be_irregular() -> None:
    weeks = [0, 0.6, 2.3, 3.1, 6.0, 6.4, 9.9, 10.2]
    past = history([check_in(week, {Domain.PAIN: 4 if week < 4 else 7}) for week in weeks], interventions=(event(4),))

    (pain,) = only(before_after(past)).differences

    assert pain.difference == 3
    assert isinstance(past.as_of, dt.date)
