"""Typing a paper, as a browser without scripts meets it."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.models import CheckIn
from patients.models.consent import ConsentPurpose
from patients.rights import consent
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.monitoring.views.patient.test_check_ins import plan_week

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def cora(world: World, client: Client) -> Client:
    plan_week(world, instruments={})
    client.force_login(world.cora)
    return client


def address(world: World) -> str:
    return reverse("enter_paper", args=[world.episode.pk])


def carried(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(page):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(unescape(value))
    return found


def test_from_the_day_over_reading_back_to_the_record(cora: Client, world: World) -> None:
    on = timezone.localdate()
    first = {"on": str(on), "parts": ["ratings", "PHQ-9"], "language": "en", "step": "fill"}
    fill = cora.post(address(world), first).content.decode()
    items = {f"PHQ-9_{code}": value for code, value in factories.phq9(item_9=0).items()}
    read = cora.post(address(world), carried(fill) | {"sleep": "3", "step": "read"} | items).content.decode()
    with clinic_context(clinic_id=world.clinic.pk):
        assert not CheckIn.objects.exists()
    done = cora.post(address(world), carried(read) | {"step": "record"})
    again = cora.post(address(world), carried(read) | {"step": "record"})

    assert "Does the paper say this?" in read and "1: Several days" in read
    with clinic_context(clinic_id=world.clinic.pk):
        row = CheckIn.versions.get()
    assert (row.sleep, row.mood, row.mode, row.interviewer_id) == (3, None, "paper", world.cora.pk)
    assert done.headers["Location"] == again.headers["Location"]
    assert "on paper, typed by Cora" in cora.get(done.headers["Location"]).content.decode()


def test_what_was_read_back_can_be_changed(cora: Client, world: World) -> None:
    first = {"on": str(timezone.localdate()), "parts": ["ratings"], "language": "en", "step": "fill"}
    fill = cora.post(address(world), first).content.decode()
    read = cora.post(address(world), carried(fill) | {"sleep": "3", "step": "read"}).content.decode()

    changed = cora.post(address(world), carried(read) | {"step": "change"}).content.decode()

    assert re.search(r'<option value="3" selected', changed)


def test_an_empty_paper_is_refused_in_words(cora: Client, world: World) -> None:
    first = {"on": str(timezone.localdate()), "parts": ["ratings"], "language": "en", "step": "fill"}
    fill = cora.post(address(world), first).content.decode()

    refused = cora.post(address(world), carried(fill) | {"step": "read"})

    assert refused.status_code == 422 and b"Nothing is entered yet" in refused.content


def test_without_an_agreement_the_text_is_read_out_first(cora: Client, world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        consent.decide(
            patient=world.episode.patient,
            purpose=ConsentPurpose.CHECK_INS,
            is_given=False,
            by=world.ann,
            at=timezone.now(),
        )
    first = {"on": str(timezone.localdate()), "parts": ["ratings"], "language": "en", "step": "fill"}

    assert b"First read this out" in cora.get(address(world)).content
    assert cora.post(address(world), first).status_code == 422
    assert cora.post(address(world), first | {"agrees": "on"}).status_code == 200
    with clinic_context(clinic_id=world.clinic.pk):
        assert consent.has_check_in_consent(world.episode.patient)


def test_an_answer_that_calls_for_somebody_is_said_loudly(cora: Client, world: World) -> None:
    first = {"on": str(timezone.localdate()), "parts": ["PHQ-9"], "language": "en", "step": "fill"}
    fill = cora.post(address(world), first).content.decode()
    read = cora.post(address(world), carried(fill) | {"PHQ-9_9": "2", "step": "read"}).content.decode()
    done = cora.post(address(world), carried(read) | {"step": "record"}, follow=True).content.decode()

    assert "ring the person up now" in done
