"""A warning of the body in a browser: reached with scripts and without, by keyboard, on the smallest screen, dark."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import Opener

NARROW = {"width": 320, "height": 640}


def ask_about_the_body(world: World) -> None:
    now = timezone.now()
    with clinic_transaction(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - factories.WEEK * 2).date(), instruments={"PHQ-15": 1})
        factories.open_week(world.episode, at=now)


def reach_the_questionnaire(page: Page) -> None:
    page.goto("/")
    page.locator("button[name=form][value=full]").click()
    for number in range(1, 6):
        expect(page).to_have_url(re.compile(rf"/checkin/{number}/$"))
        page.get_by_role("button", name="Skip this question").click()
    expect(page).to_have_url(re.compile(r"/checkin/6/$"))


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_chest_pain_leads_to_the_emergency_number_and_back_into_the_form(
    committed: World, open_page: Opener, with_scripts: bool
) -> None:
    ask_about_the_body(committed)
    page = open_page(signed_in=committed.ann, viewport=NARROW, java_script_enabled=with_scripts, color_scheme="dark")
    reach_the_questionnaire(page)
    expect(page.get_by_role("radio", name="Does not apply to me")).to_have_count(1)

    chest_pain = page.locator("fieldset", has_text="Chest pain").last
    chest_pain.get_by_label("Bothered a lot").focus()
    page.keyboard.press("Space")
    if not with_scripts:
        page.get_by_role("button", name="Next", exact=True).click()

    expect(page).to_have_url(re.compile(r"/checkin/warning/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This may need a doctor soon")
    call = page.get_by_role("link", name=re.compile("Call .*999"))
    expect(call).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert not re.search("hurting yourself|these thoughts|not safe", page.locator("main").inner_text())
    on = page.get_by_role("link", name="Continue my check-in")
    on.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/checkin/(6/|send/)"))
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert [alert.kind for alert in Alert.objects.all()] == [AlertKind.BODY_WARNING]
