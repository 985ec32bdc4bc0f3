"""Which language a page and a letter have, whose choice that is, and that it stays with whom it belongs to."""

import importlib
import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoCaptureOnCommitCallbacks

from monitoring.alerts import evidence
from monitoring.engine.records import Tier
from monitoring.messages import notifications, reminders
from monitoring.models import MonitoringPlan, Notification
from monitoring.models.alerts import AlertKind
from patients.accounts import invitations
from patients.models import AuditEvent, Consent, Invitation, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.people import languages, people
from patients.rights import consent
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World, build_world

LOGIN = "/accounts/login/"
CHOOSE = "/language/"
CASELOAD = "/caseload/"
COOKIE = settings.LANGUAGE_COOKIE_NAME
LANGUAGE_OF_PAGE = re.compile(r'<html lang="([a-z-]+)" dir="(ltr|rtl)"')
GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5"}


def language_of(response: Any) -> str:
    found = LANGUAGE_OF_PAGE.search(response.content.decode())
    assert found is not None
    assert found[2] == "ltr"
    return found[1]


def with_cookie(language: str) -> Client:
    client = Client()
    client.cookies[COOKIE] = language
    return client


def signed_in(user: User, *, language: str = "", cookie: str = "") -> Client:
    User.objects.filter(pk=user.pk).update(language=language)
    client = with_cookie(cookie) if cookie else Client()
    client.force_login(user)
    return client


