"""Whom the team is told of: invited, claimed, or a link in the wrong hands."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients.accounts import invitations
from patients.accounts.invitations import InvitationLink
from patients.models import Episode
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.patients.accounts.claiming import (
    join,
    make_code,
    signed_in,
)
from tests.patients.accounts.noticed import told


def test_the_care_team_is_told_when_an_admin_invites_and_when_the_record_is_claimed(
    world: World,
    episode: Episode,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(world.sam).post(
            f"/clinic/people/patients/{episode.patient_id}/invite/", {"email": "pia@north.example", "language": "en"}
        )
    assert told(mailoutbox) == {world.chris.email}
    [letter] = [letter for letter in mailoutbox if letter.to == ["pia@north.example"]]
    assert "code of eight digits" in letter.body
    mailoutbox.clear()

    token = re.search(r"/join/(\S+)/", letter.body)
    assert token is not None
    with clinic_context(clinic_id=world.clinic.pk):
        invitation = invitations.open_invitations().get()
    link = InvitationLink(invitation, token.group(1))
    with django_capture_on_commit_callbacks(execute=True):
        join(link, make_code(world, link))
    assert told(mailoutbox) == {world.chris.email}

    page = signed_in(world.chris).get("/clinic/accounts/").content.decode()
    assert "Account opened on" in page and "by Sam." in page and "by Chris." in page
    assert "Account opened on" in signed_in(world.chris).get(f"/p/{episode.pk}/account/").content.decode()


def test_coordinators_are_told_where_there_is_no_care_team(
    world: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        lonely = factories.make_episode(factories.make_patient("Pia Poole"))

    with django_capture_on_commit_callbacks(execute=True):
        signed_in(world.sam).post(
            f"/clinic/people/patients/{lonely.patient_id}/invite/", {"email": "pia@north.example", "language": "en"}
        )

    assert told(mailoutbox) == {world.cora.email}


@pytest.mark.parametrize("ends_by", ["not me", "wrong codes"])
def test_the_care_team_is_told_when_a_link_ends_in_the_wrong_hands(
    world: World,
    episode: Episode,
    link: InvitationLink,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ends_by: str,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        if ends_by == "not me":
            Client().post(f"/join/{link.token}/not-me/")
        for _try in range(0 if ends_by == "not me" else 5):
            join(link, "00000000")

    assert told(mailoutbox) == {world.chris.email}
    words = "pressed “This is not me” on" if ends_by == "not me" else "after too many wrong codes"
    assert words in signed_in(world.chris).get("/clinic/accounts/").content.decode()
    assert words in signed_in(world.chris).get(f"/p/{episode.pk}/account/").content.decode()
