"""Who of the team has looked at an episode: the patient's receipt, and what is new since then."""

from datetime import datetime

from django.db.models import QuerySet

from monitoring.models import Sighting
from patients.models import Episode, User


def seen(*, episode: Episode, by: User, at: datetime) -> None:
    """Note that a member of the team was shown the answers: the patient's receipt, and "new since I looked"."""
    # Nearly always there is one: a plain update is one statement, where "update or create" takes four.
    if not Sighting.objects.filter(episode=episode, user=by).update(seen_at=at):
        Sighting.objects.update_or_create(episode=episode, user=by, defaults={"seen_at": at})


def of_episode(episode: Episode) -> QuerySet[Sighting]:
    """Return who of the team has looked, the last one first."""
    return Sighting.objects.filter(episode=episode).select_related("user").order_by("-seen_at")
