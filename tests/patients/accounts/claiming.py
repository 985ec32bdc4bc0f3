"""What the tests of claiming an account share: Pia, who is in care and has no account yet."""

import re

from django.test import Client
from django.utils import timezone

from patients.accounts import invitations
from patients.accounts.invitations import InvitationLink
from patients.models import AuditEvent, Episode, Invitation, Patient, User
from patients.models.audit import AuditAction
from patients.tenancy import clinic_context
from tests.conftest import World

JOINED = {"name": "Pia Poole", "check_ins": "on"}
CODE = re.compile(r'class="claim-code">([\d ]+)<')


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invite(world: World, episode: Episode, email: str = "pia@north.example") -> InvitationLink:
    with clinic_context(clinic_id=world.clinic.pk):
        return invitations.invite_patient(patient=episode.patient, email=email, by=world.sam, at=timezone.now())


def join(link: InvitationLink, code: str, **other: str) -> int:
    return Client().post(f"/join/{link.token}/", JOINED | {"code": code} | other).status_code


def make_code(world: World, link: InvitationLink, by: User | None = None) -> str:
    with clinic_context(clinic_id=world.clinic.pk):
        return invitations.make_code(invitation=link.invitation, by=by or world.chris, at=timezone.now())


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def claimed_by(world: World, episode: Episode) -> User | None:
    with clinic_context(clinic_id=world.clinic.pk):
        return Patient.objects.select_related("user").get(pk=episode.patient_id).user


def stored(world: World, link: InvitationLink) -> Invitation:
    with clinic_context(clinic_id=world.clinic.pk):
        return Invitation.objects.get(pk=link.invitation.pk)


def lines(world: World, action: AuditAction) -> list[AuditEvent]:
    with clinic_context(clinic_id=world.clinic.pk):
        return list(AuditEvent.objects.filter(action=action).order_by("at"))
