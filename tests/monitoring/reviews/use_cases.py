"""With which arguments, besides by= and at=, the use cases of this package work. A new one needs a line here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from monitoring.models.reviews import ActionOwner
from monitoring.reviews import reviews, summaries
from tests.scenes import Scene


def done_action(scene: Scene) -> Any:
    action = reviews.actions(scene.world.episode).get(pk=scene.furnished.north.action_id)
    return reviews.finish(action=action, by=scene.world.ann, at=timezone.now())


def past_review(scene: Scene) -> Any:
    now = timezone.now()
    review = reviews.plan(episode=scene.world.episode, planned_at=now + timedelta(days=1), by=scene.world.chris, at=now)
    review.planned_at = now - timedelta(hours=1)
    review.save(update_fields=["planned_at"])
    return review


EXAMPLES: dict[Callable[..., Any], Callable[[Scene], dict[str, Any]]] = {
    summaries.load_summary: lambda s: {"episode": s.world.episode, "clinic": s.world.clinic},
    reviews.plan: lambda s: {"episode": s.world.episode, "planned_at": timezone.now() + timedelta(days=3)},
    reviews.settle: lambda s: {"review": past_review(s), "was_held": True},
    reviews.prepare: lambda s: {"episode": s.world.episode, "topics": ["mood", "More days at work"]},
    reviews.agree: lambda s: {"episode": s.world.episode, "text": "Call the baths", "owner": ActionOwner.TEAM},
    reviews.finish: lambda s: {"action": reviews.actions(s.world.episode).get(pk=s.furnished.north.action_id)},
    reviews.reopen: lambda s: {"action": done_action(s)},
}
