"""Whether somebody must look at the machine, by one list of rules: for /healthz, for Prometheus and for the dead man.

Needs the database and no worker. Holds numbers alone: no name of a person, of a clinic or of a host.
"""

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.db import connection

from monitoring.messages import outside
from monitoring.models import Heartbeat
from monitoring.operations import heartbeats

logger = logging.getLogger(__name__)
# Sources of all limits: docs/safety.md#watching-the-watchman.
LONGEST_UNASSESSED_SECONDS = 300
LATEST_ESCALATION_SECONDS = 120
LEAST_FREE_PERCENT = 10
LONGEST_WITHOUT_BACKUP_HOURS = 26

Number = float | int | None
# Fact -> what it must be. A fact that is not known is well, but for a process or a sweep that never showed life.
_Rule = Callable[[Number], bool]


def _at_most(limit: float) -> _Rule:
    return lambda value: value is None or value <= limit


def _seen_within(limit: float) -> _Rule:
    return lambda value: value is not None and value <= limit


_none: _Rule = _at_most(0)

RULES: Mapping[str, _Rule] = {
    "sweep_age_s": _seen_within(heartbeats.STOPPED_AFTER_SECONDS),
    **{f"{name}_process_age_s": _seen_within(heartbeats.STOPPED_AFTER_SECONDS) for name in heartbeats.PROCESSES},
    "oldest_unassessed_s": _at_most(LONGEST_UNASSESSED_SECONDS),
    "not_assessable": _none,
    "clock_skew_s": _at_most(heartbeats.LARGEST_SKEW_SECONDS),
    "disk_free_percent": lambda value: value is None or value >= LEAST_FREE_PERCENT,
    "backup_age_h": _at_most(LONGEST_WITHOUT_BACKUP_HOURS),
    "mail_refused": _none,
    "alerts_nobody_sees": _none,
    "alerts_without_next_step": _none,
    "oldest_due_escalation_s": _at_most(LATEST_ESCALATION_SECONDS),
}


@dataclass(frozen=True)
class Health:
    """What is known now, and which of it breaks a rule."""

    facts: Mapping[str, Number]
    broken: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Say whether nobody has to look."""
        return not self.broken


def look(*, at: datetime) -> Health:
    """Return what is known: two queries.

    Raises:
        DatabaseError: the database is away.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        skew = abs(float(cursor.fetchone()[0]) - at.timestamp())
    facts = _facts_of(heartbeats.known(), at=at) | {
        "clock_skew_s": round(skew, 3),
        "disk_free_percent": free_percent(settings.WATCHED_FOLDERS),
    }
    return Health(facts, tuple(name for name, holds in RULES.items() if name in facts and not holds(facts[name])))


def _facts_of(known: Mapping[str, Heartbeat], *, at: datetime) -> dict[str, Number]:
    """Return what duties and processes have noted."""
    backup = _age(known, heartbeats.BACKUP, at)
    return {
        "sweep_age_s": _age(known, heartbeats.SWEEP, at),
        **{
            f"{name}_process_age_s": _age(known, heartbeats.of_process(name), at) for name in settings.WATCHED_PROCESSES
        },
        "oldest_unassessed_s": _trouble_age(known, heartbeats.WAITING, at),
        "unassessed": _count(known, heartbeats.WAITING),
        "not_assessable": _count(known, heartbeats.FAILING),
        "outdated_assessments": _remaining(known, heartbeats.REASSESSMENT),
        "panel_remaining": _remaining(known, heartbeats.PANEL),
        "mail_queued": _count(known, heartbeats.QUEUED),
        "mail_oldest_queued_s": _trouble_age(known, heartbeats.QUEUED, at),
        "mail_refused": _count(known, heartbeats.MAIL),
        "alerts_nobody_sees": _count(known, heartbeats.UNSEEN),
        "alerts_without_next_step": _count(known, heartbeats.UNWATCHED),
        "oldest_due_escalation_s": _trouble_age(known, heartbeats.ESCALATION, at),
        # A warning: days are counted by us, never by the database.
        "zones_read_differently": _count(known, heartbeats.ZONES),
        "backup_age_h": None if backup is None else round(backup / 3600, 1),
    }


def _age(known: Mapping[str, Heartbeat], name: str, at: datetime) -> float | None:
    """Return how long ago something last ended well; None if it never did."""
    heartbeat = known.get(name)
    if heartbeat is None or heartbeat.last_ok_at is None:
        return None
    return max(0.0, round((at - heartbeat.last_ok_at).total_seconds(), 1))


def _trouble_age(known: Mapping[str, Heartbeat], name: str, at: datetime) -> float:
    """Return since how many seconds there is trouble of a kind; 0 where there is none."""
    heartbeat = known.get(name)
    if heartbeat is None or not heartbeat.items:
        return 0.0
    return max(0.0, round((at - heartbeat.last_started_at).total_seconds(), 1))


def _count(known: Mapping[str, Heartbeat], name: str) -> int:
    return known[name].items if name in known else 0


def _remaining(known: Mapping[str, Heartbeat], name: str) -> int:
    return known[name].total - known[name].items if name in known else 0


def free_percent(folders: list[str]) -> float | None:
    """Return how much of the fullest disk is free, in percent; None where none of the folders is there."""
    shares = []
    for folder in folders:
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            continue
        shares.append(100 * usage.free / usage.total)
    return round(min(shares), 1) if shares else None


def tell_dead_man(*, at: datetime) -> bool:
    """Ask the address of the dead man's switch while all is well; return whether it was asked and answered.

    Nothing is sent but the question itself. What goes wrong is logged and no more: its watcher will notice.
    """
    if not settings.DEAD_MAN_URL or not look(at=at).is_well:
        return False
    is_answered = HTTPStatus.OK <= outside.ask(settings.DEAD_MAN_URL) < HTTPStatus.MULTIPLE_CHOICES
    if not is_answered:
        logger.warning("the dead man's switch did not answer")
    return is_answered
