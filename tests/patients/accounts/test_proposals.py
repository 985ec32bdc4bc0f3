"""A role in the clinic takes two people: one proposes, another who reads health data confirms, in either order."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients.accounts import invitations, proposals
from patients.accounts.invitations import AddressOfPatient, InvitationClosed, InvitationLink
from patients.accounts.proposals import NotTheSecondPerson, ProposalClosed
from patients.models import AuditEvent, ClinicRole, Invitation, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.people import people
from patients.tenancy import clinic_context, clinic_transaction
from tests import factories
from tests.conftest import World, build_world
from tests.factories import NOW

PASSWORD = "three green boats at sea"
JOINED = {"name": "Nora Novak", "password": PASSWORD}
DAY = timedelta(days=1)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def propose(by: User, email: str = "nora@north.example", role: Role = Role.CLINICIAN) -> InvitationLink:
    """Propose someone in the present clinic."""
    return invitations.invite(email=email, name="Nora Novak", role=role, by=by, at=NOW)


def proposed(world: World, email: str = "nora@north.example", role: Role = Role.CLINICIAN) -> InvitationLink:
    """Propose someone in Ann's clinic, now."""
    with clinic_context(clinic_id=world.clinic.pk):
        return invitations.invite(email=email, name="Nora Novak", role=role, by=world.sam, at=timezone.now())


def accept(link: InvitationLink, *, at: timedelta = timedelta(hours=1)) -> User:
    return invitations.accept(invitation=link.invitation, name="Nora Novak", password=PASSWORD, at=NOW + at)


def roles_of(email: str) -> list[str]:
    held = ClinicRole.objects.filter(user__email=email, ended_at__isnull=True)
    return list(held.order_by("role").values_list("role", flat=True))


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def decide(world: World, who: User, link: InvitationLink, what: str = "confirm") -> str:
    path = f"/clinic/accounts/{link.invitation.pk}/{what}/"
    response = signed_in(who).post(path, follow=True)
    return f"{response.status_code} {response.content.decode()}"


# --- two people -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.COORDINATOR, Role.ADMIN])
def test_an_admin_alone_lets_nobody_in_not_even_a_mailbox_of_his_own(world: World, role: Role) -> None:
    link = proposed(world, "sams.other@mail.example", role)
    other = Client()

    page = other.post(f"/join/{link.token}/", JOINED)

    assert "A colleague there has to confirm your role first" in page.content.decode()
    assert "404" in decide(world, world.sam, link)
    other.post("/accounts/login/", {"login": "sams.other@mail.example", "password": PASSWORD})
    assert "no clinic has given it a role" in other.get("/").content.decode()
    for path in ("/caseload/", "/alerts/", "/clinic/people/", f"/p/{world.episode.pk}/"):
        assert other.get(path).status_code == 404, path
    with clinic_context(clinic_id=world.clinic.pk):
        assert roles_of("sams.other@mail.example") == []


@pytest.mark.parametrize("first", ["accepted", "confirmed"])
def test_accepting_and_confirming_come_in_either_order_and_both_are_needed(north: World, first: str) -> None:
    link = propose(north.sam)
    steps: dict[str, Callable[[], object]] = {
        "accepted": lambda: accept(link),
        "confirmed": lambda: proposals.confirm(invitation=link.invitation, by=north.cora, at=NOW + DAY),
    }

    steps.pop(first)()
    assert roles_of("nora@north.example") == []
    assert AuditAction.ROLE_GRANTED not in actions()

    next(iter(steps.values()))()
    assert roles_of("nora@north.example") == [Role.CLINICIAN]
    assert actions().count(AuditAction.ROLE_GRANTED) == actions().count(AuditAction.ROLE_CONFIRMED) == 1


def test_who_proposed_cannot_confirm_though_a_clinician_too(north: World) -> None:
    people.grant_role(user=north.chris, role=Role.ADMIN, at=NOW)
    link = propose(north.chris, role=Role.COORDINATOR)

    with pytest.raises(NotTheSecondPerson):
        proposals.confirm(invitation=link.invitation, by=north.chris, at=NOW)
    with pytest.raises(NotTheSecondPerson):
        proposals.refuse(invitation=link.invitation, by=north.chris, at=NOW)


def test_nobody_is_the_second_person_for_the_own_role(north: World) -> None:
    link = propose(north.sam, email=north.chris.email, role=Role.COORDINATOR)
    accept(link)

    with pytest.raises(NotTheSecondPerson):
        proposals.confirm(invitation=link.invitation, by=north.chris, at=NOW)

    assert roles_of(north.chris.email) == [Role.CLINICIAN]


