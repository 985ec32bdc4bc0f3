"""Reviews and what was agreed in them."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from monitoring.course import course_rows
from monitoring.models import Review
from monitoring.reviews import reviews
from monitoring.reviews.forms import ReviewForm
from monitoring.reviews.reviews import NoReviewPlanned, TooManyTopics
from monitoring.worklists import caseload_rows
from monitoring.worklists.caseload_rows import Listed
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


@pytest.fixture
def past(north: World) -> Review:
    """A review that was prepared, and whose time was yesterday."""
    review = reviews.plan(episode=north.episode, planned_at=NOW, by=north.chris, at=NOW - WEEK)
    reviews.prepare(episode=north.episode, topics=["sleep"], by=north.ann, at=NOW - WEEK)
    return review


AFTER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("was_held", "held_at", "missed_at"), [(True, NOW, None), (False, None, AFTER)], ids=["held", "missed"]
)
def test_a_review_whose_time_has_passed_waits_until_somebody_says_what_became_of_it(
    north: World, past: Review, was_held: bool, held_at: datetime | None, missed_at: datetime | None
) -> None:
    assert reviews.waiting_for_word(north.episode, at=NOW - timedelta(minutes=1)) is None
    assert reviews.waiting_for_word(north.episode, at=AFTER) == past

    reviews.settle(review=past, was_held=was_held, by=north.chris, at=AFTER)
    reviews.settle(review=past, was_held=not was_held, by=north.dana, at=AFTER + WEEK)

    past.refresh_from_db()
    assert (past.held_at, past.missed_at) == (held_at, missed_at)
    assert reviews.waiting_for_word(north.episode, at=AFTER) is None
    new = reviews.plan(episode=north.episode, planned_at=NOW + WEEK, by=north.chris, at=AFTER)
    assert (new.pk != past.pk, new.topics) == (True, [])


def test_a_review_that_did_not_take_place_can_be_moved_with_its_topics(north: World, past: Review) -> None:
    moved = reviews.plan(episode=north.episode, planned_at=NOW + WEEK, by=north.chris, at=AFTER)

    assert (moved.pk, moved.topics, moved.held_at) == (past.pk, ["sleep"], None)
    assert reviews.waiting_for_word(north.episode, at=AFTER) is None
    assert reviews.coming(north.episode, at=AFTER) == moved


def test_what_is_still_to_come_was_neither_held_nor_missed(north: World, past: Review) -> None:
    with pytest.raises(reviews.NotYet):
        reviews.settle(review=past, was_held=True, by=north.chris, at=NOW - timedelta(minutes=1))


def test_a_page_compares_with_no_review_that_did_not_take_place(north: World, past: Review) -> None:
    assert course_rows.load_course_rows(north.episode, at=AFTER).reviewed_on == NOW.date()

    reviews.settle(review=past, was_held=False, by=north.chris, at=AFTER)

    assert course_rows.load_course_rows(north.episode, at=AFTER).reviewed_on is None


def test_the_caseload_asks_whether_a_review_was_held(north: World, past: Review) -> None:
    listed = Listed(episode_id=north.episode.pk, state_rank=0, has_changed=False, assessment_id=None)

    def asked(at: datetime) -> bool:
        [row] = caseload_rows.load([listed], north.chris, at)
        return row.is_review_open

    assert (asked(NOW - timedelta(minutes=1)), asked(AFTER)) == (False, True)
    reviews.settle(review=past, was_held=True, by=north.chris, at=AFTER)
    assert not asked(AFTER)


@pytest.mark.parametrize(
    ("day", "clock", "confirmed", "problem"),
    [
        ("2026-11-20", "10:00", "", ""),
        ("2026-11-20", "16:59", "", ""),
        ("2026-11-20", "17:00", "", "outside_hours"),
        ("2026-11-20", "17:00", "on", ""),
        ("2026-11-21", "10:00", "", "outside_hours"),
        ("2026-11-15", "10:00", "", "day"),
        ("2029-11-20", "10:00", "on", "day"),
    ],
    ids=["in hours", "last minute", "after closing", "meant so", "on a Saturday", "over", "a slip of the year"],
)
def test_a_review_outside_the_clinics_hours_needs_a_word(
    north: World, day: str, clock: str, confirmed: str, problem: str
) -> None:
    form = ReviewForm({"day": day, "time": clock, "outside_hours": confirmed}, clinic=north.clinic, at=NOW)

    assert list(form.errors) == ([problem] if problem else [])
    if problem == "outside_hours":
        assert "staffed weekdays, 09:00 to 17:00 in Berlin" in str(form.errors)
        assert 'type="checkbox"' in str(form["outside_hours"])


def test_nothing_can_be_prepared_without_a_review(north: World) -> None:
    with pytest.raises(NoReviewPlanned):
        reviews.prepare(episode=north.episode, topics=["sleep"], by=north.ann, at=NOW)


def test_more_than_three_topics_are_refused(north: World) -> None:
    plan_review(north)

    with pytest.raises(TooManyTopics):
        reviews.prepare(
            episode=north.episode, topics=["sleep", "mood", "pain", "energy"], by=north.ann, at=timezone.now()
        )