# --- Which page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cookie", "asks_for", "language"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "fr,en;q=0.5", "en"),
        ("", "fr", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("xx", "de", "de"),
        ("../../etc", "de", "de"),
    ],
)
def test_a_stranger_reads_what_the_browser_last_had_or_asks_for(
    db: None, cookie: str, asks_for: str, language: str
) -> None:
    client = with_cookie(cookie) if cookie else Client()

    response = client.get(LOGIN, HTTP_ACCEPT_LANGUAGE=asks_for)

    assert language_of(response) == language
    assert response.headers["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))
    assert response.headers["Cache-Control"] == "no-store"
    assert COOKIE not in response.cookies


@pytest.mark.parametrize(("person", "page"), [("ann", "/me/"), ("chris", "/accounts/2fa/"), ("sam", "/clinic/people/")])
def test_the_choice_of_the_person_counts_more_than_the_browser(world: World, person: str, page: str) -> None:
    client = signed_in(getattr(world, person), language="de", cookie="en")

    response = client.get(page, HTTP_ACCEPT_LANGUAGE="en")

    assert response.status_code == 200
    assert language_of(response) == "de"
    assert response.cookies[COOKIE].value == "de"


def test_who_has_not_chosen_is_asked_through_the_browser_and_gets_no_cookie(world: World) -> None:
    response = signed_in(world.chris).get(CASELOAD, **GERMAN)

    assert language_of(response) == "de"
    assert COOKIE not in response.cookies


def test_the_cookie_holds_a_language_and_nothing_else(world: World) -> None:
    morsel = signed_in(world.ann, language="de").get("/me/").cookies[COOKIE]

    assert morsel.value == "de"
    assert morsel["httponly"] and morsel["samesite"] == "Lax" and morsel["path"] == "/"


# --- Choosing -----------------------------------------------------------------------------------------------------------


def test_a_patient_chooses_and_the_record_is_kept_in_step(world: World) -> None:
    client = signed_in(world.ann, language="en")
    assert re.search(r'value="de"\s+lang="de"\s*>\s*Deutsch\s*</button>', client.get("/me/").content.decode())

    response = client.post(CHOOSE, {"language": "de", "next": "/me/"})

    assert response.headers["Location"] == "/me/"
    assert language_of(client.get("/me/")) == "de"
    world.ann.refresh_from_db()
    assert world.ann.language == "de"
    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.get(user=world.ann).language == "de"
        assert AuditEvent.objects.filter(action=AuditAction.LANGUAGE_CHOSEN, actor_id=world.ann.pk).count() == 1


def test_staff_choose_on_their_account_page(world: World) -> None:
    client = signed_in(world.chris)
    assert "Deutsch" in client.get("/accounts/2fa/").content.decode()

    client.post(CHOOSE, {"language": "de", "next": "/"})

    assert language_of(client.get(CASELOAD)) == "de"
    assert language_of(signed_in_again(world.chris).get(CASELOAD)) == "de"


def signed_in_again(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", [LOGIN, "/accounts/login/code/"])
def test_a_stranger_chooses_for_this_browser_alone(db: None, page: str) -> None:
    client = Client()
    assert "Deutsch" in client.get(page).content.decode()

    response = client.post(CHOOSE, {"language": "de", "next": page})

    assert (response.status_code, response.headers["Location"]) == (302, page)
    assert language_of(client.get(page)) == "de"
    assert language_of(Client().get(page)) == "en"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example", ""],
)
def test_choosing_leads_to_no_other_site(db: None, elsewhere: str) -> None:
    response = Client().post(CHOOSE, {"language": "de", "next": elsewhere})

    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("unknown", ["", "fr", "de\r\nSet-Cookie: a=b", "../de"])
def test_a_language_that_is_not_offered_changes_nothing(world: World, unknown: str) -> None:
    client = signed_in(world.ann, language="de")

    response = client.post(CHOOSE, {"language": unknown, "next": "/me/"})

    assert response.status_code == 302
    world.ann.refresh_from_db()
    assert world.ann.language == "de"


def test_choosing_needs_the_token_of_a_form_of_ours(db: None) -> None:
    assert Client(enforce_csrf_checks=True).post(CHOOSE, {"language": "de"}).status_code == 403
    assert Client().get(CHOOSE).status_code == 405


# --- Invitations and links ----------------------------------------------------------------------------------------------


def invited(world: World, *, language: str) -> invitations.InvitationLink:
    with clinic_context(clinic_id=world.clinic.pk):
        patient = factories.make_patient("Pia Poole")
        return invitations.invite_patient(
            patient=patient, email="pia@north.example", language=language, by=world.sam, at=timezone.now()
        )


@pytest.mark.parametrize(("cookie", "language"), [("", "de"), ("en", "en")])
def test_an_invitation_is_read_in_its_language_unless_this_browser_has_chosen(
    world: World, cookie: str, language: str
) -> None:
    link = invited(world, language="de")
    client = with_cookie(cookie) if cookie else Client()

    assert language_of(client.get(f"/join/{link.token}/", HTTP_ACCEPT_LANGUAGE="en")) == language


def test_who_accepts_keeps_the_language_of_the_page(world: World) -> None:
    link = invited(world, language="de")

    client = Client()
    with clinic_context(clinic_id=world.clinic.pk):
        code = invitations.make_code(invitation=link.invitation, by=world.cora, at=timezone.now())
    response = client.post(f"/join/{link.token}/", {"name": "Pia", "check_ins": "on", "code": code})

    assert response.status_code == 302
    pia = User.objects.get(email="pia@north.example")
    assert pia.language == "de"
    assert language_of(client.get("/accounts/2fa/")) == "de"
    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.get(user=pia).language == "de"
        assert {consent.text_version for consent in Consent.objects.filter(decided_by=pia)} == {"2026-11-de"}


def test_an_invitation_of_another_clinic_does_not_change_the_language_of_an_account(world: World) -> None:
    User.objects.filter(pk=world.ann.pk).update(language="de")
    with clinic_context(clinic_id=world.other_clinic.pk):
        patient = factories.make_patient("Ann Archer")
        link = invitations.invite_patient(
            patient=patient, email=world.ann.email, language="en", by=world.eve, at=timezone.now()
        )

        code = invitations.make_code(invitation=link.invitation, by=world.eve, at=timezone.now())

        invitations.accept(
            invitation=link.invitation, name="Ann", password=None, code=code, language="en", at=timezone.now()
        )

        assert Patient.objects.get(user=world.ann).language == "de"
    world.ann.refresh_from_db()
    assert world.ann.language == "de"


def test_staff_say_what_a_new_patient_reads(
    world: World, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        patient = factories.make_patient("Pia Poole")
    client = signed_in(world.sam, language="en")
    url = reverse("invite_patient", args=[patient.pk])
    assert '<option value="en" selected>English</option>' in client.get(url).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"email": "pia@north.example", "language": "de"})

    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.get(pk=patient.pk).language == "de"
        assert Invitation.objects.get(email="pia@north.example").language == "de"
    [letter] = [letter for letter in mailoutbox if letter.to == ["pia@north.example"]]
    assert letter.subject == "Eine Einladung von Northgate"
    assert "Guten Tag" in letter.body


