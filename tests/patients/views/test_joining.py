"""The page behind the link of an invitation."""

import pytest
from django.test import Client
from django.utils import timezone

from patients.accounts import invitations, proposals
from patients.models import Invitation, Patient, User
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.rights import consent
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.views.inviting import PASSWORD, code_of, invite_new_patient, invite_nora, open_link


def test_opening_the_link_changes_nothing(world: World) -> None:
    link = invite_nora(world)

    assert Client().get(open_link(link)).status_code == 200
    assert not User.objects.filter(email="nora@north.example").exists()


def test_staff_choose_a_password_and_are_signed_in(world: World) -> None:
    client = Client()
    link = invite_nora(world)

    response = client.post(open_link(link), {"name": "Nora Novak", "password": PASSWORD})

    assert response.status_code == 302
    assert client.get("/caseload/").status_code == 200
    nora = User.objects.get(email="nora@north.example")
    assert nora.check_password(PASSWORD)
    assert nora.claimed_at is not None


@pytest.mark.parametrize("password", ["short1234", "1q2w3e4r5t6y", "nora@north.example"])
def test_a_weak_password_is_refused(world: World, password: str) -> None:
    response = Client().post(open_link(invite_nora(world)), {"name": "Nora", "password": password})

    assert response.status_code == 422
    assert not User.objects.filter(email="nora@north.example").exists()


def test_a_patient_agrees_and_needs_no_password(world: World) -> None:
    client = Client()
    link = invite_new_patient(world)

    client.post(open_link(link), {"name": "Pia Poole", "check_ins": "on", "code": code_of(world, link)})

    pia = User.objects.get(email="pia@north.example")
    assert not pia.has_usable_password()
    assert client.session["_auth_user_id"] == str(pia.pk)
    with clinic_context(clinic_id=world.clinic.pk):
        patient = Patient.objects.get(user=pia)
        assert consent.has_consent(patient=patient, purpose=ConsentPurpose.CHECK_INS)
        assert not consent.has_consent(patient=patient, purpose=ConsentPurpose.REMINDERS)


def test_without_the_tick_no_patient_account_is_opened(world: World) -> None:
    link = invite_new_patient(world)

    response = Client().post(open_link(link), {"name": "Pia Poole", "code": code_of(world, link)})

    assert response.status_code == 422
    assert not User.objects.filter(email="pia@north.example").exists()


def test_unknown_used_and_old_links_get_the_same_answer(world: World) -> None:
    used, old = invite_nora(world), invite_new_patient(world)
    Client().post(open_link(used), {"name": "Nora Novak", "password": PASSWORD})
    with clinic_context(clinic_id=world.clinic.pk):
        Invitation.objects.filter(pk=old.invitation.pk).update(expires_at=timezone.now())
    unknown = f"/join/{world.clinic.pk.hex}.nonsense/"

    answers = [Client().get(path) for path in (open_link(used), open_link(old), unknown, "/join/nonsense/")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_link_works_once_even_when_pressed_twice(world: World) -> None:
    link = invite_nora(world)
    answers = {"name": "Nora Novak", "password": PASSWORD}

    first = Client().post(open_link(link), answers)
    second = Client().post(open_link(link), answers | {"password": "another long password"})

    assert (first.status_code, second.status_code) == (302, 404)
    assert User.objects.get(email="nora@north.example").check_password(PASSWORD)


def test_an_invitation_never_takes_over_an_account_that_is_in_use(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        link = invitations.invite(
            email=world.eve.email, name="Mallory", role=Role.CLINICIAN, by=world.sam, at=timezone.now()
        )
        proposals.confirm(invitation=link.invitation, by=world.cora, at=timezone.now())
    client = Client()

    response = client.post(open_link(link), {"name": "Mallory", "password": PASSWORD})

    assert response.headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session
    eve = User.objects.get(pk=world.eve.pk)
    assert eve.name == "Eve"
    assert not eve.check_password(PASSWORD)


def test_the_wrong_person_can_end_the_invitation(world: World) -> None:
    link = invite_nora(world)

    response = Client().post(f"{open_link(link)}not-me/")

    assert response.status_code == 200
    assert Client().get(open_link(link)).status_code == 404


def test_a_password_like_the_own_name_is_refused(world: World) -> None:
    answers = {"name": "Sessional Name X", "password": "Sessional-Name-X"}

    assert Client().post(open_link(invite_nora(world)), answers).status_code == 422
