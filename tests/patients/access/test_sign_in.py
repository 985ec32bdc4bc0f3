"""Signing in and out: by password, by code, for so long as someone is there, and only by roads that we offer."""

import re
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from patients.access import permissions
from patients.access.middleware import ACTIVE_AT
from patients.access.sign_in import SIGNED_IN_AT
from patients.models.audit import AuditAction, AuditEvent
from patients.models.people import Role, User
from patients.people import people
from patients.tenancy import clinic_context
from tests.conftest import PASSWORD, World
from tests.patients.access.browsers import move_session

STAFF_PAGE = "/clinic/people/"
# allauth's routes that are in its URL map and that no one may reach.
NOT_OFFERED = ("/accounts/signup/", "/accounts/email/", "/accounts/password/set/")


def sign_in(client: Client, user: User) -> Any:
    people.confirm_address(user)
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def actions(world: World, user: User) -> list[str]:
    with clinic_context(clinic_id=world.clinic.pk):
        return list(AuditEvent.objects.filter(actor_id=user.pk).order_by("at").values_list("action", flat=True))


def test_the_sign_in_page_says_what_tidemark_is_not(client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()

    for words in (
        "not a medical device",
        "no diagnosis",
        "not an emergency service",
        "nobody watches it round the clock",
    ):
        assert words in page


def test_a_password_opens_the_account_and_both_ends_of_the_session_leave_a_line(client: Client, world: World) -> None:
    response = sign_in(client, world.sam)
    assert response.status_code == 302
    assert client.get(STAFF_PAGE).status_code == 200

    client.post("/accounts/logout/")

    assert client.get(STAFF_PAGE).status_code == 302
    assert [a for a in actions(world, world.sam) if a.startswith("signed")] == [
        AuditAction.SIGNED_IN,
        AuditAction.SIGNED_OUT,
    ]


def test_signing_out_clears_what_the_browser_keeps(client: Client, world: World) -> None:
    sign_in(client, world.sam)

    assert client.post("/accounts/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/accounts/login/").headers


def test_a_wrong_password_opens_nothing(client: Client, world: World) -> None:
    people.confirm_address(world.sam)

    response = client.post("/accounts/login/", {"login": world.sam.email, "password": "wrong horse battery staple"})

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_patient_signs_in_with_a_code_from_a_neutral_mail(
    client: Client, world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    people.confirm_address(world.ann)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/login/code/", {"email": world.ann.email})
    letter = mail.outbox[-1]
    code = re.search(r"^([A-Z0-9-]{6,12})$", letter.body, re.MULTILINE)
    assert code is not None

    client.post("/accounts/login/code/confirm/", {"code": code.group(1)})

    assert client.get("/me/").status_code == 200
    assert letter.subject == "Your sign-in code"
    assert "Northgate" not in letter.subject + letter.body


def test_an_unknown_address_gets_the_same_page_as_a_known_one(client: Client, world: World) -> None:
    people.confirm_address(world.ann)

    pages = []
    for address in (world.ann.email, "nobody@north.example"):
        response = Client().post("/accounts/login/code/", {"email": address}, follow=True)
        pages.append(re.sub(r'value="[^"]*"|data-nonce="[^"]*"', "", response.content.decode()))

    assert pages[0] == pages[1]


def test_somebody_without_a_password_is_told_how_to_sign_in_and_gets_no_link(
    client: Client, world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    world.ann.set_unusable_password()
    world.ann.save()
    people.confirm_address(world.ann)

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/password/reset/", {"email": world.ann.email})

    assert "code by e-mail" in mail.outbox[-1].body
    assert "/accounts/password/reset/key/" not in mail.outbox[-1].body


@pytest.mark.parametrize("path", NOT_OFFERED)
def test_roads_that_we_do_not_offer_do_not_exist(client: Client, world: World, path: str) -> None:
    assert client.get(path).status_code == 404
    sign_in(client, world.sam)
    assert client.get(path).status_code == 404


def package_routes() -> list[str]:
    def walk(patterns: list[URLPattern | URLResolver]) -> list[str]:
        names: list[str] = []
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                names += walk(pattern.url_patterns)
            elif pattern.callback.__module__.startswith("allauth"):
                names.append(pattern.name or "")
        return names

    return walk(get_resolver().url_patterns)


def test_the_table_of_package_routes_names_only_routes_that_exist() -> None:
    assert set(permissions.THIRD_PARTY) <= set(package_routes())


def ask_for_code(client: Client, world: World, commit: DjangoCaptureOnCommitCallbacks) -> str:
    people.confirm_address(world.ann)
    with commit(execute=True):
        client.post("/accounts/login/code/", {"email": world.ann.email})
    found = re.search(r"^([A-Z0-9-]{6,12})$", mail.outbox[-1].body, re.MULTILINE)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize(("minutes", "works"), [(9, True), (11, False)])
def test_a_code_lives_ten_minutes(
    client: Client,
    world: World,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
    works: bool,
) -> None:
    code = ask_for_code(client, world, django_capture_on_commit_callbacks)
    later = time.time() + minutes * 60
    clock = SimpleNamespace(time=lambda: later)
    monkeypatch.setattr("allauth.account.internal.flows.code_verification.time", clock)

    client.post("/accounts/login/code/confirm/", {"code": code})

    assert client.get("/me/").status_code == (200 if works else 302)


def test_a_wrong_code_is_told_with_the_way_on_and_three_end_it(
    client: Client, world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    code = ask_for_code(client, world, django_capture_on_commit_callbacks)

    wrong = client.post("/accounts/login/code/confirm/", {"code": "WRONG-ONE"})
    assert "This code is not correct. Check it, or ask for a new one." in wrong.content.decode()
    for _try in (2, 3):
        client.post("/accounts/login/code/confirm/", {"code": "WRONG-ONE"})

    client.post("/accounts/login/code/confirm/", {"code": code})
    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/", "/nothing/here/"]
)
def test_help_is_on_every_page_before_the_sign_in(client: Client, db: None, path: str) -> None:
    assert '<a class="help" href="/help/' in client.get(path).content.decode()


def test_the_page_for_a_code_has_help_too(
    client: Client, world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ask_for_code(client, world, django_capture_on_commit_callbacks)

    assert '<a class="help" href="/help/' in client.get("/accounts/login/code/confirm/").content.decode()


@pytest.mark.parametrize("path", ["/accounts/2fa/", "/accounts/2fa/webauthn/", "/nothing/here/"])
def test_a_patient_meets_these_pages_in_the_own_frame(client: Client, world: World, path: str) -> None:
    sign_in(client, world.ann)

    words = client.get(path).content.decode()

    assert 'class="patient"' in words and 'class="tab-bar"' in words and '<a class="help"' in words
    assert "second step" not in words


def test_a_form_that_is_refused_has_help(world: World) -> None:
    refused = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})

    assert refused.status_code == 403
    assert '<a class="help" href="/help/' in refused.content.decode()


def test_every_page_of_the_package_that_is_offered_is_in_our_own_look(client: Client, world: World) -> None:
    sign_in(client, world.sam)
    offered = [
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
    ]
    for path in offered:
        response = client.get(path)
        assert response.status_code == 200, path
        assert 'class="entry"' in response.content.decode(), path
        assert "<style" not in response.content.decode()
        assert not re.search(r"<script(?![^>]*(src=|application/json))", response.content.decode()), path


def test_staff_without_a_second_factor_are_sent_to_set_one_up(client: Client, world: World, settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    sign_in(client, world.sam)

    response = client.get(STAFF_PAGE)

    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200


def test_patients_need_no_second_factor(client: Client, world: World, settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
    sign_in(client, world.ann)

    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("who", "page", "minutes", "is_over"),
    [
        ("sam", STAFF_PAGE, 14, False),
        ("sam", STAFF_PAGE, 16, True),
        ("ann", "/me/", 29, False),
        ("ann", "/me/", 31, True),
    ],
)
def test_a_session_ends_when_nobody_was_there(
    client: Client, world: World, who: str, page: str, minutes: int, is_over: bool
) -> None:
    sign_in(client, getattr(world, who))
    client.get(page)
    move_session(client, **{ACTIVE_AT: timedelta(minutes=minutes)})

    assert client.get(page).status_code == (302 if is_over else 200)
    assert ("_auth_user_id" in client.session) is not is_over


def test_a_session_ends_after_twelve_hours_however_busy(client: Client, world: World) -> None:
    sign_in(client, world.sam)
    move_session(client, **{SIGNED_IN_AT: timedelta(hours=12, seconds=1), ACTIVE_AT: timedelta(seconds=5)})

    assert client.get(STAFF_PAGE).status_code == 302
    assert actions(world, world.sam)[-1] == AuditAction.SIGNED_OUT


def test_a_page_that_asks_by_itself_keeps_no_session_alive(client: Client, world: World) -> None:
    sign_in(client, world.sam)
    move_session(client, **{ACTIVE_AT: timedelta(minutes=10)})
    before = client.session[ACTIVE_AT]

    client.get(STAFF_PAGE, headers={"HX-Request": "true", "HX-Trigger-Name": "poll"})
    assert client.session[ACTIVE_AT] == before

    client.get(STAFF_PAGE, headers={"HX-Request": "true"})
    assert client.session[ACTIVE_AT] > before


def test_a_part_of_a_page_is_never_answered_with_the_sign_in_page(client: Client, world: World) -> None:
    response = client.get("/alerts/", headers={"HX-Request": "true"})

    assert response.status_code == 401
    assert response.content == b""


def test_an_ended_role_counts_from_the_next_page(client: Client, world: World) -> None:
    sign_in(client, world.sam)
    with clinic_context(clinic_id=world.clinic.pk):
        people.grant_role(user=world.cora, role=Role.ADMIN, at=timezone.now())
        role = people.held_roles().get(user=world.sam)
        people.end_role(role=role, by=world.cora, at=timezone.now())

    assert client.get(STAFF_PAGE).status_code == 404


def test_wrong_passwords_from_elsewhere_do_not_keep_the_right_person_out(client: Client, world: World) -> None:
    people.confirm_address(world.sam)
    for _time in range(6):
        Client(REMOTE_ADDR="127.0.0.9").post(
            "/accounts/login/", {"login": world.sam.email, "password": "not the password"}
        )

    assert sign_in(client, world.sam).status_code == 302


def test_staff_get_no_code_where_a_second_factor_is_asked(
    world: World, settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    for user in (world.sam, world.ann):
        people.confirm_address(user)
        with django_capture_on_commit_callbacks(execute=True):
            assert Client().post("/accounts/login/code/", {"email": user.email}).status_code == 302

    to_staff, to_patient = mail.outbox[-2:]
    assert "second factor" in to_staff.body
    assert not re.search(r"^[A-Z0-9-]{6,12}$", to_staff.body, re.MULTILINE)
    assert re.search(r"^[A-Z0-9-]{6,12}$", to_patient.body, re.MULTILINE)


def test_messages_of_the_product_stand_in_no_cookie(client: Client, world: World) -> None:
    client.force_login(world.ann)
    client.post("/me/consent/", {"reminders": "no"})

    assert "messages" not in client.cookies
