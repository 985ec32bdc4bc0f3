"""Claiming an account in a browser: on a small phone, without scripts, in the dark, and nothing of the code is kept."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients.accounts import invitations
from patients.accounts.invitations import InvitationLink
from patients.models import Episode
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.functional.conftest import Opener
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of
from tests.patients.accounts.claiming import other_than

SMALL = {"width": 320, "height": 640}
KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"


@pytest.fixture
def episode(committed: World) -> Episode:
    """Pia's care under Chris; she has no account."""
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        return factories.make_episode(factories.make_patient("Pia Poole"), team=(committed.chris,))


@pytest.fixture
def link(committed: World, episode: Episode) -> InvitationLink:
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        return invitations.invite_patient(
            patient=episode.patient, email="pia@north.example", by=committed.sam, at=timezone.now()
        )


def shown_code(page: Page, episode: Episode) -> str:
    """Let a clinician make the code and read it from the page."""
    page.goto(reverse("patient_account", args=[episode.pk]))
    page.get_by_role("button", name="Make the code and show it").click()
    return page.locator(".claim-code").inner_text()


def is_fine(page: Page) -> list[str]:
    """Return what is wrong with a page: obstacles in light and dark, and a page wider than the screen."""
    problems = problems_of(page, Axe())
    page.emulate_media(color_scheme="dark")
    problems += problems_of(page, Axe(), only="color-contrast")
    return problems + (["too wide"] if is_wider_than_the_screen(page) else [])


def test_a_patient_claims_the_account_without_scripts_on_a_small_phone(
    committed: World, episode: Episode, link: InvitationLink, open_page: Opener
) -> None:
    code = shown_code(open_page(signed_in=committed.chris), episode)
    page = open_page(viewport=SMALL, java_script_enabled=False)
    page.goto(reverse("join", args=[link.token]))

    page.get_by_label("Code from your clinic").fill(other_than(code.replace(" ", "")))
    page.get_by_label("I agree that my team uses").check()
    page.get_by_role("button", name="Open my account").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()

    page.get_by_label("Code from your clinic").fill(code)
    page.get_by_role("button", name="Open my account").click()
    page.wait_for_url(lambda url: "/join/" not in url)
    page.goto(reverse("my_settings"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_page_with_the_code_is_readable_and_the_browser_keeps_nothing_of_it(
    committed: World, episode: Episode, link: InvitationLink, open_page: Opener
) -> None:
    page = open_page(signed_in=committed.chris, viewport=SMALL, reduced_motion="reduce")

    code = shown_code(page, episode)

    assert re.fullmatch(r"\d{4} \d{4}", code)
    assert page.locator(".claim-code").evaluate("e => e.getClientRects().length") == 1
    assert is_fine(page) == []
    kept = page.evaluate(KEPT)
    assert code not in kept and code.replace(" ", "") not in kept
    page.get_by_role("link", name="Done").click()
    page.get_by_role("heading", name="Status").wait_for()
    assert code not in page.content()


def test_the_code_is_typed_and_sent_by_keyboard_and_a_slip_is_told(link: InvitationLink, open_page: Opener) -> None:
    page = open_page(viewport=SMALL, reduced_motion="reduce")
    page.goto(reverse("join", args=[link.token]))
    assert is_fine(page) == []

    page.get_by_label("Code from your clinic").focus()
    page.keyboard.type("1234")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="There is a problem").wait_for()
    expect(page.get_by_label("Code from your clinic")).to_have_value("1234")
    assert page.locator("[name=code]").get_attribute("aria-invalid") == "true"
    assert is_fine(page) == []


def test_somebody_else_who_is_signed_in_is_told_so(committed: World, link: InvitationLink, open_page: Opener) -> None:
    page = open_page(signed_in=committed.ben, viewport=SMALL, reduced_motion="reduce")
    page.goto(reverse("join", args=[link.token]))

    expect(page.get_by_role("heading", name="Someone else is signed in here")).to_be_visible()
    assert is_fine(page) == []
