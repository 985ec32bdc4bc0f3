"""The caseload in a real browser: filters change the list alone, and the search keeps to them."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.attention import needs
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.functional.conftest import DESK, Opener


@pytest.fixture
def page(committed: World, open_page: Opener) -> Page:
    """Return the caseload of a clinic in which Ann is silent and Ben has begun."""
    now = timezone.now()
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.bens_episode, starts_on=(now - timedelta(weeks=2)).date())
        factories.make_history(committed.bens_episode, by=committed.ben, moods=[6, 6], until=now)
        needs.update(episode_ids=[committed.episode.pk, committed.bens_episode.pk], at=now)
    page = open_page(signed_in=committed.cora, viewport=DESK)
    page.goto("/caseload/")
    page.get_by_role("heading", level=1).evaluate("heading => { heading.dataset.stays = 'yes' }")
    return page


def test_a_filter_changes_the_list_alone_and_keeps_the_focus(page: Page) -> None:
    rows = page.locator("[data-row]")
    everybody = rows.count()
    page.locator("#state-none").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**state=none")

    expect(page.locator("#state-none")).to_be_focused()
    expect(page.locator("#state-none")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(everybody)
    expect(page.get_by_role("heading", level=1)).to_have_attribute("data-stays", "yes")


def test_a_key_pressed_the_moment_the_list_changed_changes_the_list_alone(page: Page) -> None:
    rows = page.locator("[data-row]")
    everybody = rows.count()
    page.evaluate(
        """() => {
          const changed = new MutationObserver(() => {
            changed.disconnect()
            document.querySelector("#state-none").click()
          })
          changed.observe(document.querySelector("#list"), {childList: true})
        }"""
    )
    with page.expect_response(lambda answer: "state" not in answer.url):
        page.locator("#state-none").click()

    expect(page.locator("#state-none[aria-current]")).to_have_count(0)
    expect(rows).to_have_count(everybody)
    expect(page.get_by_role("heading", level=1)).to_have_attribute("data-stays", "yes")


def test_a_name_is_looked_for_among_those_who_are_shown(page: Page) -> None:
    page.locator("#state-none").click()
    page.wait_for_url("**state=none")
    page.get_by_role("searchbox").fill("archer")

    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("#state-none")).to_have_attribute("aria-current", "true")
    assert "archer" not in page.url
