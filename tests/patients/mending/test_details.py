"""The team corrects who a person is and how the person is reached; each change leaves a line."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from patients.mending import details
from patients.mending.details import CareDetails, NumberTaken, PersonDetails
from patients.models import Episode, Patient
from patients.models.audit import AuditAction, AuditEvent
from tests.conftest import World
from tests.factories import NOW

FORM = {
    "name": "Anna Archer",
    "birth_date": "1980-03-03",
    "external_id": "101",
    "telephone": "+44 20 7946 0000",
    "contact": "After six; else her sister",
    "problems": "Depression",
    "goal": "Back to the choir",
}


@pytest.mark.parametrize("who", ["chris", "cora"])
def test_clinician_and_coordinator_correct_the_details(north: World, client: Client, who: str) -> None:
    client.force_login(getattr(north, who))

    answer = client.post(reverse("edit_details", args=[north.episode.pk]), FORM)

    assert answer.status_code == 302
    patient = Patient.objects.get(pk=north.episode.patient_id)
    assert (patient.name, patient.birth_date, patient.external_id) == ("Anna Archer", date(1980, 3, 3), "101")
    page = client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()
    for words in ("Anna Archer", "+44 20 7946 0000", "After six; else her sister", "Depression", "Back to the choir"):
        assert words in page
    [line] = AuditEvent.objects.filter(action=AuditAction.DETAILS_CHANGED)
    assert (line.patient_id, line.counts) == (patient.pk, {"fields": 6})


def test_a_form_that_changes_nothing_leaves_no_line(north: World) -> None:
    patient = north.episode.patient
    person = PersonDetails(
        name=patient.name, birth_date=patient.birth_date, external_id=patient.external_id, telephone="", contact=""
    )
    care = CareDetails(problems=north.episode.problems, goal=north.episode.goal)

    assert not details.change(episode=north.episode, person=person, care=care, by=north.chris, at=NOW)
    assert not AuditEvent.objects.filter(action=AuditAction.DETAILS_CHANGED).exists()


def test_the_number_of_another_patient_is_refused_in_words_and_nothing_is_written(north: World, client: Client) -> None:
    Patient.objects.filter(pk=north.bens_episode.patient_id).update(external_id="101")
    client.force_login(north.chris)

    answer = client.post(reverse("edit_details", args=[north.episode.pk]), FORM)

    assert answer.status_code == 422
    assert "Another patient of the clinic has this number." in answer.content.decode()
    assert Patient.objects.get(pk=north.episode.patient_id).name == "Ann Archer"
    assert Episode.objects.get(pk=north.episode.pk).goal == north.episode.goal
    with pytest.raises(NumberTaken):
        details.change(
            episode=north.episode,
            person=PersonDetails(name="A", birth_date=None, external_id="101", telephone="", contact=""),
            care=CareDetails(problems="", goal=""),
            by=north.chris,
            at=NOW,
        )


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("birth_date", "2999-01-01"), ("telephone", "call me"), ("goal", "x" * 501)]
)
def test_a_broken_value_is_refused_beside_its_field(north: World, client: Client, field: str, value: str) -> None:
    client.force_login(north.chris)

    answer = client.post(reverse("edit_details", args=[north.episode.pk]), FORM | {field: value})

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}


@pytest.mark.parametrize("who", ["ann", "dana", "sam", "eve"])
def test_others_neither_see_nor_change_the_details(world: World, client: Client, who: str) -> None:
    client.force_login(getattr(world, who))

    assert client.get(reverse("edit_details", args=[world.episode.pk])).status_code == 404
    assert client.post(reverse("edit_details", args=[world.episode.pk]), FORM).status_code == 404
