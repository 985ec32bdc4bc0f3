"""The page of what a patient agreed to, and the way out."""

import pytest
from django.test import Client
from django.urls import reverse

from patients.rights import consent
from patients.tenancy import clinic_context
from tests.conftest import World


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def has_consent(world: World) -> bool:
    with clinic_context(clinic_id=world.clinic.pk):
        return consent.has_check_in_consent(world.episode.patient)


def test_taking_the_check_ins_back_says_first_what_follows(ann: Client, world: World) -> None:
    asked = ann.post(reverse("decide_consent"), {"check_ins": "no"})

    assert "we stop asking you and your team no longer uses new answers" in asked.content.decode()
    assert has_consent(world)

    ann.post(reverse("decide_consent"), {"check_ins": "no", "confirmed": "yes"})
    assert not has_consent(world)
