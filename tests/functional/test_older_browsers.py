"""A check-in in a browser from before `:has()` and containers: Chromium, with styles in which it does not know these words."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from monitoring.models import CheckIn
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import Opener
from tests.functional.test_every_page import is_wider_than_the_screen
from tests.furnished import Furnished

STYLES = Path(__file__).parents[2] / "static" / "css"
YOUNG = {":has(": ":-unknown-has(", "container-type": "-unknown-container", "color-mix(": "-unknown-mix("}


def forget(route: Route) -> None:
    """Answer with the styles in which no young word is known."""
    # Read from our own disk: what was asked for by a page that has gone on since cannot be fetched for it any more.
    answer = STYLES.joinpath(urlsplit(route.request.url).path.rpartition("/css/")[2])
    text = answer.read_text(encoding="utf-8")
    for word, unknown in YOUNG.items():
        text = text.replace(word, unknown)
    route.fulfill(content_type="text/css", body=text)


def make_older(page: Page) -> None:
    page.route("**/*.css", forget)


def test_a_check_in_can_be_sent_where_tiles_cannot_be_drawn(committed: World, open_page: Opener) -> None:
    now = timezone.now()
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.episode, starts_on=(now - factories.WEEK * 2).date())
        factories.open_week(committed.episode, at=now)
    page = open_page(signed_in=committed.ann)
    make_older(page)

    page.goto("/")
    page.get_by_role("button", name="Start").click()
    for number in (1, 2, 3, 4):
        choice = page.get_by_role("radio").nth(4)
        choice.check()
        box = choice.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 18
        page.keyboard.press("ArrowRight")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
        assert not is_wider_than_the_screen(page)
        page.get_by_role("button", name="Next").click()
        page.wait_for_url(f"**/checkin/{number + 1}/")
    page.get_by_role("button", name="Skip this question").click()
    page.get_by_role("button", name="Send to my team").click()

    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert list(CheckIn.objects.get().ratings.values()) == [5, 5, 5, 5, None]


@pytest.mark.parametrize("width", [390, 1440])
def test_a_course_keeps_its_choices_and_its_room(furnished: Furnished, open_page: Opener, width: int) -> None:
    page = open_page(signed_in=furnished.people["clinician"], viewport={"width": width, "height": 900})
    make_older(page)

    page.goto(f"/p/{furnished.north.episode_id}/")

    assert not is_wider_than_the_screen(page)
    plain, chosen = (
        page.locator(f".segments a{which}").first.evaluate("link => getComputedStyle(link).backgroundColor")
        for which in (":not([aria-current])", "[aria-current]")
    )
    assert plain != chosen
    names = page.locator(".plot .band")
    assert names.count()
    assert all(name.evaluate("name => name.getBoundingClientRect().right <= innerWidth") for name in names.all())
