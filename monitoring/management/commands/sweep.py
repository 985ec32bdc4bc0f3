"""`manage.py sweep`: do what is due, once or each minute, without Celery and without its broker."""

import logging
import signal
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from monitoring.operations import pulses, tasks

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Run one sweep, or one after the other for as long as the process lives."""

    help = "Find everything that is due in every clinic: weeks, assessments, messages."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the pace; without one a single sweep is made."""
        parser.add_argument("--every", type=float, metavar="SECONDS", help="Go on for ever, at this pace.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once and print how much was done, or go on for ever."""
        if options["every"] is None:
            self.stdout.write(f"{tasks.run_sweep(at=timezone.now(), show_life=_show_life)} done")
            return
        # As a container's first process it would otherwise not hear the request to end.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            began = time.monotonic()
            _sweep_whatever_happens()
            time.sleep(max(0.0, began + options["every"] - time.monotonic()))


def _sweep_whatever_happens() -> None:
    """Sweep; a database that is away, or one clinic that fails, is met again at the next sweep."""
    close_old_connections()
    try:
        tasks.run_sweep(at=timezone.now(), show_life=_show_life)
    except Exception:
        logger.exception("sweep failed, the next one tries again")


def _show_life() -> None:
    pulses.show("sweep")
