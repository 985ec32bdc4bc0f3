"""Claiming a patient's account: the mailed link and a code that is told in person, neither of them enough alone."""

import re
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients.accounts import claim_codes, invitations
from patients.accounts.invitations import InvitationClosed, InvitationLink
from patients.models import AuditEvent, Episode, Invitation, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.accounts.claiming import (
    CODE,
    JOINED,
    claimed_by,
    invite,
    join,
    lines,
    make_code,
    other_than,
    signed_in,
    stored,
)

# --- both are needed --------------------------------------------------------------------------------------------------


def test_link_and_code_together_open_the_account(world: World, episode: Episode, link: InvitationLink) -> None:
    code = make_code(world, link)

    assert join(link, claim_codes.grouped(code)) == 302

    user = claimed_by(world, episode)
    assert user is not None and user.email == "pia@north.example"


def test_whoever_reads_the_mail_gets_nowhere_without_the_code(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    page = Client().get(f"/join/{link.token}/").content.decode()
    assert "Code from your clinic" in page and "Pia Poole" in page

    for code in ("", "12345678"):
        assert join(link, code) == 422

    assert claimed_by(world, episode) is None
    assert not User.objects.filter(email="pia@north.example").exists()


def test_an_admin_who_invites_a_mailbox_of_his_own_gets_nowhere(world: World, episode: Episode) -> None:
    link = invite(world, episode, "sams.other@mail.example")
    sam = signed_in(world.sam)

    assert sam.get(f"/p/{episode.pk}/account/").status_code == 404
    assert sam.post(f"/p/{episode.pk}/account/").status_code == 404
    assert join(link, "00000000") == 422
    assert claimed_by(world, episode) is None


def test_opening_the_link_counts_nothing_and_opens_nothing(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    make_code(world, link)

    for _time in range(10):
        assert Client().get(f"/join/{link.token}/").status_code == 200

    assert stored(world, link).wrong_tries == 0
    assert claimed_by(world, episode) is None


def test_staff_need_no_code(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        link = invitations.invite(
            email="nora@north.example", name="Nora", role=Role.CLINICIAN, by=world.sam, at=timezone.now()
        )

    assert "Code from your clinic" not in Client().get(f"/join/{link.token}/").content.decode()
    with clinic_context(clinic_id=world.clinic.pk), pytest.raises(InvitationClosed):
        invitations.make_code(invitation=link.invitation, by=world.chris, at=timezone.now())


def test_an_invitation_from_before_there_were_codes_waits_for_one(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    assert not stored(world, link).has_code
    assert "waiting for a code from the care team" in signed_in(world.sam).get("/clinic/people/").content.decode()
    assert join(link, "12345678") == 422

    assert join(link, make_code(world, link)) == 302
    assert claimed_by(world, episode) is not None


# --- wrong tries ------------------------------------------------------------------------------------------------------


def test_a_wrong_code_is_told_in_words_and_counted(world: World, link: InvitationLink) -> None:
    wrong = other_than(make_code(world, link))

    page = Client().post(f"/join/{link.token}/", JOINED | {"code": wrong}).content.decode()

    assert "This code is not correct." in page
    assert stored(world, link).wrong_tries == 1
    [line] = lines(world, AuditAction.CLAIM_CODE_WRONG)
    assert line.counts == {"tries": 1}


def test_a_slip_that_cannot_be_a_code_is_told_and_not_counted(world: World, link: InvitationLink) -> None:
    make_code(world, link)

    page = Client().post(f"/join/{link.token}/", JOINED | {"code": "1234"}).content.decode()

    assert "The code has eight digits" in page
    assert stored(world, link).wrong_tries == 0


def test_five_wrong_codes_close_the_link_with_the_answer_of_an_unknown_one(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    code = make_code(world, link)
    tries = [Client().post(f"/join/{link.token}/", JOINED | {"code": other_than(code)}) for _ in range(5)]
    unknown = Client().post(f"/join/{world.clinic.pk.hex}.nonsense/", JOINED | {"code": code})

    assert [answer.status_code for answer in tries] == [422, 422, 422, 422, 404]
    assert tries[-1].content == unknown.content
    assert join(link, code) == 404
    assert claimed_by(world, episode) is None
    assert len(lines(world, AuditAction.INVITATION_REVOKED)) == 1


# --- who makes it, and where it is not --------------------------------------------------------------------------------


def test_the_code_is_shown_once_to_who_cares_for_the_patient(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    chris = signed_in(world.chris)
    page = chris.get(f"/p/{episode.pk}/account/").content.decode()
    assert "pia@north.example" in page and not CODE.search(page)

    shown = chris.post(f"/p/{episode.pk}/account/")

    found = CODE.search(shown.content.decode())
    assert found is not None
    assert shown.headers["Cache-Control"] == "no-store"
    assert not CODE.search(chris.get(f"/p/{episode.pk}/account/").content.decode())
    assert join(link, found.group(1)) == 302


def test_a_coordinator_makes_it_too_and_a_clinician_off_the_team_does_not(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    assert signed_in(world.dana).post(f"/p/{episode.pk}/account/").status_code == 404
    assert signed_in(world.eve).post(f"/p/{episode.pk}/account/").status_code == 404
    assert CODE.search(signed_in(world.cora).post(f"/p/{episode.pk}/account/").content.decode())


def test_making_a_code_needs_a_fresh_sign_in(world: World, episode: Episode, link: InvitationLink) -> None:
    chris = signed_in(world.chris)
    chris.get("/clinic/accounts/")
    session = chris.session
    session["signed_in_at"] = (timezone.now() - timedelta(minutes=6)).timestamp()
    session.save()

    answer = chris.post(f"/p/{episode.pk}/account/")

    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not stored(world, link).has_code


def test_the_code_is_in_no_mail_no_line_no_session_and_no_table(
    world: World,
    episode: Episode,
    link: InvitationLink,
    mailoutbox: list[EmailMessage],
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    chris = signed_in(world.chris)
    with django_capture_on_commit_callbacks(execute=True):
        found = CODE.search(chris.post(f"/p/{episode.pk}/account/").content.decode())
        assert found is not None
        code = claim_codes.typed(found.group(1))
        join(link, other_than(code))
        join(link, code)

    with clinic_context(clinic_id=world.clinic.pk):
        kept = [*Invitation.objects.values_list(), *AuditEvent.objects.values_list()]
    letters = [f"{letter.subject}{letter.body}" for letter in mailoutbox]
    everything = f"{kept} {letters} {caplog.text} {dict(chris.session)}"
    assert letters
    assert code not in everything and found.group(1) not in everything


def test_adding_a_patient_leads_to_the_page_where_the_code_is_made(world: World) -> None:
    form = {
        "name": "Quinn Quist",
        "language": "en",
        "time_zone": "Europe/London",
        "started_on": "2026-01-05",
        "email": "quinn@north.example",
        "weekday": "3",
        "local_time": "18:30",
        "cadence_weeks": "1",
    }
    chris = signed_in(world.chris)

    answer = chris.post("/p/new/", form, follow=True)

    assert re.fullmatch(r"/p/[0-9a-f-]+/account/", answer.request["PATH_INFO"])
    assert CODE.search(chris.post(answer.request["PATH_INFO"]).content.decode())
