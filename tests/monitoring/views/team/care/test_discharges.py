"""Ending care, as a browser without scripts meets it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.alerts import evidence
from monitoring.engine.records import Tier
from monitoring.models.alerts import AlertKind
from patients.models import Episode
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.views.team.readers import signed_in


@pytest.fixture
def chris(world: World) -> Client:
    return signed_in(world.chris)


def address(world: World) -> str:
    return reverse("end_care", args=[world.episode.pk])


def given(**more: str) -> dict[str, str]:
    return {"on": str(timezone.localdate()), "takes_over": "Dr Gray", "summary": "Walking helped."} | more


def test_care_ends_and_the_patient_reads_who_takes_over(chris: Client, world: World) -> None:
    done = chris.post(address(world), given(account="keep"))

    assert done.headers["Location"] == address(world)
    assert "Dr Gray" in chris.get(address(world)).content.decode()
    home = signed_in(world.ann).get("/").content.decode()
    assert "Who looks after you from here on" in home and "Dr Gray" in home and "Walking helped." in home


def test_the_account_closes_at_once(chris: Client, world: World) -> None:
    ann = signed_in(world.ann)
    chris.post(address(world), given(account="close"))

    assert "My record" not in ann.get("/", follow=True).content.decode()


def test_an_open_safety_alert_is_said_and_leads_there(chris: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        alert = evidence.raise_alert(
            episode=world.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=timezone.now()
        )

    page = chris.get(address(world)).content.decode()
    refused = chris.post(address(world), given(account="keep"))

    for shown in (page, refused.content.decode()):
        assert "Care cannot end now" in shown and reverse("alert_detail", args=[alert.pk]) in shown
    assert refused.status_code == 409
    with clinic_context(clinic_id=world.clinic.pk):
        assert Episode.objects.get(pk=world.episode.pk).ended_on is None


def test_nobody_is_discharged_to_nobody_without_saying_so(chris: Client, world: World) -> None:
    refused = chris.post(address(world), given(takes_over="", account="keep"))

    assert refused.status_code == 422 and "Say who takes over, or that nobody does" in refused.content.decode()


def test_a_coordinator_does_not_end_care(world: World) -> None:
    assert signed_in(world.cora).get(address(world)).status_code == 404
    assert address(world) not in signed_in(world.cora).get(f"/p/{world.episode.pk}/team/").content.decode()
    assert address(world) in signed_in(world.chris).get(f"/p/{world.episode.pk}/team/").content.decode()
