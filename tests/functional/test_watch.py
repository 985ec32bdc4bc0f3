"""What a page complains of fails the test that looked at it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import World
from tests.functional.conftest import Opener, Watch

FOLDER = Path(__file__).parent
# Looks for a complaint, a tenth of a second apart: another window takes its time on a busy machine.
LOOKS = 100
FAULTS = {
    "setTimeout(() => { throw new Error('on purpose'); })": "uncaught",
    "Promise.reject(new Error('on purpose'))": "uncaught",
    "console.error('on purpose')": "on purpose",
    "open('/help/').console.error('on purpose')": "on purpose",
}


@pytest.fixture
def page(committed: World, open_page: Opener) -> Page:
    page = open_page()
    page.goto("/accounts/login/")
    return page


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_of_a_script_fails_the_test(page: Page, watch: Watch, fault: str) -> None:
    page.evaluate(f"() => {{ {fault}; }}")
    for _ in range(LOOKS):
        if watch.complaints:
            break
        page.wait_for_timeout(100)

    with pytest.raises(AssertionError, match=FAULTS[fault]):
        watch.check()
    watch.complaints.clear()


def test_what_the_policy_stops_is_reported_and_fails_the_test(page: Page, watch: Watch) -> None:
    page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">Red</p>')")
    expect(page.get_by_text("Red", exact=True)).to_be_visible()
    page.goto("/help/")

    assert watch.reports == ["content security policy report"]
    with pytest.raises(AssertionError, match="style"):
        watch.check()
    watch.complaints.clear()
    watch.reports.clear()


def test_no_test_opens_a_browser_that_nobody_watches() -> None:
    unwatched = {
        path.name
        for path in FOLDER.glob("*.py")
        if "new_context(" in path.read_text(encoding="utf-8")
        and path.name not in {"conftest.py", "screenshots.py", "test_watch.py"}
    }

    assert unwatched == set()
