"""With which arguments the use cases of a clinic's calendar work."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from patients.clinics import days_off
from patients.clinics.days_off import Closure
from tests.scenes import Scene


def closure() -> Closure:
    first = timezone.now().date() + timedelta(days=10)
    return Closure(first=first, last=first + timedelta(days=6), label="Summer")


def with_a_closure(scene: Scene) -> dict[str, Any]:
    days_off.plan_closure(clinic=scene.world.clinic, closure=closure(), by=scene.world.sam, at=timezone.now())
    return {"clinic": scene.world.clinic, "first": closure().first}


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    days_off.keep_holidays: lambda scene: {
        "clinic": scene.world.clinic,
        "country": "DE",
        "region": "BE",
        "closed": [closure().first],
        "until": closure().last,
    },
    days_off.plan_closure: lambda scene: {"clinic": scene.world.clinic, "closure": closure()},
    days_off.remove_closure: with_a_closure,
}
