"""The pulse of each process in the background: a row that says it works, and a file for its container's own check.

Not the duties that they do: those are in heartbeats.py. A process that lives and does nothing has no pulse.
"""

import logging
from pathlib import Path
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from celery.bootsteps import StartStopStep
from celery.worker import state
from django.conf import settings
from django.db import Error, connection

from monitoring.operations import heartbeats

logger = logging.getLogger(__name__)
# How often the worker looks at itself. Its longest task ends within two minutes (CELERY_TASK_TIME_LIMIT), and during
# that time it may show no life; both together stay below heartbeats.STOPPED_AFTER_SECONDS.
LOOK_SECONDS = 20


def show(process: str) -> None:
    """Show that this process does its work; a database that is away is the matter of others."""
    if settings.PULSE_DIR:
        folder = Path(settings.PULSE_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / process).touch()
    try:
        heartbeats.show_life(process)
    except Error:
        logger.warning("a sign of life was not noted")


def show_and_let_go(process: str) -> None:
    """Show life and close the connection: a connection that stays would be inherited by the worker's children."""
    try:
        show(process)
    finally:
        connection.close()


class ShowingScheduler(Scheduler):  # type: ignore[misc]  # Celery is untyped
    """Celery's scheduler, which shows life whenever it has published something."""

    def setup_schedule(self) -> None:
        """Show life at the start: the first sweep is published a minute later."""
        super().setup_schedule()
        show_and_let_go("beat")

    def apply_async(self, entry: ScheduleEntry, **options: Any) -> Any:
        """Publish; what the broker did not take is no sign of life."""
        published = super().apply_async(entry, **options)
        show_and_let_go("beat")
        return published


class WorkersPulse(StartStopStep):  # type: ignore[misc]  # Celery is untyped
    """Shows that the worker takes work and gets it done, for as long as it is connected to the broker."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        """Begin without having seen anything done."""
        super().__init__(consumer, **options)
        self.timer: Any = None
        self.done = 0

    def start(self, consumer: Any) -> None:
        """Look now, and from now on at each pace; a connection that breaks ends it, the next one begins it anew."""
        self.look()
        self.timer = consumer.timer.call_repeatedly(LOOK_SECONDS, self.look)

    def stop(self, _consumer: Any) -> None:
        """End with the connection."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    shutdown = stop

    def look(self) -> None:
        """Show life unless work waits and none of it was begun or ended since the last look."""
        done = sum(state.total_count.values()) - len(state.active_requests)
        if not state.reserved_requests or done != self.done:
            show_and_let_go("worker")
        self.done = done
