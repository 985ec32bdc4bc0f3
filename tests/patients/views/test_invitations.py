"""The admin's pages about invitations: inviting, sending again, taking back."""

from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients.accounts import invitations
from patients.models import Invitation, Patient
from patients.models.people import Role
from patients.people import people
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.patients.views.inviting import STAFF, code_of, invite_new_patient, invite_nora, open_link, signed_in


def test_an_admin_invites_staff_by_a_mail_that_names_no_condition(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = signed_in(world.sam)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/clinic/people/invite/", STAFF, follow=True)

    assert "nora@north.example is on its way" in response.content.decode()
    [letter] = [letter for letter in mail.outbox if letter.to == ["nora@north.example"]]
    assert "/join/" in letter.body
    assert world.clinic.public_name in letter.subject
    assert world.clinic.name not in letter.subject + letter.body


def test_an_unreadable_address_is_refused_in_words(world: World) -> None:
    response = signed_in(world.sam).post("/clinic/people/invite/", STAFF | {"email": "nora"})

    assert response.status_code == 422
    assert "valid email address" in response.content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Invitation.objects.exists()


def test_sending_again_ends_the_old_link(world: World) -> None:
    old = invite_nora(world)

    signed_in(world.sam).post(f"/clinic/people/invitations/{old.invitation.pk}/resend/")

    assert Client().get(open_link(old)).status_code == 404
    with clinic_context(clinic_id=world.clinic.pk):
        assert invitations.open_invitations().count() == 1


def test_an_invitation_that_is_taken_back_opens_nothing(world: World) -> None:
    link = invite_nora(world)

    signed_in(world.sam).post(f"/clinic/people/invitations/{link.invitation.pk}/revoke/")

    assert Client().get(open_link(link)).status_code == 404


def test_another_clinics_invitation_and_role_are_as_if_they_were_not_there(world: World) -> None:
    link = invite_nora(world)
    with clinic_context(clinic_id=world.other_clinic.pk):
        other_admin = factories.make_user("oda@south.example", roles=(Role.ADMIN,))
    with clinic_context(clinic_id=world.clinic.pk):
        role = people.held_roles().get(user=world.chris)
    client = signed_in(other_admin)

    assert client.post(f"/clinic/people/invitations/{link.invitation.pk}/revoke/").status_code == 404
    assert client.post(f"/clinic/people/roles/{role.pk}/end/").status_code == 404
    assert Client().get(open_link(link)).status_code == 200


def test_a_letter_to_a_wrong_address_opens_nothing_once_the_right_one_is_invited(world: World) -> None:
    wrong = invite_new_patient(world)
    with clinic_context(clinic_id=world.clinic.pk):
        right = invitations.invite_patient(
            patient=wrong.invitation.patient, email="right@north.example", by=world.sam, at=timezone.now()
        )

    Client().post(open_link(right), {"name": "Pia Poole", "check_ins": "on", "code": code_of(world, right)})
    late = Client().post(open_link(wrong), {"name": "Pia Poole", "check_ins": "on"})

    assert late.status_code == 404
    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.get(name="Pia Poole").user.email == "right@north.example"
