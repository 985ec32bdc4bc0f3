"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from typing import Any

from patients.models.consent import ConsentPurpose
from patients.models.rights import RequestKind
from patients.rights import consent, data_requests, safety_plans
from tests.scenes import Scene


def data_request(scene: Scene) -> Any:
    return data_requests.requests().get(pk=scene.furnished.north.request_id)


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    consent.decide: lambda s: {
        "patient": s.world.episode.patient,
        "purpose": ConsentPurpose.CHECK_INS,
        "is_given": False,
    },
    consent.agree_by_phone: lambda s: {"patient": s.world.episode.patient},
    safety_plans.save_safety_plan: lambda s: {"patient": s.world.episode.patient, "words": {"own_steps": "A walk"}},
    safety_plans.record_plan_reading: lambda s: {"plan": safety_plans.newest_safety_plan(s.world.episode.patient)},
    data_requests.ask: lambda s: {"patient": s.world.episode.patient, "kind": RequestKind.ERASURE, "text": "All of it"},
    data_requests.answer: lambda s: {
        "data_request": data_request(s),
        "is_granted": False,
        "words": "The law keeps it for ten years.",
    },
    data_requests.record_request_reading: lambda s: {"data_request": data_request(s)},
}
