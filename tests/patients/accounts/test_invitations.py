"""An invitation and its code: who makes it, how long it lives, how often it is tried."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from patients.accounts import invitations
from patients.accounts.invitations import InvitationClosed, InvitationLink, OwnInvitation, WrongCode
from patients.models import AuditEvent, Episode, Invitation
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.tenancy import clinic_context, clinic_transaction
from tests import factories
from tests.conftest import World, build_world
from tests.patients.accounts.claiming import (
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


def test_a_code_for_one_address_opens_nothing_once_another_is_invited(
    world: World, episode: Episode, link: InvitationLink
) -> None:
    code = make_code(world, link)
    other = invite(world, episode, "sams.other@mail.example")

    assert join(other, code) == 422
    assert join(link, code) == 404
    assert claimed_by(world, episode) is None


def test_the_code_of_one_person_opens_no_other(world: World, link: InvitationLink) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        other = factories.make_episode(factories.make_patient("Quinn Quist"), team=(world.chris,))
    code = make_code(world, invite(world, other, "quinn@north.example"))

    assert join(link, code) == 422


def test_a_new_code_ends_the_old_one_and_begins_to_count_anew(world: World, link: InvitationLink) -> None:
    old = make_code(world, link)
    for _time in range(4):
        join(link, other_than(old))

    new = make_code(world, link, by=world.cora)

    assert stored(world, link).wrong_tries == 0
    if new != old:
        assert join(link, old) == 422
    assert join(link, new) == 302
    assert [line.actor_id for line in lines(world, AuditAction.CLAIM_CODE_MADE)] == [world.chris.pk, world.cora.pk]


def test_sending_again_keeps_the_code_that_was_told_and_the_wrong_tries(world: World, link: InvitationLink) -> None:
    code = make_code(world, link)
    join(link, other_than(code))
    with clinic_context(clinic_id=world.clinic.pk):
        invitation = invitations.open_invitations().get(pk=link.invitation.pk)
        again = invitations.renew(invitation=invitation, by=world.sam, at=timezone.now())

    assert stored(world, again).wrong_tries == 1
    assert join(link, code) == 404
    assert join(again, code) == 302


def test_a_code_does_not_live_on_with_a_link_that_is_sent_again_and_again(world: World, link: InvitationLink) -> None:
    code = make_code(world, link)
    with clinic_context(clinic_id=world.clinic.pk):
        Invitation.objects.filter(pk=link.invitation.pk).update(code_made_at=timezone.now() - timedelta(days=14))

    assert join(link, code) == 422


def test_too_many_tries_from_one_address_of_the_network_have_to_wait(world: World, link: InvitationLink) -> None:
    for tries in (4, 4, 4, 4, 4, 4, 4, 2):
        code = make_code(world, link)
        for _try in range(tries):
            join(link, other_than(code))

    answer = Client().post(f"/join/{link.token}/", JOINED | {"code": code})
    elsewhere = Client(REMOTE_ADDR="127.0.0.9").post(f"/join/{link.token}/", JOINED | {"code": code})

    assert answer.status_code == 429 and answer.headers["Retry-After"] == "600"
    assert elsewhere.status_code == 302


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_tries_at_the_same_moment_are_counted_one_by_one() -> None:
    with transaction.atomic():
        world = build_world()
    with clinic_transaction(clinic_id=world.clinic.pk):
        patient = factories.make_patient("Pia Poole")
        now = timezone.now()
        link = invitations.invite_patient(patient=patient, email="pia@north.example", by=world.sam, at=now)
        code = invitations.make_code(invitation=link.invitation, by=world.cora, at=now)
    told: list[str] = []

    def guess() -> None:
        try:
            with clinic_transaction(clinic_id=world.clinic.pk):
                invitation = invitations.find_invitation(token=link.token, at=now)
                told.append(str(invitations.fits(invitation=invitation, code=other_than(code), at=now)))
        except InvitationClosed:
            told.append("closed")
        finally:
            connections.close_all()

    guesses = [threading.Thread(target=guess) for _ in range(12)]
    for thread in guesses:
        thread.start()
    for thread in guesses:
        thread.join()

    with clinic_transaction(clinic_id=world.clinic.pk):
        row = Invitation.objects.get(pk=link.invitation.pk)
        counted = AuditEvent.objects.filter(action=AuditAction.CLAIM_CODE_WRONG).count()
    assert row.wrong_tries == counted == 5
    assert row.revoked_at is not None
    assert "True" not in told


def test_the_counting_stays_when_the_refusal_is_rolled_back(north: World) -> None:
    patient = factories.make_patient("Pia Poole")
    now = timezone.now()
    link = invitations.invite_patient(patient=patient, email="pia@north.example", by=north.sam, at=now)
    code = invitations.make_code(invitation=link.invitation, by=north.cora, at=now)

    with pytest.raises(WrongCode):
        invitations.accept(invitation=link.invitation, name="Pia", password=None, code=other_than(code), at=now)

    assert Invitation.objects.get(pk=link.invitation.pk).wrong_tries == 1


def test_there_is_no_code_where_nothing_can_be_claimed(world: World, episode: Episode) -> None:
    answer = signed_in(world.chris).post(f"/p/{episode.pk}/account/", follow=True)

    assert "There is no open invitation." in answer.content.decode()
    assert "There is no open invitation." in (
        signed_in(world.chris).post(f"/p/{world.episode.pk}/account/", follow=True).content.decode()
    )


def test_nobody_makes_the_code_of_an_invitation_to_the_own_address(north: World) -> None:
    patient = factories.make_patient("Pia Poole")
    link = invitations.invite_patient(patient=patient, email="pia@north.example", by=north.sam, at=timezone.now())
    pia = factories.make_user("pia@north.example", roles=(Role.CLINICIAN,))

    with pytest.raises(OwnInvitation):
        invitations.make_code(invitation=link.invitation, by=pia, at=timezone.now())
