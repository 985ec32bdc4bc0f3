"""One alert raised, and closed as people close it."""

from monitoring.alerts import alerts, evidence
from monitoring.engine.records import Tier
from monitoring.models import Alert
from monitoring.models.alerts import ActionCode, AlertKind
from tests.conftest import World
from tests.factories import NOW


def raise_one(world: World, *, at=NOW, tier: Tier = Tier.REVIEW) -> Alert:
    return evidence.raise_alert(episode=world.episode, kind=AlertKind.DETERIORATION, tier=tier, at=at)


def close_it(world: World, alert: Alert, *, at=NOW) -> Alert:
    return alerts.close(
        alert=alert, by=world.chris, version=alert.version, action=ActionCode.TALKED, note="Rang her.", at=at
    )