def test_an_admin_who_is_a_clinician_makes_no_second_admin_to_propose_for_him(north: World) -> None:
    people.grant_role(user=north.chris, role=Role.ADMIN, at=NOW)
    puppet = accept(propose(north.chris, email="chris.other@mail.example", role=Role.ADMIN))

    assert roles_of(puppet.email) == []
    link = propose(puppet, email="third@mail.example", role=Role.COORDINATOR)
    with pytest.raises(ProposalClosed):
        proposals.confirm(invitation=link.invitation, by=north.chris, at=NOW)


@pytest.mark.parametrize("who", ["sam", "eve", "ann"])
def test_only_who_reads_health_data_here_is_a_second_person(north: World, who: str) -> None:
    people.grant_role(user=north.cora, role=Role.ADMIN, at=NOW)
    link = propose(north.cora)

    with pytest.raises(NotTheSecondPerson):
        proposals.confirm(invitation=link.invitation, by=getattr(north, who), at=NOW)


def test_the_table_itself_refuses_one_person_as_two(north: World) -> None:
    link = propose(north.sam)

    with pytest.raises(IntegrityError, match="patients_invitation_two_people"), transaction.atomic():
        Invitation.objects.filter(pk=link.invitation.pk).update(confirmed_at=NOW, confirmed_by=north.sam)


def test_what_was_proposed_by_somebody_who_is_no_admin_any_more_is_not_confirmed(north: World) -> None:
    people.grant_role(user=north.cora, role=Role.ADMIN, at=NOW)
    link = propose(north.sam)
    people.end_role(role=people.held_roles().get(user=north.sam), by=north.cora, at=NOW)

    with pytest.raises(ProposalClosed):
        proposals.confirm(invitation=link.invitation, by=north.chris, at=NOW)


def test_a_refusal_ends_the_link_and_is_audited(world: World) -> None:
    link = proposed(world)

    assert "Declined." in decide(world, world.chris, link, "refuse")

    assert Client().post(f"/join/{link.token}/", JOINED).status_code == 404
    assert "404" in decide(world, world.cora, link)
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.get(action=AuditAction.ROLE_REFUSED).actor_id == world.chris.pk
        assert AuditAction.ROLE_GRANTED not in actions()


def test_what_was_accepted_can_be_refused_and_taken_back_too(world: World) -> None:
    for who, path in (
        (world.chris, "/clinic/accounts/{}/refuse/"),
        (world.sam, "/clinic/people/invitations/{}/revoke/"),
    ):
        link = proposed(world)
        Client().post(f"/join/{link.token}/", JOINED)

        signed_in(who).post(path.format(link.invitation.pk))

        assert "404" in decide(world, world.cora, link)
    with clinic_context(clinic_id=world.clinic.pk):
        assert roles_of("nora@north.example") == []


def test_confirming_needs_a_fresh_sign_in(world: World) -> None:
    link = proposed(world)
    chris = signed_in(world.chris)
    chris.get("/clinic/accounts/")
    session = chris.session
    session["signed_in_at"] = (timezone.now() - timedelta(minutes=6)).timestamp()
    session.save()

    answer = chris.post(f"/clinic/accounts/{link.invitation.pk}/confirm/")

    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Invitation.objects.get(pk=link.invitation.pk).is_confirmed


def test_a_proposal_is_confirmed_once(north: World) -> None:
    link = propose(north.sam)
    stale = Invitation.objects.get(pk=link.invitation.pk)
    proposals.confirm(invitation=link.invitation, by=north.cora, at=NOW)

    with pytest.raises(ProposalClosed):
        proposals.confirm(invitation=stale, by=north.chris, at=NOW)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_accepting_and_confirming_at_the_same_moment_give_the_role_once() -> None:
    with transaction.atomic():
        world = build_world()
    for number in range(5):
        with clinic_transaction(clinic_id=world.clinic.pk):
            link = propose(world.sam, email=f"nora{number}@north.example")
        both = threading.Barrier(2)

        def take(step: Callable[[Invitation], object], link: InvitationLink = link) -> None:
            try:
                with clinic_transaction(clinic_id=world.clinic.pk):
                    invitation = Invitation.objects.get(pk=link.invitation.pk)
                    both.wait(timeout=10)  # noqa: B023  # joined below, within the same turn
                    step(invitation)
            finally:
                connections.close_all()

        steps: list[Callable[[Invitation], object]] = [
            lambda invitation: accept(InvitationLink(invitation, "")),
            lambda invitation: proposals.confirm(invitation=invitation, by=world.cora, at=NOW),
        ]
        threads = [threading.Thread(target=take, args=[step]) for step in steps]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with clinic_transaction(clinic_id=world.clinic.pk):
        assert [roles_of(f"nora{number}@north.example") for number in range(5)] == [[Role.CLINICIAN]] * 5
        assert actions().count(AuditAction.ROLE_GRANTED) == 5


