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
from patients.models import Clinic

OWNER_ONLY = 0o600


class Command(BaseCommand):
    """Make the demo clinic; a second run changes nothing."""

    help = "Make the demo clinic with a year of invented history. Does nothing where it exists already."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build the clinic and write down its sign-ins, together or not at all."""
        if Clinic.objects.filter(name=demo.CLINIC_NAME).exists():
            self.stdout.write(f"{demo.CLINIC_NAME} is there already; nothing changed.")
            return
        path = Path(settings.DATA_DIR) / "demo.json"
        with transaction.atomic():
            sign_ins = demo.build(at=timezone.now())
            write_sign_ins(path, sign_ins)
        self.stdout.write(f"{demo.CLINIC_NAME} is ready. Sign-ins: {path}")


def write_sign_ins(path: Path, sign_ins: list[demo.SignIn]) -> None:
    """Write the generated passwords where only the user who runs the installation can read them."""
    entries = [asdict(sign_in) | {"who": f"{sign_in.role}: {sign_in.name}"} for sign_in in sign_ins]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"sign_ins": entries}, file, indent=2)
