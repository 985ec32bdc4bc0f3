"""The page on which somebody of the team chooses what is sent, and is told when mail comes back."""

from datetime import time

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.messages import choices, pushes
from patients.models import User
from patients.tenancy import clinic_context
from tests.conftest import World

PAGE = "/messages/"


def chosen(world: World) -> tuple[bool, bool, bool, time | None, time | None]:
    with clinic_context(clinic_id=world.clinic.pk):
        one = choices.of(world.chris)
        return one.wants_priority, one.wants_review, one.digest, one.quiet_from, one.quiet_until


@pytest.fixture
def chris(world: World, client: Client) -> Client:
    client.force_login(world.chris)
    return client


def test_a_choice_is_kept_and_shown_again(chris: Client, world: World) -> None:
    sent = chris.post(PAGE, {"wants_priority": "on", "quiet_from": "22:00", "quiet_until": "07:00"}, follow=True)

    assert chosen(world) == (True, False, False, time(22), time(7))
    page = sent.content.decode()
    assert "Your choice is saved." in page
    assert 'value="22:00"' in page and 'value="07:00"' in page
    assert "checked" in page.split('name="wants_priority"')[1].split(">")[0]
    assert "checked" not in page.split('name="wants_review"')[1].split(">")[0]


@pytest.mark.parametrize(
    ("quiet", "said"),
    [
        ({"quiet_from": "22:00"}, "Enter both times, or leave both empty"),
        ({"quiet_until": "07:00"}, "Enter both times, or leave both empty"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "these hours would have no length"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Enter a valid time"),
    ],
)
def test_half_quiet_hours_are_refused_with_words(chris: Client, world: World, quiet: dict[str, str], said: str) -> None:
    answer = chris.post(PAGE, {"digest": "on", **quiet})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert chosen(world) == (True, True, True, None, None)


def test_who_has_no_mail_is_told_and_can_say_that_it_works_again(chris: Client, world: World) -> None:
    assert "Mail does not reach you" not in chris.get(PAGE).content.decode()
    User.objects.filter(pk=world.chris.pk).update(mail_returned_at=timezone.now())
    assert "Mail does not reach you" in chris.get(PAGE).content.decode()

    answer = chris.post("/messages/address/", follow=True)

    assert "Messages go to your address again." in answer.content.decode()
    assert User.objects.get(pk=world.chris.pk).mail_returned_at is None


BROWSER = {"address": "https://fcm.googleapis.com/fcm/send/abc", "secret": "A" * 22}


@pytest.fixture
def with_key(settings: Settings) -> dict[str, str]:
    """The installation has a key; a browser's own key has the same shape."""
    settings.PUSH_KEY = pushes.make_key()
    return BROWSER | {"key": pushes.public_key()}


def test_a_browser_is_offered_only_where_there_is_a_key(chris: Client, settings: Settings) -> None:
    assert "In a browser" not in chris.get(PAGE).content.decode()
    assert chris.post("/messages/browser/", BROWSER | {"key": "x"}).status_code == 422

    settings.PUSH_KEY = pushes.make_key()
    page = chris.get(PAGE).content.decode()
    assert f'data-push-key="{pushes.public_key()}"' in page
    assert settings.PUSH_KEY not in page


def test_a_browser_is_allowed_shown_and_forgotten(chris: Client, with_key: dict[str, str]) -> None:
    assert chris.post("/messages/browser/", with_key).status_code == 204
    page = chris.get(PAGE).content.decode()
    assert "A browser that you allowed on" in page
    assert with_key["address"] not in page

    assert "No browser is told any more." in chris.post("/messages/browser/none/", follow=True).content.decode()
    assert "A browser that you allowed on" not in chris.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"address": "https://evil.example/x"}, {"key": ""}, {"secret": "x"}, {"address": ""}]
)
def test_what_is_no_browser_is_refused(chris: Client, with_key: dict[str, str], wrong: dict[str, str]) -> None:
    assert chris.post("/messages/browser/", with_key | wrong).status_code == 422
    assert "A browser that you allowed on" not in chris.get(PAGE).content.decode()


def test_patients_cannot_be_told_in_a_browser(client: Client, world: World, with_key: dict[str, str]) -> None:
    client.force_login(world.ann)

    assert client.get(PAGE).status_code == 404
    assert client.post("/messages/browser/", with_key).status_code == 404


def test_the_admin_sees_whose_mail_comes_back_and_the_patient_is_told(client: Client, world: World) -> None:
    User.objects.filter(pk__in=[world.dana.pk, world.ann.pk]).update(mail_returned_at=timezone.now())

    client.force_login(world.sam)
    assert client.get("/clinic/people/").content.decode().count("Mail to this address comes back since") == 2
    client.force_login(world.ann)
    assert "come back since" in client.get("/me/").content.decode()
    client.force_login(world.ben)
    assert "come back since" not in client.get("/me/").content.decode()
