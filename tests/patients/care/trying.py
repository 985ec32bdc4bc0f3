"""Something that Ann tries, begun by Chris."""

from datetime import date, timedelta

from patients.care import treatments
from patients.models.care import InterventionKind
from tests.conftest import World
from tests.factories import NOW

TODAY = NOW.date()


def start(world: World, name: str = "CBT", *, on: date = TODAY - timedelta(days=60), kind: str = "psychotherapy"):
    return treatments.start_intervention(
        episode=world.episode, kind=InterventionKind(kind), name=name, started_on=on, by=world.chris, at=NOW
    )