@pytest.fixture
def link(world: World) -> str:
    """Return the address in a message to Ann about her open week."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        consent.decide(
            patient=world.episode.patient, purpose=ConsentPurpose.REMINDERS, is_given=True, by=world.ann, at=now
        )
        factories.make_plan(world.episode, starts_on=(now - timedelta(weeks=3)).date())
        MonitoringPlan.objects.update(weekday=now.isoweekday(), local_time="00:00")
        slot = factories.open_week(world.episode, at=now)
        return reverse("open_link", args=[reminders.issue_link(slot=slot, at=now)])


def test_the_link_of_a_message_speaks_the_language_of_its_patient(world: World, link: str) -> None:
    User.objects.filter(pk=world.ann.pk).update(language="de")
    client = with_cookie("en")

    card = client.get(link)
    first = client.get(client.post(link, {"form": "full"}).headers["Location"])

    assert (language_of(card), language_of(first)) == ("de", "de")


# --- Letters ------------------------------------------------------------------------------------------------------------


def test_a_code_comes_in_the_language_of_the_account_and_not_of_the_page(
    world: World, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    people.confirm_address(world.ann)
    User.objects.filter(pk=world.ann.pk).update(language="de")

    with django_capture_on_commit_callbacks(execute=True):
        Client().post("/accounts/login/code/", {"email": world.ann.email.upper()})

    assert mailoutbox[-1].subject == "Ihr Anmeldecode"


def test_an_unknown_address_gets_its_letter_in_the_language_of_the_page(
    db: None, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        with_cookie("de").post("/accounts/login/code/", {"email": "nobody@north.example"})

    assert "Konto" in mailoutbox[-1].body


def test_a_patient_is_reminded_in_the_language_of_the_account(
    world: World, link: str, mailoutbox: list[EmailMessage]
) -> None:
    User.objects.filter(pk=world.ann.pk).update(language="de")
    with clinic_context(clinic_id=world.clinic.pk):
        # Whatever the hour is now: nobody is written to at night.
        at = reminders.within_hours(MonitoringPlan.objects.get(), timezone.now())
        slots = reminders.due(at=at)

    sent = [reminders.deliver(clinic_id=world.clinic.pk, slot_id=pk, at=at) for pk in slots]

    assert sent == [True]
    assert "Check-in" in mailoutbox[-1].subject
    assert "Sie" in mailoutbox[-1].body and "You" not in mailoutbox[-1].body
    assert translation.get_language() == "en"


@pytest.mark.parametrize(
    ("language", "subject"),
    [("", "Urgent: something needs attention"), ("de", "Dringend: Etwas braucht Aufmerksamkeit")],
)
def test_each_member_of_a_team_gets_the_message_in_the_own_language(
    world: World, mailoutbox: list[EmailMessage], language: str, subject: str
) -> None:
    now = timezone.now()
    User.objects.filter(pk=world.chris.pk).update(language=language)
    with clinic_context(clinic_id=world.clinic.pk):
        evidence.raise_alert(episode=world.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=now)
        owed = Notification.objects.get(recipient=world.chris)

    # A page in another language owes it; what is owed holds no words.
    with translation.override("de" if not language else "en"):
        notifications.deliver(clinic_id=world.clinic.pk, notification_id=owed.pk, at=now)

    with translation.override(language or "en"):
        assert mailoutbox[-1].subject == notifications.wording(clinic=world.clinic, is_urgent=True)[0]
    assert mailoutbox[-1].subject == subject


# --- Nothing stays behind -----------------------------------------------------------------------------------------------


def test_a_language_ends_with_its_request(world: World) -> None:
    signed_in(world.ann, language="de").get("/me/")
    assert translation.get_language() == "en"

    Client(raise_request_exception=False).get("/nothing/here/", **GERMAN)
    assert translation.get_language() == "en"
    assert language_of(Client().get(LOGIN)) == "en"


def test_a_language_ends_with_a_request_that_breaks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    client = signed_in(world.ann, language="de")
    client.raise_request_exception = False
    monkeypatch.setattr(consent, "decisions", broken)

    response = client.get("/me/")

    assert response.status_code == 500
    assert language_of(response) == "de"
    assert translation.get_language() == "en"


def test_another_thread_knows_nothing_of_it() -> None:
    found: list[str | None] = []

    with translation.override("de"):
        other = threading.Thread(target=lambda: found.append(translation.get_language()))
        other.start()
        other.join()

    assert found == ["en"]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_without_a_database_the_page_keeps_the_language_of_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        world = build_world()
    client = signed_in(world.ann, cookie="de")
    client.raise_request_exception = False
    connection.close()

    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nobody-listens-here")
        response = client.get("/me/")
    connection.close()

    assert response.status_code == 503
    assert language_of(response) == "de"
    assert "Nicht gespeichert" in response.content.decode()


def test_the_kept_page_of_a_device_changes_with_the_language(db: None) -> None:
    english, german = (with_cookie(one).get("/service-worker.js").content.decode() for one in ("en", "de"))

    assert "tidemark:en:" in english
    assert "tidemark:de:" in german
    assert language_of(with_cookie("de").get("/offline/")) == "de"


# --- What was there before ----------------------------------------------------------------------------------------------


def test_patients_with_an_account_keep_the_language_they_were_asked_in(world: World) -> None:
    step = importlib.import_module("patients.migrations.0009_languages_of_accounts")
    with clinic_context(clinic_id=world.clinic.pk):
        Patient.objects.filter(user=world.ben).update(language="de")
    User.objects.filter(pk=world.zoe.pk).update(language="de")

    with connection.cursor() as cursor:
        cursor.execute(step.KEEP)

    kept = dict(User.objects.values_list("email", "language"))
    assert kept[world.ann.email] == "en"
    assert kept[world.ben.email] == "de"
    assert kept[world.zoe.email] == "de"
    assert kept[world.chris.email] == ""


def test_an_old_release_can_still_write_people_and_invitations(world: World) -> None:
    """Its INSERT does not name the new columns; the database fills them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_default FROM information_schema.columns "
            "WHERE column_name = 'language' AND table_name IN "
            "('patients_user', 'patients_invitation', 'monitoring_checkin', 'monitoring_score')"
        )
        defaults = dict(cursor.fetchall())

    assert len(defaults) == 4
    assert all(default and default.startswith("''") for default in defaults.values())


