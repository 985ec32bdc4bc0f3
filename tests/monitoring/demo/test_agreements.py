"""What the demo patient and her team have agreed: all of it before now, and as the pages need it."""

from datetime import timedelta

import pytest

from monitoring.demo import agreements
from monitoring.models import AgreedAction, Review
from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews
from patients.models import AuditEvent, SafetyPlan
from patients.queries import ask
from tests.conftest import World
from tests.factories import NOW


@pytest.fixture
def agreed(north: World) -> World:
    agreements.agree(episode=north.episode, patient=north.ann, clinician=north.chris, at=NOW)
    return north


def test_of_three_agreed_things_one_is_done_and_the_next_review_is_prepared(agreed: World) -> None:
    questions = reviews.asking_shared(agreed.episode, at=NOW)
    ask(*questions)
    shared = reviews.shared(*questions)

    assert AgreedAction.objects.count() == 3
    assert [action.text for action in shared.open_actions] == [
        "Ask work about later starts",
        "Three sleep plan sessions with Dr Bello",
    ]
    assert shared.topics == ["Sleep since the dose went up", "My medicines", "Work, school or family"]
    # Six days from a Monday are a Sunday, on which nobody is there.
    assert Review.objects.get().planned_at == NOW + agreements.NEXT_REVIEW + timedelta(days=1)


def test_both_sides_have_taken_something_on(agreed: World) -> None:
    owners = set(AgreedAction.objects.values_list("owner", flat=True))

    assert owners == {ActionOwner.PATIENT, ActionOwner.TEAM}
    assert reviews.own_actions(agreed.episode).count() == 2


def test_nothing_of_it_was_written_after_now(agreed: World) -> None:
    assert not AuditEvent.objects.filter(at__gt=NOW).exists()
    assert SafetyPlan.objects.get().saved_at < NOW
    assert AgreedAction.objects.exclude(done_at=None).get().done_at < NOW


def test_the_safety_plan_is_in_the_patients_words_and_its_own_hand(agreed: World) -> None:
    plan = SafetyPlan.objects.get()

    assert plan.saved_by == agreed.ann
    assert {name: getattr(plan, name) for name in agreements.SAFETY_PLAN} == agreements.SAFETY_PLAN
