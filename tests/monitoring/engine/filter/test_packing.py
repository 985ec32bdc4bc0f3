"""Check-ins side by side: whatever is packed comes back to its place, and a missed week costs nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monitoring.engine.filter.packing import Packed, pack
from monitoring.engine.rules import DEFAULT

NAN = np.nan


def packed(ratings: np.ndarray, *, weeks: np.ndarray | None = None, cuts: np.ndarray | None = None) -> Packed:
    people, columns, _domains = ratings.shape
    times = np.tile(np.arange(columns, dtype=float), (people, 1)) if weeks is None else weeks
    return pack(ratings, times, np.zeros((people, columns), bool) if cuts is None else cuts, DEFAULT, np.float64)


def one_domain(*rows: list[float]) -> np.ndarray:
    return np.array(rows)[:, :, None]


PANELS = arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 3)),
    elements=st.sampled_from([NAN, 0.0, 3.0, 10.0]),
)


@given(PANELS)
def test_what_is_packed_comes_back_to_its_column(ratings: np.ndarray) -> None:
    block = packed(ratings)

    back = block.unpack(block.values.copy(), absent=-1.0)

    assert np.array_equal(back, np.where(np.isnan(ratings), -1.0, ratings))


@given(PANELS)
def test_those_still_answering_are_always_the_first(ratings: np.ndarray) -> None:
    block = packed(ratings)
    answered = (~np.isnan(ratings).all(axis=2)).sum(axis=1)

    assert sorted(block.counts) == sorted(answered)
    for k in range(1, ratings.shape[1] + 1):
        assert block.active(k) == (answered >= k).sum()
        assert (block.counts[: block.active(k)] >= k).all()


def test_a_missed_week_takes_no_place_and_lengthens_the_gap() -> None:
    block = packed(one_domain([1.0, NAN, NAN, 4.0, 5.0]))

    assert block.values[:, 0, 0].tolist() == [1, 4, 5]
    assert block.weeks[:, 0].tolist() == [0, 3, 4]
    assert block.gaps[:, 0].tolist() == [1, 3, 1]


@pytest.mark.parametrize(
    ("gap", "begins"), [(DEFAULT.epoch_gap_weeks, [False] * 3), (DEFAULT.epoch_gap_weeks + 0.1, [False, True, False])]
)
def test_a_longer_gap_begins_a_period(gap: float, begins: list[bool]) -> None:
    block = packed(one_domain([1.0, 2.0, 3.0]), weeks=np.array([[0.0, gap, gap + 1]]))

    assert block.cuts[:, 0].tolist() == begins


def test_a_new_usual_level_in_a_missed_week_counts_from_the_next_check_in() -> None:
    cuts = np.array([[False, True, False, False]])

    block = packed(one_domain([1.0, NAN, 3.0, 4.0]), cuts=cuts)

    assert block.cuts[:, 0].tolist() == [False, True, False]
    assert block.begun[:, 0].tolist() == [0, 1, 1]


def test_check_ins_at_least_so_many_weeks_earlier_are_counted_person_by_person() -> None:
    weeks = np.array([[0.0, 1, 2, 10, 11], [0.0, 4, 8, 12, 16]])

    earlier = packed(np.ones((2, 5, 1)), weeks=weeks).earlier_by(9)

    assert earlier.T.tolist() == [[0, 0, 0, 2, 3], [0, 0, 0, 1, 2]]


def test_means_leave_out_blanks_and_need_the_least_number_of_answers() -> None:
    block = packed(np.array([[[2.0, 1.0], [NAN, 3.0], [6.0, 5.0]]]))
    since, until = np.zeros((3, 1), np.intp), np.array([[0], [2], [3]], np.intp)

    means = block.means(since, until, least=2)

    assert np.isnan(means[0]).all()
    assert np.isnan(means[1, 0, 0]) and means[1, 1, 0] == 2
    assert means[2].ravel().tolist() == [4, 3]


@pytest.mark.parametrize(("at_most", "since"), [(2, [0, 0, 0, 0, 1]), (9, [0, 0, 0, 0, 0])])
def test_the_newest_two_are_held_out_of_what_they_are_compared_with(at_most: int, since: list[int]) -> None:
    first, until = packed(one_domain([1.0] * 5)).before_last_two(at_most)

    assert until.ravel().tolist() == [0, 0, 1, 2, 3]
    assert first.ravel().tolist() == since


def test_nobody_at_all_is_an_empty_block() -> None:
    block = packed(np.full((2, 4, 3), NAN))

    assert block.active(1) == 0
    assert block.unpack(np.zeros((0, 2)), absent=-1.0).tolist() == [[-1.0] * 4] * 2
