"""What the examples of the use cases act on: a furnished clinic, and the rows they need in it."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from monitoring.plans import plans
from patients.people import people
from tests.conftest import World
from tests.furnished import Furnished


@dataclass(frozen=True)
class Scene:
    """What the examples of the use cases act on."""

    furnished: Furnished

    @property
    def world(self) -> World:
        return self.furnished.world


def paper_patient(scene: Scene) -> Any:
    return people.patients().get(pk=scene.furnished.north.patient_id)


def plan(scene: Scene) -> Any:
    return plans.of_episode(scene.world.episode)


def today() -> Any:
    return timezone.now().date()
