"""Back on the team's lists in a real browser: the place, the filter, the name that was looked for, and the focus."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from monitoring.alerts import evidence
from monitoring.attention import needs
from monitoring.engine.records import Tier
from monitoring.models.alerts import AlertKind
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.functional.conftest import DESK, PHONE, Opener

# More than fit on a screen.
PEOPLE = 24


@pytest.fixture
def crowded(committed: World) -> World:
    """A clinic with more people than a screen shows, each with an open alert."""
    now = timezone.now()
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        for number in range(PEOPLE):
            episode = factories.make_episode(factories.make_patient(f"Person {number:02}"))
            evidence.raise_alert(
                episode=episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=now - timedelta(minutes=number)
            )
            needs.update(episode_ids=[episode.pk], at=now)
    return committed


def top_of(link: Locator) -> float:
    box = link.bounding_box()
    assert box is not None
    return box["y"]


def go_there_and_back(page: Page, row: Locator, arrived: str) -> float:
    """Follow a row twice, come back, and return how far the row has moved on the screen the second time.

    Who has been looked at the first time stands further down.
    """
    for _time in range(2):
        row.scroll_into_view_if_needed()
        row.focus()
        before = top_of(row)
        page.keyboard.press("Enter")
        page.wait_for_url(arrived)
        page.go_back()
        expect(row).to_be_visible()
        page.wait_for_function("document.readyState === 'complete'")
    return abs(top_of(row) - before)


@pytest.mark.parametrize("viewport", [DESK, PHONE])
@pytest.mark.parametrize("filters", ["", "?state=worse"])
def test_back_on_the_caseload_keeps_place_filter_and_focus(
    crowded: World, open_page: Opener, viewport: dict[str, int], filters: str
) -> None:
    page = open_page(signed_in=crowded.cora, viewport=viewport)
    page.goto("/caseload/")
    if filters:
        page.locator("#state-worse").click()
        page.wait_for_url("**?*state=worse*")
    address, row = page.url, page.locator("[data-row]", has_text="Person 20")

    moved = go_there_and_back(page, row, "**/p/*/")

    assert page.url == address
    assert moved < 2
    expect(row).to_be_focused()


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_back_from_an_alert_keeps_place_and_focus_in_the_list(
    crowded: World, open_page: Opener, viewport: dict[str, int]
) -> None:
    page = open_page(signed_in=crowded.cora, viewport=viewport)
    page.goto("/alerts/?show=no_owner")
    address, row = page.url, page.locator("[data-row]", has_text="Person 20")

    moved = go_there_and_back(page, row, "**/alerts/*-*/*")

    assert page.url == address
    assert moved < 2
    expect(row).to_be_focused()


def test_back_from_a_person_that_an_alert_led_to_ends_at_the_link(crowded: World, open_page: Opener) -> None:
    page = open_page(signed_in=crowded.cora, viewport=DESK)
    page.goto("/alerts/")
    page.locator("[data-row]", has_text="Person 20").click()
    page.wait_for_url("**/alerts/*-*/*")
    address, link = page.url, page.get_by_role("link", name="Open the chart")

    moved = go_there_and_back(page, link, "**/p/*/")

    assert page.url == address
    assert moved < 2
    expect(link).to_be_focused()


def test_without_scripts_back_keeps_place_and_filter(crowded: World, open_page: Opener) -> None:
    page = open_page(signed_in=crowded.cora, viewport=DESK, java_script_enabled=False)
    page.goto("/caseload/")
    page.locator("#state-worse").click()
    page.wait_for_url("**?*state=worse*")
    address, row = page.url, page.locator("[data-row]", has_text="Person 20")

    moved = go_there_and_back(page, row, "**/p/*/")

    assert page.url == address
    assert moved < 2


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_back_finds_the_name_again_that_was_looked_for(crowded: World, open_page: Opener, *, scripts: bool) -> None:
    page = open_page(signed_in=crowded.cora, viewport=DESK, java_script_enabled=scripts)
    page.goto("/caseload/")
    page.get_by_role("searchbox").fill("person 20")
    page.keyboard.press("Enter")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(1)

    rows.first.click()
    page.wait_for_url("**/p/*/")
    page.go_back()

    expect(rows).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("person 20")
    assert "person" not in page.url
    page.goto("/caseload/")
    expect(page.get_by_role("searchbox")).to_have_value("")
