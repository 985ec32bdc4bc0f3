"""What every page of the team must say about the machine: checking or a process stopped, mail is refused, no one sees.

The page itself finds out: no worker is needed to tell that workers are gone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery

from monitoring.alerts import cover
from monitoring.messages.notifications import REFUSED_TRIES
from monitoring.models import Heartbeat, Notification
from monitoring.models.notifications import NotificationChannel, NotificationState
from monitoring.operations import heartbeats
from patients.queries import compiled


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong now.

    Attributes:
        has_stopped: whether people must go through the list by hand.
        stopped_at: when the last check ended well; None if none ever did.
        still: the processes that show no life, by their names; empty while all do.
        refused_since: since when messages about this clinic's alerts are refused; None while they go out.
        unseen: open alerts of this clinic that no one may see; counted for clinic admins only.
    """

    has_stopped: bool
    stopped_at: datetime | None
    still: tuple[str, ...]
    refused_since: datetime | None
    unseen: int = 0


def trouble(*, is_admin: bool, at: datetime) -> Trouble:
    """Return what staff must know about the machine; one query, two for an admin."""
    rows = list(_watched(tries=REFUSED_TRIES))
    seen = {name: last_ok_at for name, last_ok_at, _refused_since in rows}
    stopped_at = seen.get(heartbeats.SWEEP)
    still = [
        name
        for name in settings.WATCHED_PROCESSES
        if heartbeats.is_too_old(seen.get(heartbeats.of_process(name)), at=at)
    ]
    return Trouble(
        has_stopped=heartbeats.is_too_old(stopped_at, at=at),
        stopped_at=stopped_at,
        still=tuple(still),
        refused_since=rows[0][2] if rows else None,
        unseen=cover.unseen().count() if is_admin else 0,
    )


@compiled
def _watched(*, tries: int) -> QuerySet[Heartbeat, tuple[Any, ...]]:
    """Return every duty and process with its last sign of life, and with each since when mail is refused."""
    mails = Notification.objects.filter(channel=NotificationChannel.EMAIL)
    refused = mails.filter(state=NotificationState.QUEUED, tries__gte=tries).order_by("queued_at")
    return Heartbeat.objects.values_list("name", "last_ok_at", Subquery(refused.values("queued_at")[:1]))
