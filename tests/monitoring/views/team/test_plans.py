"""Beginning care: a clinician registers somebody for the own care, a coordinator for a clinician's."""

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import MonitoringPlan
from patients.care import teams
from patients.models import ClinicRole, Episode
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
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


RHYTHM = {"weekday": "4", "local_time": "19:30", "cadence_weeks": "2"}


def test_a_clinician_changes_rhythm_and_questionnaires_and_what_stays_keeps_its_distance(
    world: World, client: Client
) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 2, "PEG": 4})
    client.force_login(world.chris)
    path = reverse("edit_rhythm", args=[world.episode.pk])

    form = client.get(path).context["form"]
    answer = client.post(path, RHYTHM | {"instruments": ["PHQ-9", "GAD-7"]})

    assert set(form.initial["instruments"]) == {"PEG", "PHQ-9"}
    assert answer.headers["Location"] == reverse("trajectory", args=[world.episode.pk])
    with clinic_context(clinic_id=world.clinic.pk):
        plan = MonitoringPlan.objects.get(episode=world.episode)
        assert (plan.weekday, plan.local_time, plan.cadence_weeks) == (4, time(19, 30), 2)
        assert plan.instruments == {"PHQ-9": 2, "GAD-7": 4}
    assert path in client.get(reverse("trajectory", args=[world.episode.pk])).content.decode()


def test_a_questionnaire_that_may_no_longer_be_offered_is_not_dropped_silently(world: World, client: Client) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, instruments={"PHQ-9": 2})
        ClinicRole.objects.filter(role__in=["clinician", "coordinator"]).exclude(user=world.chris).update(ended_at=NOW)
    client.force_login(world.chris)

    client.post(reverse("edit_rhythm", args=[world.episode.pk]), RHYTHM | {"instruments": ["PEG"]})

    with clinic_context(clinic_id=world.clinic.pk):
        assert MonitoringPlan.objects.get(episode=world.episode).instruments == {"PHQ-9": 2, "PEG": 4}


@pytest.mark.parametrize("who", ["ann", "cora", "dana", "sam", "eve"])
def test_the_rhythm_is_the_own_clinicians_to_change(world: World, client: Client, who: str) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode)
    client.force_login(getattr(world, who))

    assert client.get(reverse("edit_rhythm", args=[world.episode.pk])).status_code == 404


def test_without_a_plan_there_is_no_rhythm_to_change(world: World, client: Client) -> None:
    client.force_login(world.chris)

    assert client.get(reverse("edit_rhythm", args=[world.episode.pk])).status_code == 404
    assert "/rhythm/" not in client.get(reverse("trajectory", args=[world.episode.pk])).content.decode()
