"""`manage.py reassess`: after a change of engine or rules, how far the re-assessment is; or finish it now."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from monitoring.assessments import assessments
from monitoring.assessments.assessments import Progress
from monitoring.operations import tasks
from patients.models import Clinic
from patients.tenancy import clinic_transaction


class Command(BaseCommand):
    """Say how many episodes are not on the present engine and rules yet, or assess them all now. Pages no one."""

    help = "Assess again what another engine or rule set assessed last. The sweep does so in the background anyway."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the wish to look only."""
        parser.add_argument("--status", action="store_true", help="Only say how far it is.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the clinics, one after the other."""
        for clinic in Clinic.objects.order_by("name"):
            if not options["status"]:
                self._finish(clinic.pk)
            progress = _progress(clinic.pk)
            self.stdout.write(
                f"{clinic.name}: {progress.outdated} of {progress.total} episodes not on the present version yet"
            )

    def _finish(self, clinic_id: UUID) -> None:
        """Assess batch after batch until nothing is left that can be assessed."""
        while True:
            at = timezone.now()
            with clinic_transaction(clinic_id=clinic_id):
                if not assessments.mark_outdated(at=at):
                    return
                due = assessments.due_episodes(at=at)
            for episode_id in due:
                tasks.assess(clinic_id=clinic_id, episode_id=episode_id, at=at)
            self.stdout.write(f"{_progress(clinic_id).outdated} to go")


def _progress(clinic_id: UUID) -> Progress:
    """Return how far one clinic is."""
    with clinic_transaction(clinic_id=clinic_id):
        return assessments.progress()
