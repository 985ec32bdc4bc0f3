"""`manage.py make_push_key`: a key of this installation's own, with which browsers know who sends them messages."""

from typing import Any

from django.core.management.base import BaseCommand

from monitoring.messages import pushes


class Command(BaseCommand):
    """Print a new private key for the setting PUSH_KEY; nothing is stored."""

    help = "Prints a new key for PUSH_KEY. With another key every browser must be allowed anew."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key alone, so that it can go into a file."""
        self.stdout.write(pushes.make_key())
