"""A check-in with nothing but a keyboard."""

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from monitoring.models import CheckIn
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import Opener

MOST_TABS = 60


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with Tab")


def test_a_check_in_needs_no_mouse(committed: World, open_page: Opener) -> None:
    now = timezone.now()
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.episode, starts_on=(now - factories.WEEK * 2).date())
        factories.open_week(committed.episode, at=now)
    page = open_page(signed_in=committed.ann)
    page.goto("/")

    tab_to(page, page.get_by_role("button", name="Start"))
    page.keyboard.press("Enter")
    for presses in (1, 2, 3, 4):
        expect(page.get_by_role("group").first).to_be_visible()
        tab_to(page, page.get_by_role("radio").first)
        page.keyboard.press("Space")
        for _ in range(presses):
            page.keyboard.press("ArrowRight")
        expect(page.locator("#read")).to_contain_text(str(presses))
        tab_to(page, page.get_by_role("button", name="Next"))
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{page.url.split('/checkin/')[0]}/checkin/{presses + 1}/")
    tab_to(page, page.get_by_role("button", name="Skip this question"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Send to my team"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert list(CheckIn.objects.get().ratings.values()) == [1, 2, 3, 4, None]


def test_the_first_tab_leads_past_the_frame_to_the_content(committed: World, open_page: Opener) -> None:
    page = open_page(signed_in=committed.chris)
    page.goto("/caseload/")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
