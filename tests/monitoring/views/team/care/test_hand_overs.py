"""Handing somebody over, as a browser without scripts meets it."""

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import HandOver
from patients.care import teams
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.monitoring.views.team.readers import signed_in


@pytest.fixture
def chris(world: World) -> Client:
    return signed_in(world.chris)


def offer(browser: Client, world: World) -> HandOver:
    page = reverse("offer_hand_over", args=[world.episode.pk])
    browser.post(page, {"to": str(world.dana.pk), "note": "Look at sleep."})
    with clinic_context(clinic_id=world.clinic.pk):
        return HandOver.objects.get()


def responsible(world: World) -> str:
    with clinic_context(clinic_id=world.clinic.pk):
        return str(teams.responsible_clinician(world.episode))


def address(hand_over: HandOver) -> str:
    return reverse("hand_over", args=[hand_over.pk])


def test_asked_accepted_and_told_on_both_sides(chris: Client, world: World) -> None:
    hand_over = offer(chris, world)
    dana = signed_in(world.dana)

    assert "Dana was asked on" in chris.get(reverse("trajectory", args=[world.episode.pk])).content.decode()
    assert "1 hand-over waits for you" in dana.get(reverse("caseload")).content.decode()
    page = dana.get(address(hand_over)).content.decode()
    assert "Look at sleep." in page and "Ann Archer" in page
    assert dana.get(reverse("trajectory", args=[world.episode.pk])).status_code == 404
    accepted = dana.post(address(hand_over), {"step": "accept", "version": "1"})
    assert accepted.headers["Location"] == reverse("trajectory", args=[world.episode.pk])
    assert responsible(world) == "Dana"
    assert dana.get(accepted.headers["Location"]).status_code == 200
    assert "Accepted" in chris.get(reverse("hand_over_list")).content.decode()


def test_returned_with_a_reason(chris: Client, world: World) -> None:
    hand_over = offer(chris, world)
    dana = signed_in(world.dana)

    refused = dana.post(address(hand_over), {"step": "return", "version": "1"})
    returned = dana.post(address(hand_over), {"step": "return", "version": "1", "reason": "No room."})

    assert refused.status_code == 422 and "Say why you return it" in refused.content.decode()
    assert returned.status_code == 302 and responsible(world) == "Chris"
    assert "No room." in chris.get(address(hand_over)).content.decode()
    assert dana.get(address(hand_over)).status_code == 404


def test_two_at_once_one_wins_and_the_other_reads_what_happened(chris: Client, world: World) -> None:
    hand_over = offer(chris, world)
    chris.post(address(hand_over), {"step": "withdraw", "version": "1"})

    late = signed_in(world.cora).post(address(hand_over), {"step": "withdraw", "version": "1"})

    assert late.status_code == 409 and "answered or taken back meanwhile" in late.content.decode()


def test_who_is_asked_cannot_take_the_question_back_and_a_colleague_cannot_answer_it(
    chris: Client, world: World
) -> None:
    hand_over = offer(chris, world)

    assert signed_in(world.dana).post(address(hand_over), {"step": "withdraw", "version": "1"}).status_code == 422
    assert signed_in(world.cora).post(address(hand_over), {"step": "accept", "version": "1"}).status_code == 422
    assert responsible(world) == "Chris"


def test_the_care_team_page_replaces_nobody_without_an_answer(chris: Client, world: World) -> None:
    page = reverse("care_team", args=[world.episode.pk])

    refused = chris.post(page, {"member": str(world.dana.pk), "is_responsible": "on"})

    assert refused.status_code == 422 and "Chris is responsible." in refused.content.decode()
    assert responsible(world) == "Chris"
