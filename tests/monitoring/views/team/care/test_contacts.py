"""The lists of who has not been heard from, as a browser without scripts meets them."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.attention import needs
from monitoring.models import Contact
from patients.models import Patient
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.views.team.readers import signed_in, silent_for

LOST = "/caseload/silent/"


@pytest.fixture
def silent(world: World) -> World:
    silent_for(world, weeks=5)
    with clinic_context(clinic_id=world.clinic.pk):
        Patient.objects.filter(pk=world.episode.patient_id).update(telephone="030 1234567")
        needs.mend(at=timezone.now())
    return world


def test_the_caseload_leads_to_the_lists_with_their_counts(silent: World) -> None:
    page = signed_in(silent.chris).get(reverse("caseload")).content.decode()

    assert "Not heard from: lost contact 1, overdue 0" in " ".join(page.split())
    assert f'href="{LOST}"' in page


def test_nothing_stands_on_the_caseload_where_everybody_answers(world: World) -> None:
    assert "Not heard from" not in signed_in(world.chris).get(reverse("caseload")).content.decode()


def test_the_number_and_both_deeds_are_at_hand(silent: World) -> None:
    page = signed_in(silent.cora).get(LOST).content.decode()

    assert 'href="tel:0301234567"' in page
    assert reverse("phone_check_in", args=[silent.episode.pk]) in page
    assert reverse("record_contact", args=[silent.episode.pk]) in page
    assert "Nobody is on this list now." in signed_in(silent.cora).get(f"{LOST}?list=overdue").content.decode()


def test_what_came_of_a_call_is_recorded_and_told_in_the_list(silent: World, client: Client) -> None:
    client.force_login(silent.cora)
    address = reverse("record_contact", args=[silent.episode.pk])

    refused = client.post(address, {"note": "Rang."})
    recorded = client.post(address, {"result": "no_answer", "note": "Rang."})

    assert refused.status_code == 422 and b"Choose what came of it" in refused.content
    assert recorded.headers["Location"] == LOST
    assert "Called, no answer" in client.get(LOST).content.decode()
    assert "Rang." in client.get(address).content.decode()
    with clinic_context(clinic_id=silent.clinic.pk):
        assert Contact.objects.get().made_by == silent.cora


@pytest.mark.parametrize("query", ["?list=nonsense", "?page=0", "?page=٣", "?page=99999999999", "?list=lost&page=2"])
def test_a_strange_address_gives_a_page(silent: World, query: str) -> None:
    assert signed_in(silent.cora).get(LOST + query).status_code == 200
