"""`manage.py note_backup`: whatever makes the nightly backup says with it that the backup is made and is sound."""

from typing import Any

from django.core.management.base import BaseCommand

from monitoring.operations import heartbeats


class Command(BaseCommand):
    """Note a backup; from the first one on /healthz is red when a night goes by without one."""

    help = "Notes that a backup was made, for /healthz. Call it only after the backup has ended well."

    def handle(self, *args: Any, **options: Any) -> None:
        """Note the moment."""
        with heartbeats.beat(heartbeats.BACKUP):
            pass
        self.stdout.write("noted")
