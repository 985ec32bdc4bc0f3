"""Charts on paper."""

from datetime import timedelta

import pytest

from monitoring.course.paper import paper_charts
from monitoring.course.pictures import Span
from tests.factories import NOW


@pytest.mark.parametrize("days", [14, 20, 45, 90, 182, 400])
def test_the_axis_names_at_least_four_days_and_none_to_come(days: int) -> None:
    today = NOW.date()
    span = Span(start=today - timedelta(days=days), end=today + timedelta(days=3))

    named = paper_charts.axis_days(span)

    assert len(set(named)) >= 4
    assert all(span.start <= day <= today for day in named)
