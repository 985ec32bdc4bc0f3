"""Records to arrays: one direction, one entry for a day, missing answers missing, periods cut where they must be."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.engine import INSTRUMENTS, CheckInRecord, Direction, Domain
from monitoring.engine.detectors import series
from monitoring.engine.records import InstrumentSpec
from monitoring.engine.rules import DEFAULT
from tests.monitoring.engine.histories import check_in, day, evening, history, score_history, usual, weekly

PHQ9 = INSTRUMENTS["PHQ-9"]
DIRECTIONS = st.sampled_from(list(Direction))


@given(value=st.floats(0, 10), direction=DIRECTIONS)
def test_turning_a_value_twice_gives_it_back(value: float, direction: Direction) -> None:
    turned = series.flip(value, direction, 0, 10)

    assert 0 <= turned <= 10
    assert series.flip(turned, direction, 0, 10) == pytest.approx(value)


@pytest.mark.parametrize(
    ("direction", "worse"),
    [(Direction.HIGHER_IS_BETTER, 25), (Direction.HIGHER_IS_WORSE, 10), (Direction.NEUTRAL, 10)],
)
def test_worse_is_higher_on_every_scale_that_has_a_good_end(direction: Direction, worse: float) -> None:
    assert series.flip(10, direction, 5, 30) == worse


def test_a_skipped_answer_is_missing_and_never_zero() -> None:
    found = series.rating_series(history(weekly([usual(0, sleep=None), usual(1, sleep=0, pain=0)])), DEFAULT)

    sleep, pain = (found.worse[:, list(Domain).index(domain)] for domain in (Domain.SLEEP, Domain.PAIN))
    assert np.isnan(sleep[0]) and sleep[1] == 10
    assert pain[1] == 0
    assert found.natural[1, 0] == 0


def test_a_check_in_without_any_rating_is_no_row() -> None:
    empty = check_in(1, dict.fromkeys(Domain))

    assert series.rating_series(history([check_in(0, usual(0)), empty]), DEFAULT).on == (day(0),)


def test_scales_that_were_never_answered_are_left_out() -> None:
    found = series.rating_series(history(weekly([usual(0, energy=None), usual(1, energy=None)])), DEFAULT).answered()

    assert found.names == (Domain.SLEEP, Domain.MOOD, Domain.PAIN, Domain.FUNCTION)
    assert found.worse.shape == (2, 4) and len(found.directions) == 4


def entry(days: int, mood: int, *, hours: int) -> CheckInRecord:
    on = day(0) + dt.timedelta(days=days)
    return CheckInRecord(
        about_on=on, entered_at=evening(day(0)) + dt.timedelta(hours=hours), ratings={Domain.MOOD: mood}
    )


@pytest.mark.parametrize(
    ("days", "hours", "moods"),
    [(0, 90, [7]), (1, 23, [7]), (1, 24, [4, 7]), (2, 1, [4, 7])],
    ids=["the same day", "across midnight", "a day later", "two days"],
)
def test_two_entries_of_one_evening_are_one_and_the_last_counts(days: int, hours: int, moods: list[int]) -> None:
    used = series.used_check_ins(history([entry(days, 7, hours=hours), entry(0, 4, hours=0)]))

    assert [one.ratings[Domain.MOOD] for one in used] == moods


def test_what_somebody_else_answered_and_what_comes_later_is_not_used() -> None:
    own, later = check_in(0, usual(0)), check_in(2, usual(2))
    partner = replace(check_in(1, usual(1)), informant="partner")

    assert series.used_check_ins(history([own, partner, later], as_of=day(1))) == [own]


@pytest.mark.parametrize(
    ("weeks", "new_normal", "epochs"),
    [
        ((0, 1, 2), (), [0, 0, 0]),
        ((0, 8, 16), (), [0, 0, 0]),
        ((0, 9, 10), (), [0, 1, 1]),
        ((0, 1, 2), (1,), [0, 1, 1]),
        ((0, 1, 2), (1.5,), [0, 0, 1]),
        ((0, 1, 2), (0, 5), [0, 0, 0]),
    ],
    ids=["no cut", "eight weeks", "more", "on a day", "between two", "before and after"],
)
def test_a_long_gap_or_a_new_normal_begins_a_period(
    weeks: tuple[float, ...], new_normal: tuple[float, ...], epochs: list[int]
) -> None:
    given = [check_in(week, usual(0)) for week in weeks]

    found = series.rating_series(history(given, new_normal_on=[day(week) for week in new_normal]), DEFAULT)

    assert found.epoch.tolist() == epochs
    assert found.weeks.tolist() == [pytest.approx(week) for week in weeks]


def test_an_entry_knows_how_late_it_was() -> None:
    found = series.rating_series(history([check_in(0, usual(0)), check_in(1, usual(1), days_late=15)]), DEFAULT)

    assert found.late_days.tolist() == [0, 15]


def test_a_rating_off_its_scale_is_named_with_its_day() -> None:
    with pytest.raises(series.RatingOutOfRange, match=f"sleep on {day(0)}: 11"):
        series.rating_series(history([check_in(0, usual(0, sleep=11))]), DEFAULT)


def test_of_a_questionnaire_the_newest_version_counts_and_of_a_day_the_last_entry() -> None:
    given = score_history(PHQ9, [9, 12, 15])
    old, middle, new = given.scores
    old = replace(old, version="0")
    again = replace(new, value=8, entered_at=new.entered_at + dt.timedelta(hours=1))

    used = series.used_scores(replace(given, scores=(again, old, middle, new)), "PHQ-9")

    assert [one.value for one in used] == [12, 8]


@pytest.mark.parametrize(
    ("mcid", "unit"),
    [(5, pytest.approx(5 / 1.5)), (None, pytest.approx(2.7))],
    ids=["declared", "a tenth of the range"],
)
def test_a_scales_unit_is_its_important_difference_over_that_of_a_rating(mcid: float | None, unit: object) -> None:
    spec = InstrumentSpec(
        code="X", version="1", name="X", direction=Direction.HIGHER_IS_WORSE, minimum=0, maximum=27, mcid=mcid
    )

    assert series.unit_of(spec) == unit


@pytest.mark.parametrize("value", [-1, 28])
def test_a_total_off_its_scale_is_refused(value: float) -> None:
    with pytest.raises(series.RatingOutOfRange, match="PHQ-9"):
        series.score_series(score_history(PHQ9, [value]), "PHQ-9", DEFAULT)


def test_scores_of_an_older_form_are_read_on_the_scale_they_were_given_on() -> None:
    old = replace(PHQ9, version="0", maximum=100)
    given = replace(score_history(old, [80, 78, 40]), instruments={"PHQ-9": PHQ9}, earlier_forms=(old,))

    found = series.score_series(given, "PHQ-9", DEFAULT)

    assert (found.minimum, found.maximum, found.worse[:, 0].tolist()) == (0, 100, [80, 78, 40])
