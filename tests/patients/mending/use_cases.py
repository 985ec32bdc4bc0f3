"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from patients.mending import details, entries
from patients.mending.details import CareDetails, PersonDetails
from tests.patients.care.use_cases import life_event
from tests.scenes import Scene

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    entries.void: lambda s: {"episode": s.world.episode, "entry": life_event(s), "reason": "Wrong patient"},
    details.change: lambda s: {
        "episode": s.world.episode,
        "person": PersonDetails(name="Anna", birth_date=None, external_id="", telephone="", contact=""),
        "care": CareDetails(problems="Pain", goal=""),
    },
}
