"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from monitoring.models.contacts import ContactOutcome
from monitoring.worklists import contacts
from tests.scenes import Scene

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    contacts.record: lambda s: {"episode": s.world.episode, "outcome": ContactOutcome.NO_ANSWER, "note": "Rang twice."},
}
