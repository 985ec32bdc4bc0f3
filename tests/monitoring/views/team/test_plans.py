"""Beginning care: a clinician registers somebody for the own care, a coordinator for a clinician's."""

import pytest
from django.test import Client
from django.urls import reverse

from patients.care import teams
from patients.models import Episode
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.patients.views.inviting import NEW_PATIENT


def admitted(world: World) -> Episode:
    with clinic_context(clinic_id=world.clinic.pk):
        return Episode.objects.select_related("patient").get(patient__name=NEW_PATIENT["name"])


def test_a_coordinator_registers_somebody_for_a_clinician(world: World, client: Client) -> None:
    client.force_login(world.cora)
    page = client.get(reverse("add_patient")).content.decode()
    nobody = client.post(reverse("add_patient"), NEW_PATIENT)
    answer = client.post(reverse("add_patient"), NEW_PATIENT | {"responsible": str(world.chris.pk)})

    assert "Responsible clinician" in page and "You register somebody for a clinician." in page
    assert nobody.status_code == 422
    assert answer.status_code == 302
    episode = admitted(world)
    with clinic_context(clinic_id=world.clinic.pk):
        assert teams.responsible_clinician(episode) == world.chris
        assert world.cora not in teams.care_team(episode)


def test_a_clinician_who_registers_is_responsible_and_is_not_asked_who_is(world: World, client: Client) -> None:
    client.force_login(world.chris)
    page = client.get(reverse("add_patient")).content.decode()
    client.post(reverse("add_patient"), NEW_PATIENT | {"responsible": str(world.dana.pk)})

    assert 'name="responsible"' not in page
    with clinic_context(clinic_id=world.clinic.pk):
        assert teams.responsible_clinician(admitted(world)) == world.chris


@pytest.mark.parametrize("who", ["sam", "eve"])
def test_nobody_of_another_clinic_or_role_can_be_made_responsible(world: World, client: Client, who: str) -> None:
    client.force_login(world.cora)

    answer = client.post(reverse("add_patient"), NEW_PATIENT | {"responsible": str(getattr(world, who).pk)})

    assert answer.status_code == 422


@pytest.mark.parametrize(("who", "status"), [("cora", 200), ("chris", 200), ("sam", 404), ("ann", 404)])
def test_coordinators_pause_check_ins_too(world: World, client: Client, who: str, status: int) -> None:
    client.force_login(getattr(world, who))

    assert client.get(reverse("pause_episode", args=[world.episode.pk])).status_code == status
