"""A hand-over in a browser: asked on a desk, accepted by keyboard on the smallest screen in the dark."""

import re

from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from patients.care import teams
from patients.tenancy import clinic_transaction
from tests.conftest import World
from tests.functional.conftest import DESK, Opener
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of
from tests.functional.test_phone import NARROW, look


def test_asked_by_one_and_accepted_by_the_other(committed: World, open_page: Opener) -> None:
    chris = open_page(signed_in=committed.chris, viewport=DESK)
    chris.goto(reverse("care_team", args=[committed.episode.pk]))
    chris.get_by_role("link", name="Hand over to a colleague").click()
    chris.get_by_label("What should this person know?").fill("Sleep is the matter; the review is in May.")
    look(chris, "offer")
    problems = problems_of(chris, Axe())
    chris.get_by_role("button", name="Ask this colleague").click()
    expect(chris.get_by_text("has not answered yet")).to_be_visible()
    look(chris, "offered")

    dana = open_page(signed_in=committed.dana, viewport=NARROW, color_scheme="dark")
    dana.goto(reverse("caseload"))
    dana.get_by_role("link", name=re.compile("1 hand-over waits")).press("Enter")
    look(dana, "hand-overs")
    problems += problems_of(dana, Axe())
    dana.get_by_role("link", name="Ann Archer").press("Enter")
    expect(dana.get_by_text("Sleep is the matter")).to_be_visible()
    look(dana, "hand-over")
    problems += problems_of(dana, Axe())
    assert not is_wider_than_the_screen(dana)
    dana.get_by_role("button", name="Return with this reason").press("Enter")
    expect(dana.locator(".error-summary")).to_contain_text("Say why you return it")
    problems += problems_of(dana, Axe())
    dana.get_by_role("button", name="Accept").press("Enter")

    expect(dana.get_by_text("You are responsible now for this patient.")).to_be_visible()
    assert problems == []
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert teams.responsible_clinician(committed.episode) == committed.dana


def test_care_ends_by_keyboard_and_the_patient_reads_it(committed: World, open_page: Opener) -> None:
    page = open_page(signed_in=committed.chris, viewport=NARROW, color_scheme="dark")
    page.goto(reverse("end_care", args=[committed.episode.pk]))
    look(page, "end")
    problems = problems_of(page, Axe())
    page.get_by_role("button", name="End care").press("Enter")
    page.get_by_label("Who looks after the person from then on?").fill("Dr Gray, general practice")
    page.get_by_role("button", name="End care").press("Enter")
    expect(page.get_by_text("Dr Gray, general practice")).to_be_visible()
    look(page, "ended")
    problems += problems_of(page, Axe())
    assert not is_wider_than_the_screen(page)

    ann = open_page(signed_in=committed.ann, viewport=NARROW)
    ann.goto("/")
    expect(ann.get_by_text("Dr Gray, general practice")).to_be_visible()
    look(ann, "after-care")
    problems += problems_of(ann, Axe())
    assert problems == []
