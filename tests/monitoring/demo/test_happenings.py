"""What happens beside check-ins and treatments: when, and how often."""

from datetime import date, timedelta

import pytest

from monitoring.demo import happenings
from patients.models.exposure import Homework, Kept

MONDAY = date(2026, 11, 30)


@pytest.mark.parametrize(("days", "moved"), [(0, 0), (4, 0), (5, 2), (6, 1)])
def test_nobody_is_asked_to_come_on_a_day_without_staff(days: int, moved: int) -> None:
    day = MONDAY + timedelta(days=days)

    assert happenings.working_day(day) == day + timedelta(days=moved)


def test_sessions_lie_a_rhythm_apart_and_a_missed_one_has_no_homework() -> None:
    held = happenings.sessions("Therapy", first=6, last=2, every=2, missed=frozenset({4}))

    assert [round(session.weeks_ago) for session in held] == [6, 4, 2]
    assert [session.kept for session in held] == [Kept.KEPT, Kept.MISSED, Kept.KEPT]
    assert [session.homework for session in held] == [Homework.DONE, None, Homework.DONE]


def test_homework_is_mostly_done() -> None:
    done = [session.homework for session in happenings.sessions("Therapy", first=19)]

    assert set(done) == set(Homework)
    assert done.count(Homework.DONE) > len(done) / 2
