"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from monitoring.messages import reminders
from tests.scenes import Scene, plan

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    reminders.choose: lambda s: {"plan": plan(s), "channel": ""},
}
