"""Who of the team has looked at an episode: the patient's receipt, and what is new since then."""

from datetime import datetime

from django.db.models import QuerySet

from monitoring.models import Sighting
from patients.models import Episode, User


def seen(*, episode: Episode, by: User, sent_at: datetime | None, at: datetime) -> None:
    """Note that a member of the team was shown the answers: the patient's receipt, and "new since I looked".

    Args:
        episode: whose answers.
        by: who looked.
        sent_at: when the newest of them came; None before the first.
        at: now.
    """
    looked = Sighting.objects.filter(episode=episode, user=by)
    since = looked if sent_at is None else looked.filter(first_since__gte=sent_at)
    # Nearly always someone has looked before: a plain update is one statement, where "update or create" takes four.
    if since.update(seen_at=at) or looked.update(seen_at=at, first_since=at):
        return
    Sighting.objects.update_or_create(
        episode=episode, user=by, defaults={"seen_at": at}, create_defaults={"seen_at": at, "first_since": at}
    )


def first_since(episode: Episode, moment: datetime) -> Sighting | None:
    """Return who of the team looked first at what was sent last, at a moment; None while no one has."""
    looks = Sighting.objects.filter(episode=episode, first_since__gte=moment).select_related("user")
    return looks.order_by("first_since").first()


def of_episode(episode: Episode) -> QuerySet[Sighting]:
    """Return who of the team has looked, the last one first."""
    return Sighting.objects.filter(episode=episode).select_related("user").order_by("-seen_at")
