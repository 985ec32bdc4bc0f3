"""People who are added and invited, and the links that they are sent."""

from django.test import Client
from django.utils import timezone

from patients.accounts import invitations, proposals
from patients.models import User
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World

PASSWORD = "three green boats at sea"
STAFF = {
    "name": "Nora Novak",
    "email": "nora@north.example",
    "role": "clinician",
    "profession": "nurse",
    "language": "en",
}
NEW_PATIENT = {
    "name": "Pia Poole",
    "birth_date": "1990-02-01",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "problems": "Low mood",
    "goal": "Walk the dog",
    "started_on": "2026-01-05",
    "email": "pia@north.example",
    "weekday": "3",
    "local_time": "18:30",
    "cadence_weeks": "1",
    "instruments": ["PHQ-9", "GAD-7"],
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invite_nora(world: World) -> invitations.InvitationLink:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        link = invitations.invite(
            email="nora@north.example", name="Nora", role=Role.CLINICIAN, title="Nurse", by=world.sam, at=now
        )
        proposals.confirm(invitation=link.invitation, by=world.cora, at=now)
    return link


def invite_new_patient(world: World) -> invitations.InvitationLink:
    with clinic_context(clinic_id=world.clinic.pk):
        patient = factories.make_patient("Pia Poole")
        return invitations.invite_patient(patient=patient, email="pia@north.example", by=world.sam, at=timezone.now())


def open_link(link: invitations.InvitationLink) -> str:
    return f"/join/{link.token}/"


def code_of(world: World, link: invitations.InvitationLink) -> str:
    with clinic_context(clinic_id=world.clinic.pk):
        return invitations.make_code(invitation=link.invitation, by=world.cora, at=timezone.now())
