"""The lists of who has not been heard from, in a browser: by keyboard, on the smallest screen and on a desk."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from monitoring.attention import needs
from patients.models import Patient
from patients.tenancy import clinic_transaction
from tests.conftest import World
from tests.functional.conftest import DESK, Opener
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of
from tests.functional.test_phone import NARROW, look
from tests.monitoring.views.team.readers import silent_for


@pytest.mark.parametrize("size", [NARROW, DESK], ids=["narrow", "desk"])
def test_from_the_caseload_to_a_recorded_contact_by_keyboard(
    committed: World, open_page: Opener, size: dict[str, int]
) -> None:
    with transaction.atomic():
        silent_for(committed, weeks=5)
    with clinic_transaction(clinic_id=committed.clinic.pk):
        Patient.objects.filter(pk=committed.episode.patient_id).update(telephone="030 1234567", contact="After six")
        needs.mend(at=timezone.now())
    page = open_page(signed_in=committed.cora, viewport=size, color_scheme="dark" if size is NARROW else "light")
    page.goto(reverse("caseload"))
    look(page, f"caseload-{size['width']}")
    page.get_by_role("link", name=re.compile("Not heard from")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="030 1234567")).to_be_visible()
    look(page, f"silent-{size['width']}")
    problems = problems_of(page, Axe())
    assert problems == [] and not is_wider_than_the_screen(page)

    page.get_by_role("link", name=re.compile("Record contact")).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Called, no answer").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("cell", name=re.compile("Called, no answer"))).to_be_visible()
