"""The letters of accounts: after the commit, each in the reader's language, and never a condition or a reason."""

from collections.abc import Iterator

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients.accounts import mails
from patients.models import Invitation, User
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW

URL = "https://care.example.org/join/secret/"


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with clinic_context(clinic_id=world.clinic.pk):
        yield world


def invitation(world: World, *, language: str = "en", role: Role = Role.PATIENT) -> Invitation:
    return Invitation(
        clinic=world.clinic, role=role, name="Pia", email="pia@north.example", language=language, expires_at=NOW
    )


def sent(capture: DjangoCaptureOnCommitCallbacks, mailoutbox: list[EmailMessage], letter: Invitation) -> EmailMessage:
    with capture(execute=True):
        mails.send_invitation(invitation=letter, url=URL)
    [mail] = mailoutbox
    return mail


def test_a_letter_leaves_with_the_commit_and_not_at_all_without(
    inside: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            mails.send_invitation(invitation=invitation(inside), url=URL)
            transaction.set_rollback(True)
        with transaction.atomic():
            mails.send_account_notice(clinic=inside.clinic, people=[inside.sam])
        assert mailoutbox == []

    assert [letter.to for letter in mailoutbox] == [[inside.sam.email]]


def test_an_invitation_names_the_clinic_the_link_and_the_clinics_own_time(
    inside: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    mail = sent(django_capture_on_commit_callbacks, mailoutbox, invitation(inside))

    assert mail.to == ["pia@north.example"]
    assert "Northgate" in mail.body and URL in mail.body
    # Ten in UTC is eleven in Berlin.
    assert "11:00" in mail.body and "10:00" not in mail.body
    assert "\n" not in mail.subject


@pytest.mark.parametrize(("role", "is_told"), [(Role.PATIENT, True), (Role.CLINICIAN, False)])
def test_only_patients_are_told_of_a_code(
    inside: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    role: Role,
    is_told: bool,
) -> None:
    mail = sent(django_capture_on_commit_callbacks, mailoutbox, invitation(inside, role=role))

    assert ("code of eight digits" in mail.body) is is_told


def test_a_letter_is_in_the_readers_language(
    inside: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    mail = sent(django_capture_on_commit_callbacks, mailoutbox, invitation(inside, language="de"))

    assert "Uhr" in mail.body or "einmal" in mail.body
    assert "The link works once" not in mail.body


def test_a_notice_goes_to_each_colleague_alone_in_the_own_language(
    inside: World,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    people = [User(email="a@north.example", language="en"), User(email="b@north.example", language="de")]

    with django_capture_on_commit_callbacks(execute=True):
        mails.send_account_notice(clinic=inside.clinic, people=people)

    english, german = mailoutbox
    assert (english.to, german.to) == (["a@north.example"], ["b@north.example"])
    assert "Something about accounts at Northgate has changed." in english.body
    assert english.body != german.body
    assert all("/clinic/accounts/" in letter.body for letter in mailoutbox)
