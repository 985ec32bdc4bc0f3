"""The admin's pages about people and the clinic: roles, names, hours and numbers."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from patients.clinics import crisis
from patients.models import Clinic, Invitation, Patient, User
from patients.models.audit import AuditAction, AuditEvent
from patients.models.people import Role
from patients.people import people
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.patients.views.inviting import STAFF, code_of, invite_new_patient, open_link, signed_in

# --- inviting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ann", "chris", "cora", "eve"])
def test_only_the_clinics_admin_sees_its_people(world: World, who: str) -> None:
    client = signed_in(getattr(world, who))

    for path in ("/clinic/people/", "/clinic/people/invite/", "/clinic/safety/"):
        assert client.get(path).status_code == 404, path


def test_power_over_people_asks_for_the_password_again_after_a_while(world: World) -> None:
    client = signed_in(world.sam)
    client.get("/clinic/people/")
    session = client.session
    session["signed_in_at"] = (timezone.now() - timedelta(minutes=6)).timestamp()
    session.save()

    response = client.post("/clinic/people/invite/", STAFF)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    with clinic_context(clinic_id=world.clinic.pk):
        assert not Invitation.objects.exists()


def test_the_last_admin_cannot_be_ended(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        role = people.held_roles().get(user=world.sam)

    response = signed_in(world.sam).post(f"/clinic/people/roles/{role.pk}/end/", follow=True)

    assert "last clinic admin" in response.content.decode()
    assert signed_in(world.sam).get("/clinic/people/").status_code == 200


def test_ending_a_role_closes_its_pages(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        role = people.held_roles().get(user=world.cora)

    signed_in(world.sam).post(f"/clinic/people/roles/{role.pk}/end/")

    assert signed_in(world.cora).get("/caseload/").status_code == 404


def test_looking_for_a_patient_puts_no_name_into_the_address(world: World) -> None:
    client = signed_in(world.sam)

    response = client.post("/clinic/people/", {"search": "Ben"}, follow=True)

    assert "Ben" not in response.request["QUERY_STRING"] + response.request["PATH_INFO"]
    assert "Ben Brook" in response.content.decode()
    assert "Ann Archer" not in response.content.decode()


def test_a_list_of_names_leaves_a_line_with_their_number(world: World) -> None:
    signed_in(world.sam).get("/clinic/people/")

    with clinic_context(clinic_id=world.clinic.pk):
        line = AuditEvent.objects.get(action=AuditAction.CASELOAD_READ, actor_id=world.sam.pk)
    assert line.counts == {"patients": 2}


# --- clinics ----------------------------------------------------------------------------------------------------------


def clinic_form(**changed: str | list[int]) -> dict[str, object]:
    contacts = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "0"}
    contacts |= {
        "contacts-0-label": "Crisis line",
        "contacts-0-number": "0800 111 222",
        "contacts-0-note": "day and night",
    }
    hours = {"staffed_weekdays": [1, 3], "staffed_from": "08:30", "staffed_until": "16:00"}
    return {"public_name": "Harbour", "time_zone": "Europe/Paris", **hours, **contacts, **changed}


def test_hours_and_numbers_are_saved_and_shown_as_patients_see_them(world: World) -> None:
    client = signed_in(world.sam)

    page = client.post("/clinic/safety/", clinic_form(), follow=True).content.decode()

    clinic = Clinic.objects.get(pk=world.clinic.pk)
    assert clinic.crisis_contacts == [{"label": "Crisis line", "number": "0800 111 222", "note": "day and night"}]
    assert clinic.staffed_weekdays == [1, 3]
    assert 'href="tel:0800111222"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"staffed_until": "08:00"},
        {"time_zone": "Mars/Olympus"},
        {"contacts-0-number": "javascript:alert(1)"},
        {"contacts-0-label": ""},
        {"staffed_weekdays": [8]},
        {"public_name": ""},
    ],
    ids=str,
)
def test_nonsense_about_the_clinic_is_refused_and_changes_nothing(world: World, wrong: dict[str, str]) -> None:
    response = signed_in(world.sam).post("/clinic/safety/", clinic_form(**wrong))

    assert response.status_code == 422
    assert Clinic.objects.get(pk=world.clinic.pk).public_name == "Northgate"


def test_a_person_of_two_clinics_chooses_and_always_sees_which_one_is_open(world: World) -> None:
    with clinic_context(clinic_id=world.other_clinic.pk):
        people.grant_role(user=world.chris, role=Role.CLINICIAN, at=timezone.now())
    client = signed_in(world.chris)
    assert "Northgate Clinic" in client.get("/caseload/").content.decode()

    client.post("/clinic/choose/", {"clinic": str(world.other_clinic.pk)})

    assert "Southbank Clinic" in client.get("/caseload/").content.decode()
    assert client.get(f"/p/{world.episode.pk}/").status_code == 404
    with clinic_context(clinic_id=world.other_clinic.pk):
        assert AuditEvent.objects.filter(action=AuditAction.CLINIC_CHOSEN, actor_id=world.chris.pk).exists()


@pytest.mark.parametrize("chosen", ["other", "nonsense", ""])
def test_nobody_chooses_a_clinic_without_a_role_there(world: World, chosen: str) -> None:
    value = str(world.other_clinic.pk) if chosen == "other" else chosen

    assert signed_in(world.chris).post("/clinic/choose/", {"clinic": value}).status_code == 404


# --- care -------------------------------------------------------------------------------------------------------------


def test_help_says_when_check_ins_are_read(world: World) -> None:
    page = signed_in(world.ann).get("/help/").content.decode()

    # Ann lives in India; in summer Berlin is half an hour and three away, in winter four.
    told = r"Check-ins are read on weekdays, 09:00 to 17:00 in Berlin \((12:30 to 20:30|13:30 to 21:30) for you\)\."
    assert re.search(told, page)


def test_help_names_the_place_of_a_time_where_it_is_not_known_who_reads(world: World) -> None:
    code = crisis.code_of(world.clinic)

    page = Client().get(f"/help/{code}/").content.decode()

    assert "Check-ins are read on weekdays, 09:00 to 17:00 in Berlin." in page
    assert re.search(r"\d\d:\d\d in Berlin</span>", page)


# --- links and pages that must not open more than they say ------------------------------------------------------------


def test_a_record_that_has_its_person_is_given_to_nobody_else(world: World) -> None:
    link = invite_new_patient(world)
    code = code_of(world, link)
    with clinic_context(clinic_id=world.clinic.pk):
        other = factories.make_user("other@north.example")
        Patient.objects.filter(name="Pia Poole").update(user=other)

    answer = Client().post(open_link(link), {"name": "Pia Poole", "check_ins": "on", "code": code})

    assert answer.status_code == 404
    assert not User.objects.filter(email="pia@north.example").exists()


def test_one_address_signs_in_for_one_patient_of_a_clinic(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        pia = factories.make_patient("Pia Poole")

    page = signed_in(world.sam).post(
        f"/clinic/people/patients/{pia.pk}/invite/", {"email": world.ann.email, "language": "en"}
    )

    assert page.status_code == 422
    assert "Another patient of this clinic signs in with this address." in page.content.decode()


def test_numbers_that_are_sent_twice_stay(world: World) -> None:
    client = signed_in(world.sam)

    for _time in range(2):
        client.post("/clinic/safety/", clinic_form())

    assert [one["label"] for one in Clinic.objects.get(pk=world.clinic.pk).crisis_contacts] == ["Crisis line"]


def test_the_name_of_a_clinic_stays_on_one_line(world: World) -> None:
    signed_in(world.sam).post("/clinic/safety/", clinic_form(public_name="Trials\r\nBcc: x@example.org"))

    assert Clinic.objects.get(pk=world.clinic.pk).public_name == "Trials Bcc: x@example.org"


def test_a_search_with_a_nul_finds_nothing_and_breaks_nothing(world: World) -> None:
    client = signed_in(world.sam)

    assert client.post("/clinic/people/", {"search": "a\x00b"}, follow=True).status_code == 200


def test_a_row_that_is_not_ones_own_leaves_a_line_of_the_refusal(world: World) -> None:
    signed_in(world.dana).get(f"/p/{world.episode.pk}/")

    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(actor_id=world.dana.pk, action=AuditAction.ACCESS_DENIED).count() == 1


@pytest.mark.parametrize("search", ["marin", "marin ana", "Ana  Marín", "101 "])
def test_an_admin_finds_a_patient_however_the_name_is_typed(world: World, search: str) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        people.add_patient(name="Ana Marín", external_id="101", by=None, at=factories.NOW)
    client = signed_in(world.sam)

    page = client.post("/clinic/people/", {"search": search}, follow=True).content.decode()

    assert "Ana Marín" in page and "Ann Archer" not in page
