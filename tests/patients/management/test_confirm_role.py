"""The command that confirms a role where nobody in the clinic could."""

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
from tests.patients.accounts.consoles import set_up
from tests.patients.accounts.test_proposals import JOINED, proposed, roles_of


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
