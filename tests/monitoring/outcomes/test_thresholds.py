"""From which score on something counts."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import exchange
from monitoring.engine import INSTRUMENTS
from monitoring.engine.records import Direction, InstrumentSpec
from monitoring.outcomes import thresholds
from tests.monitoring.outcomes.scored import BETTER, WORSE, course

FLOOR = Path(__file__).parents[2] / "data" / "cases" / "floor_response.csv"


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [(7, WORSE, True), (8, WORSE, False), (51, BETTER, True), (50, BETTER, False)],
)
def test_the_remission_line_itself_does_not_count(value: float, spec: InstrumentSpec, expected: bool) -> None:
    assert thresholds.is_remission(value, spec) is expected


@pytest.mark.parametrize(
    "declared",
    [
        "X:higher_is_worse:1:7:response_drop=0.5",
        "X:higher_is_worse:1:7:response_drop=0.5:remission_below=2",
        "X:higher_is_worse:0:10:response_drop=0.5",
        "X:higher_is_worse:0:10:response_drop=0.5:remission_below=2",
        "X:higher_is_worse:0:27:response_drop=0.5:remission_below=5",
        "X:higher_is_worse:1:7:response_drop=0.5:reliable_change=2",
        "X:higher_is_worse:0:3:response_drop=0.5:reliable_change=1.5",
    ],
)
def test_from_two_to_one_is_no_response_whatever_is_declared(declared: str) -> None:
    spec = exchange.instrument_from_text(declared)
    file = exchange.read_series(FLOOR.read_bytes(), {"X": spec})
    values = [one.value for one in sorted(file.subjects[0].values, key=lambda one: one.day)]

    assert values == [2, 1]
    assert thresholds.is_response(course(*values), spec, 1) is False


@pytest.mark.parametrize(
    ("values", "is_response"),
    [((20, 10), True), ((20, 11), False), ((10, 5), False), ((10, 4), True), ((9, 2), False), ((4, 2), False)],
    ids=["half", "less than half", "5 of 10 points", "6 of 10 points", "started below a case", "from 4 to 2"],
)
def test_a_response_needs_a_start_above_the_line_the_share_and_the_reliable_change(
    values: tuple[int, ...], is_response: bool
) -> None:
    """PHQ-9: a case from 10 on, a reliable change from 6 points on, response at a half. 4 to 2 was a response."""
    assert thresholds.is_response(course(*values), INSTRUMENTS["PHQ-9"], 1) is is_response


def test_who_started_well_has_no_response_however_far_they_went() -> None:
    """WHO-5 from 55 to 100: 45 points and all of the rest, and well from the first score on."""
    assert thresholds.is_response(course(50, 100), BETTER, 1) is True
    assert thresholds.is_response(course(55, 100), BETTER, 1) is False


@pytest.mark.parametrize(("first", "is_above"), [(4, False), (9, False), (10, True), (27, True)])
def test_who_starts_at_the_line_is_not_below_it(first: int, is_above: bool) -> None:
    assert thresholds.starts_above(course(first, 0), INSTRUMENTS["PHQ-9"]) is is_above
    assert thresholds.is_remitted(course(first, 0), INSTRUMENTS["PHQ-9"]) is is_above


def test_without_a_remission_line_only_they_count_who_can_respond_at_all() -> None:
    spec = replace(WORSE, remission_below=None)

    assert thresholds.as_score(thresholds.start_line(spec), spec) == pytest.approx(7.02)
    assert thresholds.as_score(thresholds.start_line(replace(spec, reliable_change=9)), spec) == 9
    assert thresholds.as_score(thresholds.start_line(replace(BETTER, remission_below=None)), BETTER) == 80


@given(st.floats(0, 52), st.floats(0, 52))
def test_no_change_is_more_than_chance_where_no_reliable_change_is_declared(first: float, last: float) -> None:
    one = course(first, last)

    assert not thresholds.is_reliably_better(one, WORSE) and not thresholds.is_reliably_worse(one, WORSE)


@given(st.integers(1, 2000), st.integers(1, 3))
def test_a_line_is_compared_as_it_is_printed(steps: int, decimals: int) -> None:
    """0.1 + 0.2 is not 0.3 in binary; a change of exactly the printed line counts, on any scale."""
    line, start = steps / 10**decimals, 0.7
    printed = thresholds.exact(line)

    assert printed == Decimal(steps) / 10**decimals
    assert thresholds.reaches((start + line) - start, float(printed))
    assert not thresholds.reaches((start + line) - start - 10**-6, float(printed))


def test_a_neutral_measure_has_no_lines() -> None:
    assert not thresholds.has_lines(replace(WORSE, direction=Direction.NEUTRAL))
