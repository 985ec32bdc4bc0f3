"""Setting up a clinic on the console: its first people, and the second person where a clinic has no one who could be."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from patients.accounts import invitations, proposals
from patients.models import AuditEvent, Clinic, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.accounts.test_proposals import JOINED, PASSWORD, proposed, roles_of

NEW_CLINIC = {"name": "Harbour Clinic", "public_name": "Harbour", "admin_email": "ada@harbour.example"}


def set_up(**more: str) -> list[str]:
    """Set up a clinic on the console and return the paths of the links that are printed."""
    out = StringIO()
    call_command("create_clinic", **(NEW_CLINIC | more), stdout=out)
    return re.findall(r"http://127\.0\.0\.1:8000(/join/\S+)", out.getvalue())


def test_the_console_names_the_first_admin_and_the_first_clinician_who_then_confirms(db: None) -> None:
    admins_link, clinicians_link = set_up(clinician_email="cleo@harbour.example")
    ada, cleo, third = Client(), Client(), Client()
    ada.post(admins_link, JOINED | {"name": "Ada"})
    cleo.post(clinicians_link, JOINED | {"name": "Cleo"})
    clinic = Clinic.objects.get()
    with clinic_context(clinic_id=clinic.pk):
        ada_herself = User.objects.get(email="ada@harbour.example")
        link = invitations.invite(
            email="cody@harbour.example", name="Cody", role=Role.COORDINATOR, by=ada_herself, at=timezone.now()
        )

    cleo.post(f"/clinic/accounts/{link.invitation.pk}/confirm/")
    third.post(f"/join/{link.token}/", JOINED | {"name": "Cody"})

    assert third.get("/caseload/").status_code == 200
    assert User.objects.get(email="ada@harbour.example").check_password(PASSWORD)
    page = ada.get("/clinic/people/").content.decode()
    assert page.count("confirmed by whoever runs this installation") == 2
    assert "proposed by Ada, confirmed by Cleo" in page


def test_one_person_may_be_both_when_the_console_says_so(db: None) -> None:
    [first, second] = set_up(clinician_email=NEW_CLINIC["admin_email"])

    Client().post(first, JOINED)
    Client().post(second, JOINED)

    with clinic_context(clinic_id=Clinic.objects.get().pk):
        assert roles_of(NEW_CLINIC["admin_email"]) == [Role.ADMIN, Role.CLINICIAN]


@pytest.mark.parametrize("accepts_first", [True, False])
def test_the_console_confirms_where_a_clinic_has_nobody_who_could(db: None, accepts_first: bool) -> None:
    [admins_link] = set_up()
    Client().post(admins_link, JOINED)
    clinic = Clinic.objects.get()
    with clinic_context(clinic_id=clinic.pk):
        ada = User.objects.get(email="ada@harbour.example")
        link = invitations.invite(
            email="cleo@harbour.example", name="Cleo", role=Role.CLINICIAN, by=ada, at=timezone.now()
        )
    if accepts_first:
        Client().post(f"/join/{link.token}/", JOINED)

    out = StringIO()
    call_command("confirm_role", clinic=clinic.name, email="Cleo@Harbour.example", stdout=out)
    if not accepts_first:
        Client().post(f"/join/{link.token}/", JOINED)

    assert ("from now on" in out.getvalue()) is accepts_first
    with clinic_context(clinic_id=clinic.pk):
        assert roles_of("cleo@harbour.example") == [Role.CLINICIAN]
        line = AuditEvent.objects.filter(action=AuditAction.ROLE_CONFIRMED).latest("at")
    assert (line.actor_id, line.counts) == (None, {"operator": 1})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"clinic": "No Such Clinic"}, "no clinic called"),
        ({"email": "nobody@north.example"}, "Nothing waits"),
        ({}, "say which with --role"),
    ],
    ids=str,
)
def test_the_console_confirms_nothing_by_mistake(world: World, options: dict[str, str], words: str) -> None:
    proposed(world)
    proposed(world, role=Role.COORDINATOR)

    with pytest.raises(CommandError, match=words):
        call_command("confirm_role", **({"clinic": world.clinic.name, "email": "nora@north.example"} | options))

    with clinic_context(clinic_id=world.clinic.pk):
        assert proposals.waiting(at=timezone.now()).count() == 2
