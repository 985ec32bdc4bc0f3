"""The rows of a course are read once: the newest answers, what a later day replaced, and who is responsible."""

from datetime import timedelta
from uuid import uuid4

import pytest

from monitoring.course.course_rows import load_course_rows
from monitoring.engine import Domain
from monitoring.models import CheckIn
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.courses import STEADY, make_course


@pytest.mark.parametrize(("days_ago", "replaced"), [(2, 1), (0, 0)], ids=["of an earlier day", "of the same day"])
def test_only_a_correction_of_a_later_day_leaves_a_replaced_answer(north: World, days_ago: int, replaced: int) -> None:
    make_course(north, STEADY[:3])
    old = CheckIn.objects.filter(episode=north.episode).latest("submitted_at")
    CheckIn.objects.filter(pk=old.pk).update(superseded_at=NOW, submitted_at=NOW - timedelta(days=days_ago, minutes=5))
    CheckIn.objects.create(
        episode=old.episode,
        slot=old.slot,
        about_on=old.about_on,
        corrects=old,
        client_key=uuid4(),
        body_digest="x" * 64,
        submitted_at=NOW,
        mood=9,
    )

    rows = load_course_rows(north.episode, at=NOW)

    assert [row.pk for row in rows.replaced] == [old.pk] * replaced
    assert rows.history.check_ins[-1].ratings[Domain.MOOD] == 9


def test_the_rows_name_the_responsible_clinician_and_no_review_where_none_was_planned(north: World) -> None:
    make_course(north, STEADY[:3])

    rows = load_course_rows(north.episode, at=NOW)

    assert (rows.responsible, rows.reviewed_on, rows.review_was_held) == (str(north.chris), None, False)
