"""A patient who reads German: chooses the language without scripts, fills in a week with a questionnaire, is thanked."""

import re

from django.utils import timezone, translation
from playwright.sync_api import expect

from monitoring.models import CheckIn, Score
from patients.models import User
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import Opener

THIS_WEEK = (6, 7, 5, 2, 6)
NARROW = {"width": 320, "height": 640}


def german(message: str) -> str:
    with translation.override("de"):
        return translation.gettext(message)


def test_a_week_in_german_from_the_choice_of_the_language_to_the_receipt(committed: World, open_page: Opener) -> None:
    now = timezone.now()
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_plan(
            committed.episode, starts_on=(now - factories.WEEK * 2).date(), instruments={"PHQ-4": 1, "PEG": 1}
        )
        factories.open_week(committed.episode, at=now)
    page = open_page(signed_in=committed.ann, viewport=NARROW, java_script_enabled=False)

    page.goto("/me/")
    page.get_by_role("button", name="Deutsch", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto("/")
    page.get_by_role("button", name=re.compile(f"^{german('Start')}")).click()
    for number, value in enumerate(THIS_WEEK, start=1):
        expect(page).to_have_url(re.compile(rf"/checkin/{number}/$"))
        page.locator(".scale label").nth(value).click()
        page.get_by_role("button", name=german("Next"), exact=True).click()

    expect(page.locator("fieldset[lang=en]")).to_have_count(3)
    page.get_by_role("button", name=german("Skip this page"), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Wie oft fühlten Sie sich"))
    for fieldset in page.locator("form#question fieldset").all():
        fieldset.get_by_label("An einzelnen Tagen").check()
    page.get_by_role("button", name=german("Next"), exact=True).click()
    expect(page.get_by_role("heading", name=german("Is this right?"))).to_be_visible()
    page.get_by_role("button", name=german("Send to my team")).click()

    expect(page).to_have_url(re.compile("/checkin/done/$"))
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert not re.search(r"\b(Your|with your team|Thank you)\b", page.locator("main").inner_text())
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert CheckIn.objects.get().language == "de"
        assert Score.objects.get(instrument="PHQ-4").value == 4
    assert User.objects.get(pk=committed.ann.pk).language == "de"
