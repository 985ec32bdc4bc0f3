"""`manage.py create_clinic`: the first step of an installation, a clinic and the invitation of its first admin."""

from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from patients import clinics
from patients.models import Clinic


class Command(BaseCommand):
    """Set up a clinic and print the link with which its first admin opens an account."""

    help = "Set up a clinic and print the invitation link of its first admin."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the names, the zone and the address."""
        parser.add_argument("--name", required=True, help="name used inside the clinic")
        parser.add_argument("--public-name", required=True, help="name in mails; it should not tell a condition")
        parser.add_argument("--time-zone", default="UTC", help="for example Europe/London")
        parser.add_argument("--admin-email", required=True, help="the first admin's own address")
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the installation is reached")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the clinic, or say in one sentence what is wrong."""
        _check(options)
        link = clinics.set_up_clinic(
            name=options["name"],
            public_name=options["public_name"],
            time_zone=options["time_zone"],
            admin_email=options["admin_email"],
            at=timezone.now(),
        )
        url = options["address"].rstrip("/") + reverse("join", args=[link.token])
        self.stdout.write(f"{options['name']} is ready. Its first admin opens an account here, within 72 hours:\n{url}")


def _check(options: dict[str, Any]) -> None:
    """Refuse nonsense before anything is written.

    Raises:
        CommandError: with one sentence.
    """
    if options["time_zone"] not in available_timezones():
        raise CommandError(f"{options['time_zone']} is no time zone; use a name such as Europe/London.")
    try:
        validate_email(options["admin_email"])
    except ValidationError as problem:
        raise CommandError(f"{options['admin_email']} is no e-mail address.") from problem
    if Clinic.objects.filter(name=options["name"]).exists():
        raise CommandError(f"There is a clinic called {options['name']} already.")
