"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from monitoring.messages import choices, deliveries, pushes, reminders
from monitoring.messages.choices import Wishes
from tests.scenes import Scene, plan

EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    choices.choose: lambda _s: {"wishes": Wishes(digest=False)},
    deliveries.works_again: lambda _s: {},
    pushes.show_here: lambda _s: {
        "address": "https://fcm.googleapis.com/fcm/send/abc",
        "key": pushes.public_key_of(pushes.make_key()),
        "secret": "A" * 22,
    },
    pushes.show_nowhere: lambda _s: {},
    reminders.choose: lambda s: {"plan": plan(s), "channel": ""},
}
