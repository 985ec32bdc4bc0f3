"""Two people of one name: both records are shown before somebody is added or invited, and a person decides."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from patients.accounts import namesakes
from patients.models import AuditEvent, Episode, Invitation, Patient
from patients.people import people
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.patients.views.inviting import NEW_PATIENT, signed_in

BORN = date(1990, 2, 1)
MAIL = {"email": "pia2@north.example", "language": "en"}


def add(world: World, name: str = "Pia Poole", born: date | None = BORN, number: str = "101") -> Patient:
    with clinic_context(clinic_id=world.clinic.pk):
        return people.add_patient(name=name, birth_date=born, external_id=number, by=None, at=NOW)


def care_for(world: World, patient: Patient, *, by: str) -> Episode:
    with clinic_context(clinic_id=world.clinic.pk):
        return factories.make_episode(patient, team=(getattr(world, by),))


def added(world: World) -> int:
    with clinic_context(clinic_id=world.clinic.pk):
        return Patient.objects.filter(name__icontains="poole").count()


def tick_on(page: str) -> str:
    found = re.search(r'name="another_person" value="([0-9a-f]+)"', page)
    assert found, "no warning on the page"
    return found.group(1)


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# ---------- who may be the same ----------


@pytest.mark.parametrize(
    ("name", "born", "is_alike"),
    [
        ("Pia Poole", BORN, True),
        ("poole,  PIA", BORN, True),
        ("Pía Poole", BORN, True),
        ("Pia Poole", None, True),
        ("Pia Poole", date(1990, 1, 2), False),
        ("Pia Pool", BORN, False),
    ],
)
def test_who_has_the_name_and_no_other_date_of_birth_may_be_the_same(
    north: World, name: str, born: date | None, *, is_alike: bool
) -> None:
    people.add_patient(name="Pia Poole", birth_date=BORN, by=None, at=NOW)

    warned = namesakes.warning(name=name, birth_date=born, seen=Episode.objects.none(), by=north.chris, at=NOW)

    assert (warned is not None) is is_alike


def test_another_clinics_patients_are_nobodys_namesakes(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        seen = Episode.objects.none()
        assert namesakes.warning(name="Zoe Zimmer", birth_date=None, seen=seen, by=world.chris, at=NOW) is None


# ---------- adding ----------


def test_both_records_are_shown_before_somebody_of_the_same_name_and_date_of_birth_is_added(world: World) -> None:
    known = care_for(world, add(world), by="chris")
    client = signed_in(world.chris)

    answer = client.post("/p/new/", NEW_PATIENT | {"external_id": "A-7"})

    page = answer.content.decode()
    assert (answer.status_code, added(world)) == (422, 1)
    assert "Pia Poole , born 1 Feb 1990, number A-7 about to be added" in words_of(page)
    assert "Pia Poole , born 1 Feb 1990, number 101 in this clinic since" in words_of(page)
    assert reverse("trajectory", args=[known.pk]) in page
    assert 'value="Walk the dog"' in page or "Walk the dog" in page


def test_another_person_is_added_once_somebody_says_so(world: World) -> None:
    add(world)
    client = signed_in(world.chris)
    key = tick_on(client.post("/p/new/", NEW_PATIENT).content.decode())

    answer = client.post("/p/new/", NEW_PATIENT | {"another_person": key})

    assert (answer.status_code, added(world)) == (302, 2)


def test_saying_so_of_one_person_does_not_say_it_of_the_next(world: World) -> None:
    add(world)
    client = signed_in(world.chris)
    key = tick_on(client.post("/p/new/", NEW_PATIENT).content.decode())
    add(world, number="102")

    answer = client.post("/p/new/", NEW_PATIENT | {"another_person": key})

    assert (answer.status_code, added(world)) == (422, 2)


def test_of_somebody_whom_the_reader_may_not_see_only_what_tells_people_apart_is_shown(world: World) -> None:
    patient = add(world)
    hidden = care_for(world, patient, by="dana")

    page = signed_in(world.chris).post("/p/new/", NEW_PATIENT).content.decode()

    assert "number 101" in page and "a coordinator can open the record" in page
    assert str(hidden.pk) not in page and "Depression" not in page
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(actor_id=world.chris.pk, patient_id=patient.pk).exists()


@pytest.mark.parametrize("number", ["101", " 101", "0101", "'101"])
def test_a_number_that_another_patient_has_or_could_have_is_refused(world: World, number: str) -> None:
    add(world, name="Otto Other")

    answer = signed_in(world.chris).post("/p/new/", NEW_PATIENT | {"external_id": number})

    assert (answer.status_code, added(world)) == (422, 0)
    assert "Another patient of this clinic has the number 101." in words_of(answer.content.decode())


def test_a_number_is_kept_in_one_spelling(world: World) -> None:
    signed_in(world.chris).post("/p/new/", NEW_PATIENT | {"external_id": "\u00a0\uff11\uff10\uff11 "})

    with clinic_context(clinic_id=world.clinic.pk):
        assert Patient.objects.get(name="Pia Poole").external_id == "101"


# ---------- inviting ----------


def test_an_invitation_waits_until_the_two_of_one_name_were_compared(world: World) -> None:
    meant = add(world)
    add(world, born=None, number="102")
    client: Client = signed_in(world.sam)
    url = reverse("invite_patient", args=[meant.pk])
    page = client.get(url).content.decode()

    hasty = client.post(url, MAIL)

    assert "number 101 about to be invited" in words_of(page) and "number 102 in this clinic since" in words_of(page)
    assert hasty.status_code == 422
    assert client.post(url, MAIL | {"another_person": tick_on(page)}).status_code == 302
    with clinic_context(clinic_id=world.clinic.pk):
        assert [invitation.patient_id for invitation in Invitation.objects.all()] == [meant.pk]


def test_an_invitation_of_somebody_without_a_namesake_asks_nothing(world: World) -> None:
    meant = add(world)
    client = signed_in(world.sam)

    assert "another_person" not in client.get(reverse("invite_patient", args=[meant.pk])).content.decode()
    assert client.post(reverse("invite_patient", args=[meant.pk]), MAIL).status_code == 302
