"""What every page of the team must say about the machine: checking has stopped, mail is refused, no one sees an alert.

The page itself finds out: no worker is needed to tell that workers are gone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Subquery

from monitoring.alerts import cover
from monitoring.messages.notifications import REFUSED_TRIES
from monitoring.models import Heartbeat, Notification
from monitoring.models.notifications import NotificationState
from monitoring.operations import heartbeats
from patients.queries import compiled


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong now.

    Attributes:
        has_stopped: whether people must go through the list by hand.
        refused_since: since when messages about this clinic's alerts are refused; None while they go out.
        unseen: open alerts of this clinic that no one may see; counted for clinic admins only.
    """

    has_stopped: bool
    refused_since: datetime | None
    unseen: int = 0


def trouble(*, is_admin: bool, at: datetime) -> Trouble:
    """Return what staff must know about the machine; one query, two for an admin."""
    last_ok_at, refused_since = next(iter(_watched(name=heartbeats.SWEEP, tries=REFUSED_TRIES)), (None, None))
    return Trouble(
        has_stopped=heartbeats.is_too_old(last_ok_at, at=at),
        refused_since=refused_since,
        unseen=cover.unseen().count() if is_admin else 0,
    )


@compiled
def _watched(*, name: str, tries: int) -> QuerySet[Heartbeat, tuple[Any, ...]]:
    refused = Notification.objects.filter(state=NotificationState.QUEUED, tries__gte=tries).order_by("queued_at")
    return Heartbeat.objects.filter(name=name).values_list("last_ok_at", Subquery(refused.values("queued_at")[:1]))
