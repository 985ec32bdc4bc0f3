"""`manage.py create_clinic`: the first step of an installation, a clinic and the invitations of its first people."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from patients import zones
from patients.accounts import clinics
from patients.accounts.invitations import InvitationLink
from patients.models import Clinic


class Command(BaseCommand):
    """Set up a clinic and print the links with which its first people open their accounts."""

    help = "Set up a clinic and print the invitation links of its first admin and its first clinician."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the names, the zone and the addresses."""
        parser.add_argument("--name", required=True, help="name used inside the clinic")
        parser.add_argument("--public-name", required=True, help="name in mails; it should not tell a condition")
        parser.add_argument("--time-zone", default="UTC", help="for example Europe/London")
        parser.add_argument("--admin-email", required=True, help="the first admin's own address")
        parser.add_argument(
            "--clinician-email",
            default="",
            help="the first clinician's own address: the second person who confirms whom the admin proposes",
        )
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the installation is reached")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the clinic, or say in one sentence what is wrong."""
        _check(options)
        first = clinics.set_up_clinic(
            name=options["name"],
            public_name=options["public_name"],
            time_zone=zones.canonical(options["time_zone"]) or zones.NO_ZONE,
            admin_email=options["admin_email"],
            clinician_email=options["clinician_email"],
            at=timezone.now(),
        )
        self.stdout.write(f"{options['name']} is ready. Give each link to its own person; they work for 72 hours.")
        self._print("clinic admin", first.admin, options["address"])
        if first.clinician is None:
            self.stdout.write(
                "Nobody in the clinic can confirm whom the admin proposes yet. Confirm the first clinician with\n"
                f'manage.py confirm_role --clinic "{options["name"]}" --email ADDRESS'
            )
        else:
            self._print("clinician", first.clinician, options["address"])

    def _print(self, who: str, link: InvitationLink, address: str) -> None:
        """Print one link."""
        self.stdout.write(f"The first {who}:\n{address.rstrip('/')}{reverse('join', args=[link.token])}")


def _check(options: dict[str, Any]) -> None:
    """Refuse nonsense before anything is written.

    Raises:
        CommandError: with one sentence.
    """
    if zones.canonical(options["time_zone"]) is None:
        raise CommandError(f"{options['time_zone']} is no time zone; use a name such as Europe/London.")
    for email in filter(None, (options["admin_email"], options["clinician_email"])):
        try:
            validate_email(email)
        except ValidationError as problem:
            raise CommandError(f"{email} is no e-mail address.") from problem
    if Clinic.objects.filter(name=options["name"]).exists():
        raise CommandError(f"There is a clinic called {options['name']} already.")
