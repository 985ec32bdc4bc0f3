"""Setting up a clinic on the console: its first people, and the second person where a clinic has no one who could be."""

from django.test import Client
from django.utils import timezone

from patients.accounts import invitations
from patients.models import Clinic, User
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests.patients.accounts.consoles import NEW_CLINIC, set_up
from tests.patients.accounts.test_proposals import JOINED, PASSWORD, roles_of


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
