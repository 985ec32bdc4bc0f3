"""`manage.py sweep`: what Celery beat does each minute, once, without Celery."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from monitoring import tasks


class Command(BaseCommand):
    """Run one sweep; for cron or systemd where no worker runs."""

    help = "Find everything that is due in every clinic: weeks, assessments, messages."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once and print how much was done."""
        self.stdout.write(f"{tasks.run_sweep(at=timezone.now())} done")
