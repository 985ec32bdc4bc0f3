"""With which arguments the use cases about who is told work."""

from collections.abc import Callable
from typing import Any

from monitoring.escalation import drills, policies
from tests.scenes import Scene


def policy(scene: Scene) -> dict[str, Any]:
    latest = policies.present()
    return {
        "second": scene.world.cora,
        "lead": scene.world.cora,
        "on_call": None,
        "urgent_minutes": [30, 120, 240],
        "number": latest.number if latest else 0,
    }


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    policies.change: policy,
    drills.hold: lambda scene: {"clinic": scene.world.clinic},
}
