"""On a phone, and with letters twice as large: nothing that has the focus is covered, and nothing runs off the side."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.functional.conftest import PHONE, Opener
from tests.functional.test_every_page import is_wider_than_the_screen
from tests.furnished import Furnished

PAGES = ("home", "my_settings", "my_reminders", "edit_safety_plan", "prepare_review", "send_check_in", "help_now")
MOST_TABS = 60
# What of the element that has the focus lies under a bar at the foot of the page, in px; the bar's own parts do not.
UNDER_THE_BAR = """() => {
  const focused = document.activeElement, bar = document.querySelector(".patient-foot, .tab-bar");
  if (!bar || bar.contains(focused) || focused === document.body) return 0;
  const label = focused.matches(".visually-hidden") ? focused.closest("label") || focused : focused;
  return label.getBoundingClientRect().bottom - bar.getBoundingClientRect().top;
}"""
CUT_OFF = """() => [...document.querySelectorAll("a, button, h1, dd, dt")]
  .filter((part) => part.checkVisibility() && !part.closest(".visually-hidden, .skip"))
  .filter((part) => part.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((part) => part.outerHTML.slice(0, 120))"""
OVERPRINTED = """() => [...document.querySelectorAll(".answers > div")].filter((row) => {
  const boxes = [...row.children].map((part) => part.getBoundingClientRect());
  return boxes.some((one, n) => boxes.slice(n + 1).some((other) =>
    one.right > other.left + 1 && other.right > one.left + 1 && one.bottom > other.top + 1 && other.bottom > one.top + 1
  ));
}).length"""
# Where a heading or a button holds the word and breaks it.
BROKEN = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode, at = node.data.search(/check-in/i);
    if (at < 0 || !node.parentElement.closest("h1, h2, h3, legend, button, .button")) continue;
    const word = document.createRange();
    word.setStart(node, at);
    word.setEnd(node, at + 8);
    if (new Set([...word.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(node.data.trim());
  }
  return found;
}"""


def begin(furnished: Furnished, open_page: Opener, **options: object) -> Page:
    page = open_page(signed_in=furnished.people["patient"], **options)
    page.goto("/")
    page.get_by_role("button", name="Continue").click()
    return page


def enlarge(page: Page) -> None:
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def test_no_bar_covers_what_has_the_focus(furnished: Furnished, open_page: Opener) -> None:
    page = begin(furnished, open_page, viewport=PHONE)
    covered: list[str] = []

    for name in PAGES:
        page.goto(reverse(name))
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            if page.evaluate(UNDER_THE_BAR) > 1:
                covered.append(f"{name}: {page.evaluate('document.activeElement.outerHTML.slice(0, 120)')}")

    assert covered == []


@pytest.mark.parametrize("width", [320, 390])
def test_letters_twice_as_large_run_off_no_side_and_over_no_other(
    furnished: Furnished, open_page: Opener, width: int
) -> None:
    page = begin(furnished, open_page, viewport={"width": width, "height": 844})
    problems: list[str] = []

    for name in PAGES:
        page.goto(reverse(name))
        enlarge(page)
        problems += [f"{name}: wider than the screen"] * is_wider_than_the_screen(page)
        problems += [f"{name}: cut off: {part}" for part in page.evaluate(CUT_OFF)]
        problems += [f"{name}: overprinted"] * bool(page.evaluate(OVERPRINTED))

    assert problems == []


def test_in_own_colours_the_progress_and_the_sign_of_a_call_are_there(furnished: Furnished, open_page: Opener) -> None:
    page = begin(furnished, open_page, forced_colors="active")
    pieces = page.locator(".pieces i")
    looks = pieces.evaluate_all(
        "pieces => pieces.map(piece => [getComputedStyle(piece).borderTopWidth, getComputedStyle(piece).backgroundColor])"
    )
    assert {width for width, _colour in looks} == {"1px"}
    assert looks[0][1] != looks[-1][1]

    page.goto(reverse("help_now"))

    colours = page.locator(".call.first").evaluate(
        "call => [getComputedStyle(call.querySelector('.icon')).stroke, getComputedStyle(call).backgroundColor]"
    )
    assert colours[0] != colours[1]


def test_the_word_check_in_is_in_one_line_in_every_heading(furnished: Furnished, open_page: Opener) -> None:
    page = begin(furnished, open_page, viewport={"width": 320, "height": 700})
    broken = []

    for name in ("home", "check_in_done", "my_reminders", "my_settings", "help_now"):
        page.goto(reverse(name))
        for width in range(320, 480, 20):
            page.set_viewport_size({"width": width, "height": 700})
            broken += [f"{name} {width}: {part}" for part in page.evaluate(BROKEN)]

    assert broken == []
