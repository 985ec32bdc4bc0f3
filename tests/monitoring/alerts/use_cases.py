"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from monitoring.alerts import alerts, evidence, screening, sightings
from monitoring.engine.records import Tier
from monitoring.models import Alert
from monitoring.models.alerts import ActionCode, AlertKind
from tests import factories
from tests.scenes import Scene


def new_alert(scene: Scene) -> Alert:
    return evidence.raise_alert(
        episode=scene.world.bens_episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=timezone.now()
    )


def alert_arguments(scene: Scene, **more: Any) -> dict[str, Any]:
    alert = new_alert(scene)
    return {"alert": alert, "version": alert.version, **more}


def closed_alert(scene: Scene) -> dict[str, Any]:
    alert = new_alert(scene)
    closed = (
        alert
        if not alert.is_open
        else alerts.close(
            alert=alert,
            by=scene.world.chris,
            version=alert.version,
            action=ActionCode.TALKED,
            note="Rang.",
            at=timezone.now(),
        )
    )
    return {"alert": closed, "version": closed.version, "note": "It began again."}


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    alerts.acknowledge: alert_arguments,
    alerts.start_work: lambda s: alert_arguments(s, note="Rang."),
    alerts.give: lambda s: alert_arguments(s, to=s.world.cora),
    alerts.close: lambda s: alert_arguments(s, note="Rang.", action=ActionCode.TALKED),
    alerts.reopen: closed_alert,
    alerts.record_reading: lambda s: {"alert": new_alert(s)},
    screening.raise_alerts: lambda s: {
        "episode": s.world.episode,
        "findings": screening.red_flags({"PHQ-9": factories.phq9(item_9=2)}),
        "slot": None,
    },
}
# They have by= and at= and leave no trace of their own: who looked is itself a trace; the audit's writers.
NO_TRACE: set[Callable[..., Any]] = {sightings.seen, screening.record_help_shown}