# --- time, renewal, other roads ---------------------------------------------------------------------------------------


def test_what_nobody_confirms_for_two_weeks_lapses(north: World) -> None:
    link = propose(north.sam)
    accept(link)
    link.invitation.refresh_from_db()

    assert list(proposals.waiting(at=NOW + 13 * DAY)) == [link.invitation]
    assert list(proposals.waiting(at=NOW + 14 * DAY)) == []
    with pytest.raises(ProposalClosed):
        proposals.confirm(invitation=link.invitation, by=north.cora, at=NOW + 14 * DAY)


@pytest.mark.parametrize(("days", "keeps"), [(1, True), (4, False)])
def test_sending_again_keeps_the_agreement_only_while_the_link_was_open(north: World, days: int, keeps: bool) -> None:
    link = propose(north.sam)
    proposals.confirm(invitation=link.invitation, by=north.cora, at=NOW)

    again = invitations.renew(invitation=link.invitation, by=north.sam, at=NOW + days * DAY)

    assert again.invitation.is_confirmed is keeps


def test_who_confirmed_and_sends_it_again_has_proposed_it_and_confirmed_nothing(north: World) -> None:
    people.grant_role(user=north.chris, role=Role.ADMIN, at=NOW)
    link = propose(north.sam)
    proposals.confirm(invitation=link.invitation, by=north.chris, at=NOW)

    again = invitations.renew(invitation=link.invitation, by=north.chris, at=NOW)

    assert not again.invitation.is_confirmed
    assert not proposals.can_confirm(again.invitation, who=north.chris, at=NOW)


def test_an_agreement_to_one_address_or_role_is_none_to_another(north: World) -> None:
    proposals.confirm(invitation=propose(north.sam).invitation, by=north.cora, at=NOW)

    assert not propose(north.sam, email="sams.other@mail.example").invitation.is_confirmed
    assert not propose(north.sam, role=Role.COORDINATOR).invitation.is_confirmed
    assert not propose(north.sam).invitation.is_confirmed


def test_a_role_that_ended_is_given_again_by_two_people(north: World) -> None:
    people.end_role(role=people.held_roles().get(user=north.dana), by=north.sam, at=NOW)
    link = propose(north.sam, email=north.dana.email)

    accept(link)
    assert roles_of(north.dana.email) == []

    link.invitation.refresh_from_db()
    proposals.confirm(invitation=link.invitation, by=north.chris, at=NOW)
    assert roles_of(north.dana.email) == [Role.CLINICIAN]


def test_an_invitation_from_before_there_was_a_second_person_waits_and_an_accepted_one_does_not(north: World) -> None:
    still_open, accepted_then = propose(north.sam), propose(north.sam, email=north.dana.email)
    Invitation.objects.filter(pk=accepted_then.invitation.pk).update(accepted_at=NOW)

    assert list(proposals.waiting(at=NOW)) == [still_open.invitation]
    accept(still_open)
    assert roles_of("nora@north.example") == []


def test_a_closed_account_accepts_nothing_and_gets_nothing(north: World) -> None:
    User.objects.filter(pk=north.dana.pk).update(is_active=False)
    before, after = propose(north.sam, email=north.dana.email, role=Role.COORDINATOR), propose(north.sam)
    accept(after)
    User.objects.filter(email="nora@north.example").update(is_active=False)
    after.invitation.refresh_from_db()

    with pytest.raises(InvitationClosed):
        accept(before)
    with pytest.raises(ProposalClosed):
        proposals.confirm(invitation=after.invitation, by=north.cora, at=NOW)

    User.objects.update(is_active=True)
    assert roles_of("nora@north.example") == []
    assert roles_of(north.dana.email) == [Role.CLINICIAN]


def test_a_patients_address_is_no_colleagues_here(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk), pytest.raises(AddressOfPatient):
        propose(world.sam, email=world.ann.email)

    page = signed_in(world.sam).post(
        "/clinic/people/invite/", {"name": "Ann", "email": world.ann.email, "role": "clinician", "language": "en"}
    )
    assert page.status_code == 422 and "A patient of this clinic signs in" in page.content.decode()


