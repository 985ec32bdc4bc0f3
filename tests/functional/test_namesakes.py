"""Adding somebody whose name is here already: by keyboard, on the smallest screen, without scripts."""

from datetime import date

from django.db import transaction
from playwright.sync_api import expect

from patients.models import Patient
from patients.people import people
from patients.tenancy import clinic_context
from tests.conftest import World
from tests.factories import NOW
from tests.functional.conftest import Opener


def test_the_warning_is_read_and_answered_without_scripts_on_the_smallest_screen(
    committed: World, open_page: Opener
) -> None:
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        people.add_patient(name="Pia Poole", birth_date=date(1990, 2, 1), external_id="101", by=None, at=NOW)
    page = open_page(
        signed_in=committed.chris,
        viewport={"width": 320, "height": 640},
        java_script_enabled=False,
        color_scheme="dark",
    )
    page.goto("/p/new/")
    page.get_by_label("Name", exact=True).fill("poole pia")
    page.get_by_label("Date of birth").fill("1990-02-01")
    page.get_by_label("Date of birth").press("Enter")

    warning = page.get_by_role("alert", name="Is this the same person?")
    expect(warning).to_contain_text("Pia Poole, born 1 Feb 1990, number 101")
    expect(warning).to_contain_text("poole pia, born 1 Feb 1990")
    tick = warning.get_by_role("checkbox")
    expect(tick).not_to_be_checked()
    page.get_by_label("Date of birth").press("Enter")
    expect(warning).to_be_visible()

    tick.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("poole pia")

    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        assert Patient.objects.filter(birth_date=date(1990, 2, 1)).count() == 2
