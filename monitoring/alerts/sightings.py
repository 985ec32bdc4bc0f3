"""Who of the team has looked at an episode: the patient's receipt, and what is new since then."""

from datetime import datetime

from django.db.models import Case, DateTimeField, F, QuerySet, Subquery, Value, When

from monitoring.models import CheckIn, Sighting
from patients.models import Episode, User


def seen(*, episode: Episode, by: User, at: datetime) -> None:
    """Note that a member of the team was shown the answers: the patient's receipt, and "new since I looked"."""
    sent = CheckIn.versions.filter(episode=episode).order_by("-submitted_at").values("submitted_at")[:1]
    first = Case(
        When(first_since__gte=Subquery(sent), then=F("first_since")), default=Value(at, output_field=DateTimeField())
    )
    # Nearly always there is one: a plain update is one statement, where "update or create" takes four.
    if not Sighting.objects.filter(episode=episode, user=by).update(seen_at=at, first_since=first):
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
