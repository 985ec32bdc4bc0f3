"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from monitoring.models.care import ContactOutcome
from monitoring.worklists import contacts
from monitoring.worklists.transfers import discharges, hand_overs
from tests.scenes import Scene, today


def asked(scene: Scene, **more: Any) -> dict[str, Any]:
    """Chris is asked about Ben, for whom Dana is responsible."""
    episode = scene.world.bens_episode
    hand_over = hand_overs.waiting_for(episode) or hand_overs.ask(
        episode=episode, to=scene.world.chris, by=scene.world.dana, at=timezone.now()
    )
    return {"hand_over": hand_over, "version": hand_over.version, **more}


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    contacts.record: lambda s: {"episode": s.world.episode, "outcome": ContactOutcome.NO_ANSWER, "note": "Rang twice."},
    discharges.discharge: lambda s: {
        "episode": s.world.bens_episode,
        "on": today(),
        "takes_over": "Dr Gray",
        "summary": "Walking helped.",
        "keeps_account": False,
    },
    hand_overs.ask: lambda s: {"episode": s.world.bens_episode, "to": s.world.chris},
    hand_overs.accept: asked,
    hand_overs.give_back: lambda s: asked(s, reason="No room."),
    hand_overs.withdraw: asked,
    hand_overs.record_reading: lambda s: {"hand_over": asked(s)["hand_over"]},
}
