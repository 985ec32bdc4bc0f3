"""The pages of a check-in as a phone shows them: what stands where, and what is said when."""

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import World
from tests.functional.conftest import Opener
from tests.functional.test_taps import furnish_form

# What a hand or a rounding may differ by, pixels.
NEARLY = 1.5


def edges_of(page: Page, selector: str) -> tuple[float, float]:
    """Return where words begin and end on the screen, without the room around them."""
    left, right = page.locator(selector).evaluate(
        """element => {
          const words = document.createRange();
          words.selectNodeContents(element);
          const box = words.getBoundingClientRect();
          return [box.left, box.right];
        }"""
    )
    return left, right


@pytest.mark.parametrize("width", [320, 390])
def test_skip_and_stop_stand_on_the_edges_of_the_text(returning: World, open_page: Opener, width: int) -> None:
    page = open_page(signed_in=returning.ann, viewport={"width": width, "height": 844})
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    next_box = page.get_by_role("button", name="Next").bounding_box()

    skip, stop = (edges_of(page, f".at-edges {kind}.quiet") for kind in ("button", "a"))

    assert next_box is not None
    assert abs(skip[0] - next_box["x"]) < NEARLY
    if skip[1] + 16 < stop[0]:  # beside each other: where letters are wide they stand one under the other
        assert abs(stop[1] - next_box["x"] - next_box["width"]) < NEARLY


def test_saved_is_said_at_the_foot_and_moves_no_button(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    buttons = page.locator(".patient-foot .button")
    before = [button.bounding_box() for button in buttons.all()]
    expect(page.locator(".patient-foot #saved")).to_be_empty()

    page.locator(".scale label").nth(4).click()

    expect(page.locator(".patient-foot #saved")).to_have_text("Saved")
    assert [button.bounding_box() for button in buttons.all()] == before
    expect(page.locator("#read")).not_to_contain_text("Saved")


def test_none_of_these_is_the_first_choice_among_symptoms(committed: World, open_page: Opener) -> None:
    furnish_form(committed)
    page = open_page(signed_in=committed.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.goto("/checkin/7/")

    expect(page.locator(".item .choice").first).to_have_text("None of these")
