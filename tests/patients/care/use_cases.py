"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from patients.care import context, episodes, exposure, interactions, life_events, teams, treatments
from patients.care.interactions import Pair
from patients.care.treatments import Dose
from patients.models.care import InterventionKind, Profession
from patients.models.context import ContextKind
from patients.models.exposure import Kept, Measure
from tests.scenes import Scene, paper_patient, today


def intervention(scene: Scene) -> Any:
    return treatments.interventions(scene.world.episode).get(pk=scene.furnished.north.intervention_id)


def life_event(scene: Scene) -> Any:
    ann = scene.world.ann
    return life_events.add_life_event(
        episode=scene.world.episode, title="Moved", happened_on=today(), by=ann, at=timezone.now()
    )


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    episodes.open_episode: lambda s: {"patient": paper_patient(s), "started_on": today()},
    episodes.end_episode: lambda s: {"episode": s.world.bens_episode, "ended_on": today()},
    teams.join_care_team: lambda s: {
        "episode": s.world.bens_episode,
        "member": s.world.chris,
        "profession": Profession.NURSE,
        "is_responsible": True,
    },
    teams.leave_care_team: lambda s: {"episode": s.world.episode, "member": s.furnished.people["deactivated"]},
    treatments.start_intervention: lambda s: {
        "episode": s.world.episode,
        "kind": InterventionKind.SLEEP,
        "name": "Sleep plan",
        "started_on": today(),
    },
    treatments.change_intervention: lambda s: {
        "intervention": intervention(s),
        "dose": Dose(label="100 mg"),
        "from_on": today(),
    },
    treatments.stop_intervention: lambda s: {
        "intervention": intervention(s),
        "stopped_on": today(),
        "reason": "Nausea",
    },
    life_events.add_life_event: lambda s: {"episode": s.world.episode, "title": "Moved", "happened_on": today()},
    life_events.remove_life_event: lambda s: {"event": life_event(s)},
    exposure.record_session: lambda s: {"intervention": intervention(s), "on": today(), "kept": Kept.PARTLY},
    exposure.expect: lambda s: {
        "intervention": intervention(s),
        "measure": Measure.SLEEP,
        "points": 2,
        "by_on": today() + timedelta(days=42),
    },
    context.note: lambda s: {
        "episode": s.world.episode,
        "kind": ContextKind.STRESS,
        "text": "Night shifts",
        "from_on": today(),
    },
    interactions.add: lambda _: {"pairs": [Pair(first="A", second="B", note="Watch it", source="Handbook")]},
    interactions.remove: lambda s: {"pair": interactions.listed().get(pk=s.furnished.north.pair_id)},
}
