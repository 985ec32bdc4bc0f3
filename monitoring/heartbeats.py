"""When background duties last ran, and what /healthz says about it. Needs no worker to tell that workers are gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from monitoring.models import Heartbeat

SWEEP = "sweep"
# The sweep runs each minute; older than three periods means checking has stopped. Source: SAFETY 3.4.
STOPPED_AFTER_SECONDS = 180
# A web host whose clock differs more from the database's must not decide what is due. Source: SAFETY 3.4.
LARGEST_SKEW_SECONDS = 5


@dataclass
class Beat:
    """What a running duty reports when it ends."""

    items: int = 0


@contextmanager
def beat(name: str) -> Iterator[Beat]:
    """Record the start and the end of a duty; a duty that raises is recorded by its type and raises on."""
    Heartbeat.objects.update_or_create(name=name, defaults={"last_started_at": timezone.now()})
    report = Beat()
    try:
        yield report
    except Exception as error:
        Heartbeat.objects.filter(name=name).update(error=type(error).__name__)
        raise
    Heartbeat.objects.filter(name=name).update(last_ok_at=timezone.now(), items=report.items, error="")


def seconds_since(name: str, *, at: datetime) -> float | None:
    """Return how long ago a duty last ended well; None if it never did."""
    heartbeat = Heartbeat.objects.filter(name=name).first()
    if heartbeat is None or heartbeat.last_ok_at is None:
        return None
    return max(0.0, (at - heartbeat.last_ok_at).total_seconds())


def has_checking_stopped(*, at: datetime) -> bool:
    """Say whether people must go through the list by hand."""
    age = seconds_since(SWEEP, at=at)
    return age is None or age > STOPPED_AFTER_SECONDS
