"""`manage.py confirm_role`: whoever runs the installation is the second person of a clinic that has none."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patients.accounts import notices, proposals
from patients.models import Clinic
from patients.models.people import STAFF_ROLES
from patients.tenancy import clinic_transaction


class Command(BaseCommand):
    """Confirm what a clinic admin has proposed, where no one in the clinic can."""

    help = "Confirm the role that a clinic admin has proposed for an address: ask the clinic first, by another road."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the clinic, the address and, where there are several, the role."""
        parser.add_argument("--clinic", required=True, help="name used inside the clinic")
        parser.add_argument("--email", required=True, help="address of the person who was invited")
        parser.add_argument("--role", choices=sorted(STAFF_ROLES), help="needed when several roles wait")

    def handle(self, *args: Any, **options: Any) -> None:
        """Confirm one proposal, or say in one sentence why not."""
        clinic = Clinic.objects.filter(name=options["clinic"]).first()
        if clinic is None:
            raise CommandError(f"There is no clinic called {options['clinic']}.")
        now = timezone.now()
        with clinic_transaction(clinic_id=clinic.pk):
            waiting = proposals.waiting(at=now).filter(email=options["email"].strip().lower())
            proposed = list(waiting.filter(role=options["role"]) if options["role"] else waiting)
            if not proposed:
                raise CommandError("Nothing waits for this address: a clinic admin has to invite it first.")
            if len(proposed) > 1:
                raise CommandError("Several roles wait for this address: say which with --role.")
            confirmed = proposals.confirm_by_operator(invitation=proposed[0], at=now)
            notices.tell_staff(but=None)
        state = "It counts from now on." if confirmed.accepted_at else "It counts once the invitation is accepted."
        self.stdout.write(f"Confirmed: {confirmed.email} as {confirmed.role} of {clinic.name}. {state}")
