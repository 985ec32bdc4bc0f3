"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from monitoring.alerts import alerts, evidence, pauses, screening
from monitoring.alerts.pauses import Agreed
from monitoring.attention import sightings
from monitoring.engine.records import Direction, FindingKind, Tier
from monitoring.models import Alert, Assessment, Signal
from monitoring.models.alerts import ActionCode, AlertKind, AlertState
from patients.models import User
from tests import factories
from tests.scenes import Scene


def new_alert(scene: Scene) -> Alert:
    return evidence.raise_alert(
        episode=scene.world.bens_episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=timezone.now()
    )


def alert_arguments(scene: Scene, **more: Any) -> dict[str, Any]:
    alert = new_alert(scene)
    return {"alert": alert, "version": alert.version, **more}


def owned_alert(scene: Scene, *, owner: User) -> dict[str, Any]:
    """Whoever else has the alert could not say so."""
    given = alert_arguments(scene)
    Alert.objects.filter(pk=given["alert"].pk).update(owner=owner, state=AlertState.ACKNOWLEDGED)
    return given


def sleep_alert(scene: Scene, **more: Any) -> dict[str, Any]:
    given = alert_arguments(scene, **more)
    run = Assessment.objects.create(
        episode=scene.world.bens_episode,
        as_of=timezone.now(),
        engine_version="test",
        rules_digest="test",
        assessed_at=timezone.now(),
    )
    given["alert"].signal = Signal.objects.create(
        assessment=run,
        episode=scene.world.bens_episode,
        kind=FindingKind.DETERIORATION,
        tier=Tier.REVIEW,
        domain="sleep",
        direction=Direction.HIGHER_IS_BETTER,
    )
    given["alert"].save()
    return given


def agreed_level(scene: Scene) -> dict[str, Any]:
    if not pauses.standing(scene.world.bens_episode).exists():
        pauses.accept(
            **sleep_alert(scene, agreed=Agreed(level=3.0), note="Shift work."), by=scene.world.chris, at=timezone.now()
        )
    return {"level": pauses.standing(scene.world.bens_episode).get()}


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
    alerts.keep: lambda s: owned_alert(s, owner=s.world.chris),
    alerts.pass_on: lambda s: owned_alert(s, owner=s.world.chris),
    alerts.hand_over: lambda s: {
        "chosen": [owned_alert(s, owner=s.world.chris)["alert"].pk],
        "to": s.world.cora,
        "note": "Rings on Friday.",
    },
    pauses.pause: lambda s: alert_arguments(s, until=timezone.now() + timedelta(days=2), note="Moving house."),
    pauses.accept: lambda s: sleep_alert(s, agreed=Agreed(level=3.0), note="Shift work."),
    pauses.end_level: agreed_level,
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
