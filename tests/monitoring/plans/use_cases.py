"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from django.utils import timezone

from monitoring.models import CheckIn
from monitoring.models.plans import PauseReason
from monitoring.plans import cadences, own_items, plans
from tests.scenes import Scene, paper_patient, plan, today


def own_question() -> dict[str, Any]:
    return {"wording": "How far could I walk?", "low": "Not at all", "high": "Far", "higher_is_better": True}


def asked_in_own_words(scene: Scene) -> Any:
    said = own_question()
    own_items.set_own_item(episode=scene.world.episode, by=scene.world.ann, at=timezone.now(), **said)
    return scene.world.episode


def tired(scene: Scene) -> Any:
    """Three bad-day forms in a row."""
    CheckIn.objects.filter(episode=scene.world.episode).update(is_short=True)
    return scene.world.episode


def rhythm() -> plans.Rhythm:
    return plans.Rhythm(weekday=1, local_time=time(9))


def paused_plan(scene: Scene) -> Any:
    until = today() + timedelta(days=9)
    return plans.pause(plan=plan(scene), reason=PauseReason.BREAK, until=until, by=scene.world.ann, at=timezone.now())


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    own_items.set_own_item: lambda s: {"episode": s.world.bens_episode, **own_question()},
    own_items.drop_own_item: lambda s: {"episode": asked_in_own_words(s)},
    cadences.lower: lambda s: {"episode": tired(s)},
    plans.start: lambda s: {"episode": s.world.bens_episode, "weekday": 1, "local_time": time(9), "starts_on": today()},
    plans.change_rhythm: lambda s: {"plan": plan(s), "weekday": 4, "time_zone": "Asia/Kathmandu"},
    plans.pause: lambda s: {"plan": plan(s), "reason": PauseReason.HOLIDAY, "until": today() + timedelta(days=9)},
    plans.resume: lambda s: {"plan": paused_plan(s)},
    plans.admit: lambda s: {
        "patient": paper_patient(s),
        "started_on": today(),
        "problems": "Pain",
        "goal": "",
        "rhythm": rhythm(),
    },
}
