"""Level and usual range of a whole course at once are those of every day by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.engine import DEFAULT, Domain, History, estimate_levels
from monitoring.engine.detectors.levels import usual_range
from monitoring.engine.detectors.series import rating_series
from tests.monitoring.engine.histories import check_in, day

Gaps = st.lists(st.tuples(st.integers(1, 70), st.one_of(st.none(), st.integers(0, 10))), max_size=60)


def past_of(gaps: list[tuple[int, int | None]], domain: Domain) -> History:
    days, week = [], 0.0
    for gap, value in gaps:
        week += gap / 7
        days.append(check_in(week, {domain: value, Domain.PAIN: 5}))
    return History(as_of=day(week + 1), check_ins=tuple(days))


@settings(max_examples=60, deadline=None)
@given(Gaps, st.sampled_from([Domain.SLEEP, Domain.MOOD]))
def test_the_usual_range_of_every_day_is_that_of_the_answers_up_to_it(
    gaps: list[tuple[int, int | None]], domain: Domain
) -> None:
    past = past_of(gaps, domain)
    series = rating_series(past, DEFAULT)
    column = list(Domain).index(domain)
    answered = [i for i in range(len(series)) if series.worse[i, column] == series.worse[i, column]]

    points = estimate_levels(past)[domain]

    assert [point.on for point in points] == [series.on[i] for i in answered]
    for place, point in enumerate(points):
        same = [i for i in answered[: place + 1] if series.epoch[i] == series.epoch[answered[place]]]
        usual = usual_range(series.worse[same, column], 1.0, DEFAULT)
        if usual is None:
            assert point.usual_low is None and point.usual_high is None
        else:
            low, high = sorted(series.to_natural(end, column) for end in usual)
            assert point.usual_low == pytest.approx(max(low, 0))
            assert point.usual_high == pytest.approx(min(high, 10))
