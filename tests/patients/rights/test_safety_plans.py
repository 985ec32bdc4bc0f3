"""The safety plan: every version is kept, and who looked is seen."""

from datetime import timedelta

from patients.models import SafetyPlan
from patients.rights import safety_plans
from tests.conftest import World
from tests.factories import NOW
from tests.patients.rights.readers import WORDS, write_plan


def test_every_version_of_a_plan_is_kept_and_the_newest_counts(north: World) -> None:
    first = write_plan(north)
    again = write_plan(north)
    newer = safety_plans.save_safety_plan(
        patient=north.episode.patient, words=WORDS | {"reasons": "The dog"}, by=north.ann, at=NOW + timedelta(days=1)
    )

    assert again == first
    assert safety_plans.newest_safety_plan(north.episode.patient) == newer
    assert SafetyPlan.objects.filter(patient=north.episode.patient).count() == 2
