"""Whose account it is: who is told, who takes it back, whose address it may be, and what asks for a fresh sign-in."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from monitoring.messages import reminders
from monitoring.models import MonitoringPlan
from patients.accounts import invitations
from patients.accounts.invitations import InvitationLink
from patients.models import ClinicRole, Episode, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.people import people
from patients.rights import consent
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.patients.accounts.claiming import (
    JOINED,
    claimed_by,
    invite,
    join,
    lines,
    make_code,
    signed_in,
)
from tests.patients.accounts.noticed import told

# --- who is told ------------------------------------------------------------------------------------------------------


def test_a_clinician_sees_the_accounts_of_the_own_people_only(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    assert "Pia Poole" in signed_in(world.chris).get("/clinic/accounts/").content.decode()
    assert "Pia Poole" in signed_in(world.cora).get("/clinic/accounts/").content.decode()
    assert "Pia Poole" not in signed_in(world.dana).get("/clinic/accounts/").content.decode()
    assert "Pia Poole" not in signed_in(world.eve).get("/clinic/accounts/").content.decode()


def test_the_patient_reads_who_invited_and_who_made_the_code(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    code = make_code(world, link)
    client = Client()
    client.post(f"/join/{link.token}/", JOINED | {"code": code})

    page = client.get("/me/access-log/").content.decode()

    assert "Sent you an invitation" in page and "Made a code for your account" in page
    assert "Sam" in page and "Chris" in page


# --- the wrong person -------------------------------------------------------------------------------------------------


def test_a_record_is_taken_back_from_an_account_that_is_not_the_patients(
    world: World,
    episode: Episode,
    link: InvitationLink,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    code = make_code(world, link)
    wrong = Client()
    wrong.post(f"/join/{link.token}/", JOINED | {"code": code, "reminders": "on"})
    assert wrong.get("/me/").status_code == 200
    cora, path = signed_in(world.cora), f"/p/{episode.pk}/account/undo/"
    assert "from pia@north.example?" in cora.get(path).content.decode()
    assert claimed_by(world, episode) is not None

    with django_capture_on_commit_callbacks(execute=True):
        page = cora.post(path, follow=True).content.decode()

    assert "later disconnected from the record" in page
    assert told(mailoutbox) == {world.chris.email}
    assert claimed_by(world, episode) is None
    assert wrong.get("/me/").status_code == 302
    with clinic_context(clinic_id=world.clinic.pk):
        assert not any(decision.is_given for decision in consent.decisions(episode.patient))
        assert not ClinicRole.objects.filter(user__email="pia@north.example", ended_at=None).exists()
    assert [line.actor_id for line in lines(world, AuditAction.CLAIM_UNDONE)] == [world.cora.pk]
    again = invite(world, episode, "right@north.example")
    assert join(again, make_code(world, again)) == 302


def test_an_admin_parts_nobody_and_there_is_nothing_to_part_without_an_account(world: World, episode: Episode) -> None:
    assert signed_in(world.sam).post(f"/p/{world.episode.pk}/account/undo/").status_code == 404
    assert "The patient has no account." in (
        signed_in(world.chris).get(f"/p/{episode.pk}/account/undo/", follow=True).content.decode()
    )


# --- whose address ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["sam", "chris"])
def test_a_colleagues_address_is_no_patients(world: World, episode: Episode, who: str) -> None:
    page = signed_in(world.sam).post(
        f"/clinic/people/patients/{episode.patient_id}/invite/",
        {"email": getattr(world, who).email, "language": "en"},
    )

    assert page.status_code == 422
    assert "Someone who works here signs in with this address." in page.content.decode()


def test_who_joined_the_staff_meanwhile_claims_no_record(world: World, episode: Episode, link: InvitationLink) -> None:
    code = make_code(world, link)
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_user("pia@north.example", roles=(Role.ADMIN,))

    assert join(link, code) == 404
    assert claimed_by(world, episode) is None


def test_an_account_of_another_clinic_is_linked_with_the_code_and_keeps_its_own(world: World, episode: Episode) -> None:
    link = invite(world, episode, world.zoe.email)
    client = Client()

    assert client.post(f"/join/{link.token}/", JOINED | {"code": "00000000"}).status_code == 422
    answer = client.post(f"/join/{link.token}/", JOINED | {"code": make_code(world, link)})

    assert answer.headers["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session
    assert claimed_by(world, episode) == world.zoe
    with clinic_context(clinic_id=world.clinic.pk):
        assert not people.works_here(world.zoe.email)


def test_an_invitation_is_not_accepted_in_the_browser_of_somebody_else(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    code = make_code(world, link)
    ben = signed_in(world.ben)

    page = ben.get(f"/join/{link.token}/").content.decode()
    answer = ben.post(f"/join/{link.token}/", JOINED | {"code": code})

    assert "Someone else is signed in here" in page and "pia@north.example" not in page
    assert answer.status_code == 422
    assert claimed_by(world, episode) is None
    assert ben.session["_auth_user_id"] == str(world.ben.pk)


def test_a_browser_that_came_by_the_link_of_a_message_becomes_the_invited_person_alone(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    now, ben = timezone.now(), world.bens_episode.patient
    with clinic_context(clinic_id=world.clinic.pk):
        consent.decide(patient=ben, purpose=ConsentPurpose.REMINDERS, is_given=True, by=world.ben, at=now)
        factories.make_plan(world.bens_episode, starts_on=(now - timedelta(weeks=3)).date())
        MonitoringPlan.objects.update(weekday=now.isoweekday(), local_time="00:00")
        bens_link = reminders.issue_link(slot=factories.open_week(world.bens_episode, at=now), at=now)
    browser = Client()
    browser.post(reverse("open_link", args=[bens_link]), {"form": "full"})
    assert browser.get("/checkin/1/").status_code == 200

    browser.post(f"/join/{link.token}/", JOINED | {"code": make_code(world, link)})

    assert browser.session["_auth_user_id"] == str(User.objects.get(email="pia@north.example").pk)
    assert browser.get("/checkin/1/").status_code == 404


# --- fresh sign-in of who invites -------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["invite staff", "invite a patient", "send again"])
def test_inviting_needs_a_fresh_sign_in(world: World, episode: Episode, what: str) -> None:
    link = invite(world, episode)
    paths = {
        "invite staff": "/clinic/people/invite/",
        "invite a patient": f"/clinic/people/patients/{episode.patient_id}/invite/",
        "send again": f"/clinic/people/invitations/{link.invitation.pk}/resend/",
    }
    sam = signed_in(world.sam)
    sam.get("/clinic/people/")
    session = sam.session
    session["signed_in_at"] = (timezone.now() - timedelta(minutes=6)).timestamp()
    session.save()

    answer = sam.post(paths[what], {"email": "new@north.example", "language": "en", "name": "New", "role": "admin"})

    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    with clinic_context(clinic_id=world.clinic.pk):
        assert [one.pk for one in invitations.open_invitations()] == [link.invitation.pk]


def test_after_the_fresh_sign_in_sending_again_asks_first(world: World, link: InvitationLink) -> None:
    sam = signed_in(world.sam)
    path = f"/clinic/people/invitations/{link.invitation.pk}/resend/"

    page = sam.get(path).content.decode()

    assert "Send the invitation to pia@north.example again?" in page
    assert Client().get(f"/join/{link.token}/").status_code == 200


def test_no_file_of_ours_stores_the_code_in_the_browser() -> None:
    scripts = "".join(path.read_text() for path in Path("static/js").glob("*.js"))

    assert "claim-code" not in scripts and "code-field" not in scripts
