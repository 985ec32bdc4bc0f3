"""`manage.py rules`: every clinical rule with its line, what it needs and where it comes from."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.rulebook import rulebook
from monitoring.rulebook.rows import joined


class Command(BaseCommand):
    """Print the rules: one a line, or as the document that clinicians read."""

    help = "Print every clinical rule with its tier, line, needs and source."
    # Printed from the code alone: works before there is a database.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--markdown", action="store_true", help="Print docs/clinical.md.")

    def handle(self, *args: str, **options: Any) -> None:
        """Print."""
        if options["markdown"]:
            self.stdout.write(rulebook.markdown(), ending="")
            return
        for row in rulebook.clinical_rules():
            told = [row.rule, row.tier, row.line, row.needs, joined(row.every_source)]
            self.stdout.write(" | ".join(part for part in told if part))
