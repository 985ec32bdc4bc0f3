"""The calendar of the demo's year."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitoring.demo.agenda import Year
from tests.monitoring.demo.played import BY_KEY

# Half past midnight in London, where it is summer: the day before in UTC.
NOW = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
YEAR = Year(now=NOW, staff={}, passwords={})


def test_the_day_is_the_one_of_the_clinic() -> None:
    assert YEAR.today == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("weeks_ago", "day"), [(0, date(2026, 7, 2)), (1, date(2026, 6, 25)), (0.5, date(2026, 6, 28))]
)
def test_weeks_ago_are_counted_from_today(weeks_ago: float, day: date) -> None:
    assert YEAR.day(weeks_ago) == day


def test_a_week_is_due_on_the_weekday_of_its_story() -> None:
    story = BY_KEY["amira"]

    newest = YEAR.due_on(story, 0)

    assert newest == YEAR.today - timedelta(days=story.due_days_ago)
    assert YEAR.due_on(story, 3) == newest - timedelta(weeks=3)


@pytest.mark.parametrize(("weeks_ago", "is_close"), [(0, True), (5, True), (5.1, False), (40, False)])
def test_only_the_last_weeks_are_assessed_one_by_one(weeks_ago: float, is_close: bool) -> None:
    assert YEAR.is_assessed_closely(NOW - timedelta(weeks=weeks_ago)) is is_close
