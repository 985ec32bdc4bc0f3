"""When background duties last ran, and what /healthz says about it. Needs no worker to tell that workers are gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Least
from django.utils import timezone

from monitoring.models import Heartbeat
from patients.queries import compiled

SWEEP = "sweep"
# How far the re-assessment after a change of engine or rules has come, in episodes.
REASSESSMENT = "reassess"
# How far the nightly comparison of all episodes has come, in episodes.
PANEL = "panel"
# How far the nightly measurement of the clinics' own past has come, in clinics.
MEASUREMENT = "measure"
# How many messages about alerts the mail server refuses again and again, and since when.
MAIL = "mail"
# How many open alerts no one may see.
UNSEEN = "unseen"
# How many open alerts would be forgotten: no next step, and no reason stated.
UNWATCHED = "unwatched"
# How many steps of alerts' clocks the last sweep left undone, and since when the oldest is due.
ESCALATION = "escalation"
# How many zones of the clinics and their people the database reads otherwise than we do.
ZONES = "zones"
# How many assessments were left undone by the last sweep, and since when the oldest is due.
WAITING = "waiting"
# How many people could not be assessed again and again.
FAILING = "failing"
# How many messages about alerts wait to be sent, and since when the oldest.
QUEUED = "queued"
# The last backup, as the command that makes it reports it (`manage.py note_backup`).
BACKUP = "backup"
# How far the demo clinic has come, in people.
DEMO = "demo"
# The processes in the background, by the names of config.processes.
PROCESSES = ("worker", "beat", "sweep")
# Nightly work that did not begin for so long is begun by the sweep.
NIGHTLY_IS_LATE_AFTER = timedelta(hours=26)
# The sweep runs each minute; older than three periods means checking has stopped. Source:
# docs/safety.md#watching-the-watchman.
STOPPED_AFTER_SECONDS = 180
# A web host whose clock differs more from the database's must not decide what is due. Source:
# docs/safety.md#watching-the-watchman.
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


def show_progress(name: str, *, items: int, total: int) -> None:
    """Record how far a duty has come that is known to work."""
    now = timezone.now()
    facts = {"items": items, "total": total, "last_ok_at": now, "error": ""}
    Heartbeat.objects.update_or_create(name=name, defaults=facts, create_defaults={**facts, "last_started_at": now})


def show_trouble(name: str, *, items: int, since: datetime | None = None) -> None:
    """Record how many things are in trouble, and since when; none is well."""
    now = timezone.now()
    facts = {"items": items, "last_started_at": since or now, "last_ok_at": None if items else now}
    Heartbeat.objects.update_or_create(name=name, defaults=facts)


def start(name: str, *, total: int) -> None:
    """Record the start of a duty that others will work through, piece by piece."""
    Heartbeat.objects.update_or_create(
        name=name, defaults={"last_started_at": timezone.now(), "items": 0, "total": total, "error": ""}
    )


@contextmanager
def working(name: str, *, total: int) -> Iterator[None]:
    """Record the start of a duty that is gone on with where it was stopped, and by its type what stops it."""
    begun = {"last_started_at": timezone.now(), "total": total, "error": ""}
    Heartbeat.objects.update_or_create(name=name, defaults=begun)
    try:
        yield
    except Exception as error:
        Heartbeat.objects.filter(name=name).update(error=type(error).__name__)
        raise


def reach(name: str, *, items: int) -> None:
    """Record how much of a duty is done by now; with the last piece it has ended well."""
    Heartbeat.objects.filter(name=name).update(items=items)
    advance(name, items=0)


def advance(name: str, *, items: int) -> None:
    """Add to what is done of a duty; with the last piece it has ended well."""
    Heartbeat.objects.filter(name=name).update(items=Least(F("items") + items, F("total")))
    Heartbeat.objects.filter(name=name, items=F("total")).update(last_ok_at=timezone.now())


def of_process(name: str) -> str:
    """Return under which name the pulse of a process is kept: the sweep is a duty, and a process that does it."""
    return f"{name} process"


def show_life(process: str) -> None:
    """Record that a process does its work."""
    now = timezone.now()
    name, facts = of_process(process), {"last_ok_at": now, "error": ""}
    Heartbeat.objects.update_or_create(name=name, defaults=facts, create_defaults={**facts, "last_started_at": now})


def known() -> dict[str, Heartbeat]:
    """Return what is known of every duty and process, by its name."""
    return {heartbeat.name: heartbeat for heartbeat in Heartbeat.objects.all()}


def find(name: str) -> Heartbeat | None:
    """Return what is known of a duty; None if it never ran."""
    return next(iter(_heartbeats(name=name)), None)


@compiled
def _heartbeats(*, name: str) -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(name=name)


def is_late(name: str, *, at: datetime) -> bool:
    """Say whether a nightly duty did not begin last night."""
    heartbeat = find(name)
    return heartbeat is None or at - heartbeat.last_started_at > NIGHTLY_IS_LATE_AFTER


def remaining(name: str) -> int:
    """Return how much of a duty is still to be done; 0 if it never ran."""
    heartbeat = find(name)
    return heartbeat.total - heartbeat.items if heartbeat else 0


def trouble(name: str) -> int:
    """Return how many things of a kind are in trouble; 0 where no one has looked yet."""
    heartbeat = find(name)
    return heartbeat.items if heartbeat else 0


def has_checking_stopped(*, at: datetime) -> bool:
    """Say whether people must go through the list by hand."""
    heartbeat = find(SWEEP)
    return is_too_old(heartbeat.last_ok_at if heartbeat else None, at=at)


def is_too_old(last_ok_at: datetime | None, *, at: datetime) -> bool:
    """Say whether the last sweep that ended well, if any did, is too long ago."""
    return last_ok_at is None or (at - last_ok_at).total_seconds() > STOPPED_AFTER_SECONDS
