"""`manage.py seed_demo`: fill an own clinic with invented people, so that there is something to look at."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from monitoring import demo
from monitoring.operations import heartbeats
from patients.models import Clinic

OWNER_ONLY = 0o600


class Command(BaseCommand):
    """Make the demo clinic, or go on where an earlier run was stopped; once it is full, nothing changes."""

    help = "Make the demo clinic with a year of invented history. Does nothing where all of it exists already."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build the clinic part by part, and say how far it is: the page on which one signs in shows it."""
        is_new = not Clinic.objects.filter(name=demo.CLINIC_NAME).exists()
        if not is_new and not heartbeats.remaining(heartbeats.DEMO):
            self.stdout.write(f"{demo.CLINIC_NAME} is there already; nothing changed.")
            return
        at, path = timezone.now(), Path(settings.DATA_DIR) / "demo.json"
        with heartbeats.working(heartbeats.DEMO, total=len(demo.STORIES)):
            if is_new:
                with transaction.atomic():
                    write_sign_ins(path, demo.begin(at=at))
                    heartbeats.advance(heartbeats.DEMO, items=len(demo.first_part(demo.STORIES)))
                self.stdout.write(f"{demo.CLINIC_NAME} can be signed in to. Sign-ins: {path}")
            for come in demo.fill(at=at):
                heartbeats.reach(heartbeats.DEMO, items=come)
        self.stdout.write(f"{demo.CLINIC_NAME} is full: {len(demo.STORIES)} people.")


def write_sign_ins(path: Path, sign_ins: list[demo.SignIn]) -> None:
    """Write the generated passwords where only the user who runs the installation can read them."""
    entries = [asdict(sign_in) | {"who": f"{sign_in.role}: {sign_in.name}"} for sign_in in sign_ins]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"sign_ins": entries}, file, indent=2)
