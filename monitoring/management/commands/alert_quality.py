"""`manage.py alert_quality`: what the page about alerts shows, for the operator."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitoring.outcomes import alert_quality
from patients.models import Clinic
from patients.tenancy import clinic_transaction


class Command(BaseCommand):
    """Print how many alerts came, how soon they were answered, and how often anything was done."""

    help = "Print how alerts went in a clinic in the last 90 days, as its page shows it: small groups are hidden."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the clinic and the form."""
        parser.add_argument("--clinic", required=True, help="name of the clinic")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, and print."""
        clinic = Clinic.objects.filter(name=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic {options['clinic']!r}.")
        with clinic_transaction(clinic_id=clinic.pk):
            quality = alert_quality.load(clinic=clinic, at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(quality), indent=2, default=str))
            return
        self.stdout.write(f"{quality.raised} alerts, {quality.check_ins} check-ins, {quality.days} days")
        for row in (*quality.by_tier, *quality.by_kind):
            self.stdout.write(
                f"{row.name}: {row.raised or 'fewer than 5'} raised, answered after {row.hours_to_answer} h (median)"
            )
        self.stdout.write(f"Safety answers without a try for 12 hours: {quality.over_twelve_hours}")
