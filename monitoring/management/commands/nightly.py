"""`manage.py nightly`: compare every open episode with its newest assessment, once, without Celery; or say how far it is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from monitoring.operations import heartbeats, tasks


class Command(BaseCommand):
    """Make due whose verdict has moved; what becomes due is assessed by the next sweep."""

    help = "Compare all open episodes with their assessments. Runs each night by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the wish to look only."""
        parser.add_argument("--status", action="store_true", help="Only say how far the newest comparison is.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare chunk by chunk, or say how far it is."""
        if not options["status"]:
            self._compare()
        heartbeat = heartbeats.find(heartbeats.PANEL)
        if heartbeat is None:
            self.stdout.write("never ran")
            return
        ended = f"{heartbeat.last_ok_at:%Y-%m-%d %H:%M} UTC" if heartbeat.last_ok_at else "never"
        self.stdout.write(
            f"{heartbeat.items} of {heartbeat.total} episodes compared; "
            f"started {heartbeat.last_started_at:%Y-%m-%d %H:%M} UTC, last finished {ended}"
        )

    def _compare(self) -> None:
        """Go through all clinics' chunks."""
        for clinic_id, chunk in tasks.plan_comparison():
            due = tasks.compare(clinic_id=clinic_id, chunk=chunk, at=timezone.now())
            self.stdout.write(f"{chunk.episodes} episodes compared, {due} became due")