def test_a_profession_is_known_again_in_every_language(world: World) -> None:
    with translation.override("de"):
        response = signed_in(world.sam, language="de").post(
            "/clinic/people/invite/",
            {
                "name": "Nora",
                "email": "nora@north.example",
                "role": "clinician",
                "profession": "nurse",
                "language": "de",
            },
        )

    assert response.status_code == 302
    with clinic_context(clinic_id=world.clinic.pk):
        assert Invitation.objects.get(email="nora@north.example").title == "Nurse"


def test_a_person_without_a_clinic_can_change_the_language_of_the_browser(db: None) -> None:
    client = signed_in(factories.make_user("nobody@nowhere.example"))

    client.post(CHOOSE, {"language": "de", "next": "/"})

    assert language_of(client.get("/", follow=True)) == "de"


@pytest.mark.parametrize(
    ("language", "title", "inside"),
    [("en", "Sleep", "sleep"), ("en", "PHQ-9", "PHQ-9"), ("de", "Schlaf", "Schlaf"), ("en", "", "")],
)
def test_a_title_inside_a_sentence_is_written_as_the_language_does(language: str, title: str, inside: str) -> None:
    with translation.override(language):
        assert languages.inside_sentence(title) == inside


def test_only_an_offered_language_is_spoken() -> None:
    request = HttpRequest()

    with translation.override("en"):
        languages.speak(request, "xx")
        assert (translation.get_language(), hasattr(request, "chosen_language")) == ("en", False)
        languages.speak(request, "de")
        assert languages.present() == "de"


def test_every_role_is_offered_the_choice(world: World) -> None:
    assert {Role.PATIENT, Role.CLINICIAN, Role.COORDINATOR, Role.ADMIN} == set(Role)
    for person, page in (
        (world.ann, "my_settings"),
        (world.chris, "mfa_index"),
        (world.cora, "mfa_index"),
        (world.sam, "mfa_index"),
    ):
        assert "Deutsch" in signed_in(person).get(reverse(page)).content.decode()
