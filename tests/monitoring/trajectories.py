"""What tests of a trajectory try out, load and read."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from monitoring.course import persons
from monitoring.course.courses import View
from patients.care import exposure, treatments
from patients.care.treatments import Dose
from patients.models import Intervention
from patients.models.care import InterventionKind
from patients.models.exposure import Measure
from tests.conftest import World
from tests.factories import NOW, WEEK


def try_out(
    world: World, name: str, weeks_ago: int, kind: InterventionKind = InterventionKind.MEDICATION
) -> Intervention:
    return treatments.start_intervention(
        episode=world.episode,
        kind=kind,
        name=name,
        started_on=(NOW - WEEK * weeks_ago).date(),
        dose=Dose(label="50 mg", amount=Decimal(50), unit="mg"),
        by=world.chris,
        at=NOW,
    )


def load(world: World, *, around: bool = False, at: datetime = NOW, **view: Any) -> persons.Person:
    return persons.load_person(world.episode, View(**({"window": "all"} | view)), around=around, at=at)


def agree_on(
    world: World, *, weeks_ago: int, points: int, by_on: date, measure: Measure = Measure.MOOD
) -> persons.Person:
    started = try_out(world, "Sertraline", weeks_ago)
    exposure.expect(
        intervention=started,
        measure=measure,
        points=Decimal(points),
        by_on=by_on,
        by=world.chris,
        at=NOW - WEEK * weeks_ago,
    )
    return load(world)
