"""What a patient agreed to can be read again, and taking it back says first what follows."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from patients.models import Consent
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.tenancy import clinic_context
from tests.conftest import World


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    client.force_login(world.ann)
    return client


def test_the_text_that_was_agreed_to_is_shown_with_its_version_and_its_day(ann: Client, world: World) -> None:
    page = ann.get(reverse("my_settings")).content.decode()

    assert "Your team at Northgate reads your check-ins" in page
    assert "Version 2026-11 of the text, agreed to on 7 September 2024." in page


def test_the_text_stays_in_the_language_in_which_it_was_agreed_to(ann: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk), translation.override("de"):
        consent.decide(
            patient=world.episode.patient,
            purpose=ConsentPurpose.CHECK_INS,
            is_given=True,
            by=world.ann,
            at=timezone.now(),
        )

    page = ann.get(reverse("my_settings")).content.decode()

    assert '<div lang="de">' in page
    assert "Your team at Northgate reads your check-ins" not in page


@pytest.mark.parametrize("stored", ["2026-11", "2019-01-en"])
def test_a_decision_of_an_older_kind_can_still_be_shown(ann: Client, world: World, stored: str) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        Consent.objects.create(
            patient=world.episode.patient,
            purpose=ConsentPurpose.CHECK_INS,
            text_version=stored,
            is_given=True,
            decided_at=timezone.now(),
        )

    page = ann.get(reverse("my_settings"))

    assert page.status_code == 200
    assert ("Read what I agreed to" in page.content.decode()) == (stored in consent.TEXTS)


@pytest.mark.parametrize("name", ["home", "my_settings"])
def test_who_is_asked_to_agree_again_reads_to_what(ann: Client, name: str) -> None:
    ann.post(reverse("decide_consent"), {"check_ins": "no", "confirmed": "yes"})

    assert "Your team at Northgate reads your check-ins" in ann.get(reverse(name)).content.decode()
