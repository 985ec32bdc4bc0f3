"""A voided entry: the database wants person, time and reason, and no manager but the one for all shows it."""

import pytest
from django.db import IntegrityError, transaction

from patients.care import life_events
from patients.models import LifeEvent
from tests.conftest import World
from tests.factories import NOW


@pytest.mark.parametrize("void", [{"voided_at": NOW}, {"void_reason": "x", "voided_at": NOW}, {"voided_by": "chris"}])
def test_the_database_takes_no_void_without_person_time_and_reason(north: World, void: dict[str, object]) -> None:
    life_events.add_life_event(episode=north.episode, title="Moved", happened_on=NOW.date(), by=north.ann, at=NOW)
    values = {name: getattr(north, str(value)) if name == "voided_by" else value for name, value in void.items()}

    with pytest.raises(IntegrityError, match="void_says_why"), transaction.atomic():
        LifeEvent.objects.update(**values)


def test_what_is_void_is_seen_through_the_manager_of_all_versions_alone(north: World) -> None:
    life_events.add_life_event(episode=north.episode, title="Moved", happened_on=NOW.date(), by=north.ann, at=NOW)

    LifeEvent.objects.update(voided_at=NOW, voided_by=north.chris, void_reason="Wrong patient")

    assert LifeEvent.objects.count() == 0
    assert north.episode.life_events.count() == 0
    assert LifeEvent.versions.count() == 1
