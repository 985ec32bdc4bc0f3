"""Reviews and what was agreed in them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.reviews import reviews
from monitoring.reviews.reviews import NoReviewPlanned, TooManyTopics
from patients.models import AuditEvent
from patients.models.audit import AuditAction
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.taking_home import agree, plan_review


def test_open_actions_come_first_by_their_day(north: World) -> None:
    done = agree(north, "Done long ago")
    reviews.finish(action=done, by=north.ann, at=NOW)
    agree(north, "No day")
    agree(north, "Later", due_on=NOW.date() + timedelta(days=9))
    agree(north, "Sooner", due_on=NOW.date() + timedelta(days=2))

    order = [action.text for action in reviews.actions(north.episode)]

    assert order == ["Sooner", "Later", "No day", "Done long ago"]


def test_done_is_done_once(north: World) -> None:
    action = agree(north, "A walk a day")

    reviews.finish(action=action, by=north.ann, at=NOW)
    reviews.finish(action=action, by=north.ann, at=NOW + WEEK)

    action.refresh_from_db()
    assert action.done_at == NOW
    assert AuditEvent.objects.filter(action=AuditAction.ACTION_DONE).count() == 1


def test_moving_a_review_keeps_what_the_patient_prepared(north: World) -> None:
    first = plan_review(north)
    reviews.prepare(episode=north.episode, topics=["Later starts at work", "sleep"], by=north.ann, at=timezone.now())

    moved = plan_review(north, in_days=9)

    assert moved.pk == first.pk
    assert reviews.topics_of(moved) == ["Later starts at work", "My sleep"]


def test_a_review_whose_day_has_passed_keeps_its_topics_and_a_new_one_begins_empty(north: World) -> None:
    past = reviews.plan(episode=north.episode, planned_at=NOW, by=north.chris, at=NOW - WEEK)
    reviews.prepare(episode=north.episode, topics=["sleep"], by=north.ann, at=NOW - WEEK)

    new = reviews.plan(episode=north.episode, planned_at=NOW + WEEK, by=north.chris, at=NOW + timedelta(days=1))

    past.refresh_from_db()
    assert (past.held_at, past.topics) == (NOW, ["sleep"])
    assert (new.pk != past.pk, new.topics) == (True, [])
    assert reviews.coming(north.episode, at=NOW + timedelta(days=2)) == new


def test_nothing_can_be_prepared_without_a_review(north: World) -> None:
    with pytest.raises(NoReviewPlanned):
        reviews.prepare(episode=north.episode, topics=["sleep"], by=north.ann, at=NOW)


def test_more_than_three_topics_are_refused(north: World) -> None:
    plan_review(north)

    with pytest.raises(TooManyTopics):
        reviews.prepare(
            episode=north.episode, topics=["sleep", "mood", "pain", "energy"], by=north.ann, at=timezone.now()
        )