def test_who_became_a_patient_here_meanwhile_does_not_join_the_staff(north: World) -> None:
    link = propose(north.sam)
    proposals.confirm(invitation=link.invitation, by=north.cora, at=NOW)
    factories.make_patient("Nora Novak", user=factories.make_user("nora@north.example"))

    with pytest.raises(InvitationClosed):
        accept(link)

    assert roles_of("nora@north.example") == []


def test_who_accepted_and_became_a_patient_here_before_the_agreement_gets_no_role(north: World) -> None:
    link = propose(north.sam)
    factories.make_patient("Nora Novak", user=accept(link))
    link.invitation.refresh_from_db()

    with pytest.raises(ProposalClosed):
        proposals.confirm(invitation=link.invitation, by=north.cora, at=NOW)

    assert roles_of("nora@north.example") == []


def test_a_patient_elsewhere_signs_in_and_chooses_the_first_password_before_joining_the_staff(world: World) -> None:
    world.zoe.set_unusable_password()
    world.zoe.save()
    link = proposed(world, world.zoe.email)

    stranger = Client().post(f"/join/{link.token}/", JOINED)
    assert stranger.status_code == 422 and "Sign in first" in stranger.content.decode()
    assert not User.objects.get(pk=world.zoe.pk).has_usable_password()

    signed_in(world.zoe).post(f"/join/{link.token}/", JOINED)
    decide(world, world.chris, link)

    assert User.objects.get(pk=world.zoe.pk).check_password(PASSWORD)
    assert User.objects.get(pk=world.zoe.pk).name == "Zoe Zimmer"
    with clinic_context(clinic_id=world.clinic.pk):
        assert roles_of(world.zoe.email) == [Role.CLINICIAN]


def test_another_clinics_proposal_is_not_there(world: World) -> None:
    link = proposed(world)

    for what in ("confirm", "refuse"):
        assert "404" in decide(world, world.eve, link, what)


# --- who is told, and what they see -----------------------------------------------------------------------------------


def notices(mailoutbox: list[EmailMessage]) -> set[str]:
    found = {letter.to[0] for letter in mailoutbox if letter.subject == "Accounts at Northgate"}
    assert not any("Nora" in letter.body for letter in mailoutbox if letter.to[0] in found)
    mailoutbox.clear()
    return found


def test_everybody_who_reads_health_data_is_told_of_a_proposal_and_of_a_new_colleague(
    world: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    readers = {world.chris.email, world.dana.email, world.cora.email}
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(world.sam).post(
            "/clinic/people/invite/",
            {"name": "Nora Novak", "email": "nora@north.example", "role": "clinician", "language": "en"},
        )
    token = re.search(r"/join/(\S+)/", "".join(str(letter.body) for letter in mailoutbox))
    assert token is not None
    assert notices(mailoutbox) == readers
    with clinic_context(clinic_id=world.clinic.pk):
        link = InvitationLink(Invitation.objects.get(), token.group(1))

    with django_capture_on_commit_callbacks(execute=True):
        decide(world, world.chris, link)
    assert notices(mailoutbox) == readers - {world.chris.email}

    with django_capture_on_commit_callbacks(execute=True):
        Client().post(f"/join/{link.token}/", JOINED)
    assert notices(mailoutbox) == readers

    words = "proposed by Sam, confirmed by Chris"
    assert words in signed_in(world.dana).get("/clinic/accounts/").content.decode()
    assert words in signed_in(world.sam).get("/clinic/people/").content.decode()


def test_the_admin_sees_what_a_proposal_waits_for(world: World) -> None:
    link = proposed(world)
    sam = signed_in(world.sam)
    assert "waiting for a second person" in sam.get("/clinic/people/").content.decode()

    decide(world, world.chris, link)

    assert "confirmed by Chris" in sam.get("/clinic/people/").content.decode()


def test_who_cannot_decide_sees_why_and_no_button(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        people.grant_role(user=world.chris, role=Role.ADMIN, at=timezone.now())
        link = invitations.invite(
            email="nora@north.example", name="Nora", role=Role.ADMIN, by=world.chris, at=timezone.now()
        )

    page = signed_in(world.chris).get(f"/clinic/accounts/{link.invitation.pk}/confirm/").content.decode()

    assert "Someone else has to decide" in page
    assert "/refuse/" not in page
    assert "Someone else has to decide" in decide(world, world.chris, link)
