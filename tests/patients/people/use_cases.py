"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from patients.models import Clinic
from patients.people import absences, languages, people
from tests.scenes import Scene


def renamed(clinic: Clinic) -> Clinic:
    clinic.public_name = "Renamed"
    return clinic


def days_away(scene: Scene) -> dict[str, Any]:
    day = timezone.now().date()
    return {"user": scene.world.chris, "first": day, "last": day, "stand_in": scene.world.cora, "today": day}


def an_absence(scene: Scene) -> dict[str, Any]:
    return {"absence": absences.plan(**days_away(scene), by=scene.world.sam, at=timezone.now())}


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    absences.plan: days_away,
    absences.end: an_absence,
    people.add_patient: lambda _: {"name": "New Patient"},
    people.end_role: lambda s: {"role": people.held_roles().get(pk=s.furnished.north.role_id)},
    people.change_clinic: lambda s: {"clinic": renamed(s.world.clinic)},
    people.choose_clinic: lambda s: {"clinic_id": str(s.world.clinic.pk)},
    people.end_sessions: lambda _: {},
    languages.choose: lambda _: {"language": "de"},
}
