"""The pages of a check-in as a phone shows them: what stands where, and what is said when."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.check_ins import open_forms
from patients.tenancy import clinic_transaction
from tests.conftest import World
from tests.functional.conftest import Opener, Watch
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of
from tests.functional.test_taps import (
    WITH_AND_WITHOUT_SCRIPTS,
    forgive_the_cut,
    furnish_form,
    newest,
    skip_to_the_last_page,
)

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
    # On a narrow phone they stand one under the other.
    if width == 320:
        assert abs(stop[0] - next_box["x"]) < NEARLY
    else:
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


def test_the_numbers_are_a_list_for_whoever_asks_and_stay_so(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.locator(".scale label").nth(4).click()
    expect(page.locator("#saved")).to_have_text("Saved")
    assert heights_of(page) == {76}

    page.get_by_role("checkbox", name="Show the numbers as a list of big buttons").focus()
    page.keyboard.press("Space")
    expect(page.locator(".scale .answer-words").first).to_be_visible()
    assert min(heights_of(page)) >= 48
    expect(page.locator(".scale :checked")).to_have_value("4")
    page.get_by_role("button", name="Next").click()

    expect(page).to_have_url(re.compile("/checkin/2/"))
    expect(page.locator(".scale .answer-words").first).to_be_visible()
    expect(page.locator("#id_mood :checked")).to_have_count(0)
    page.get_by_text("Show the numbers as a list of big buttons").click()
    expect(page.locator(".scale .answer-words").first).not_to_be_visible()
    with clinic_transaction(clinic_id=returning.clinic.pk):
        draft = open_forms.open_form(returning.episode, at=timezone.now())
        assert draft is not None and draft.answers == {"sleep": 4}


def heights_of(page: Page) -> set[float]:
    """Return how high the numbers of a scale are."""
    return {round(label.bounding_box()["height"]) for label in page.locator(".scale label").all()}  # type: ignore[index]


def test_none_of_these_is_the_first_choice_among_symptoms(committed: World, open_page: Opener) -> None:
    furnish_form(committed)
    page = open_page(signed_in=committed.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.goto("/checkin/7/")

    expect(page.locator(".item .choice").first).to_have_text("None of these")


@WITH_AND_WITHOUT_SCRIPTS
def test_the_receipt_shows_one_chart_and_the_others_a_tab_away(
    returning: World, open_page: Opener, has_scripts: bool
) -> None:
    page = open_page(signed_in=returning.ann, java_script_enabled=has_scripts)
    page.goto("/checkin/done/")
    shown = page.locator(".tab-panel:visible figcaption")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Sleep")

    page.get_by_role("radio", name="Sleep").focus()
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Mood")
    page.locator(".tabs label", has_text="Function").click()

    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Function")


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (390, "light")])
def test_the_tabs_of_the_receipt_are_accessible(returning: World, open_page: Opener, width: int, scheme: str) -> None:
    page = open_page(signed_in=returning.ann, viewport={"width": width, "height": 780})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto("/checkin/done/")
    page.keyboard.press("Tab")
    page.get_by_role("radio", name="Pain").focus()

    assert problems_of(page, Axe()) == []
    assert not is_wider_than_the_screen(page)
    outline = page.locator(".tabs label", has_text="Sleep").evaluate("label => getComputedStyle(label).outlineStyle")
    focused = page.locator(".tabs label", has_text="Pain").evaluate("label => getComputedStyle(label).outlineStyle")
    assert (outline, focused) == ("none", "solid")


def test_on_paper_the_receipt_shows_every_chart(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/checkin/done/")
    page.emulate_media(media="print")

    assert page.locator(".tab-panel:visible").count() == page.locator(".tab-panel").count() > 1


# --- A form that is open in two windows -----------------------------------------------------------------------------


def two_windows(returning: World, open_page: Opener) -> tuple[Page, Page]:
    """Return two tabs of one browser, both on the first question."""
    here = open_page(signed_in=returning.ann)
    here.goto("/")
    here.get_by_role("button", name="Start").click()
    there = here.context.new_page()
    there.goto("/checkin/1/")
    return here, there


def test_a_tap_that_waited_for_a_line_undoes_no_later_one(returning: World, open_page: Opener, watch: Watch) -> None:
    here, there = two_windows(returning, open_page)
    here.route("**/checkin/**", lambda route: route.abort())
    here.locator(".scale label").nth(2).click()
    expect(here.locator(".request-error")).to_be_visible()

    there.locator(".scale label").nth(8).click()
    expect(there.locator("#saved")).to_have_text("Saved")
    here.unroute("**/checkin/**")
    here.locator(".request-error").get_by_role("button", name="Try again").click()

    expect(here.locator("#read")).to_contain_text("The later answer counts.")
    expect(here.locator("#saved")).to_be_empty()
    there.reload()
    expect(there.locator(".scale :checked")).to_have_value("8")
    forgive_the_cut(watch)


def test_the_last_page_sends_what_was_changed_in_another_window_meanwhile(returning: World, open_page: Opener) -> None:
    here, there = two_windows(returning, open_page)
    here.locator(".scale label").nth(2).click()
    here.get_by_role("button", name="Next").click()
    for number in range(2, 6):
        here.wait_for_url(f"**/checkin/{number}/")
        here.get_by_role("button", name="Skip this question").click()
    expect(here.get_by_role("heading", name="Is this right?")).to_be_visible()

    there.locator(".scale label").nth(9).click()
    expect(there.locator("#saved")).to_have_text("Saved")
    here.get_by_label("Anything you want to add?").fill("Two windows.")
    here.get_by_role("button", name="Send to my team").click()

    expect(here.get_by_role("heading", name="Thank you, Ann")).to_be_visible()
    assert (newest(returning).sleep, newest(returning).note) == (9, "Two windows.")

    # The other window is still on its question.
    there.locator(".scale label").nth(1).click()
    expect(there.get_by_text("This answer was not saved.")).to_be_visible()
    there.get_by_role("button", name="Change an answer").click()
    expect(there.get_by_role("heading", name="Before you send")).to_be_visible()


# --- What is wrong leaves when it is mended -------------------------------------------------------------------------


def test_the_message_at_a_question_leaves_with_the_answer(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Problem:"))
    expect(page.locator("fieldset[aria-invalid]")).to_have_count(1)

    page.locator(".scale label").nth(4).click()

    expect(page.locator(".error-summary, .field-error, [aria-invalid]")).to_have_count(0)
    expect(page).to_have_title(re.compile("^In the last 7 days"))
    expect(page.locator(".scale :checked")).to_be_focused()


def test_a_bad_day_that_said_nothing_is_mended_by_any_answer(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/")
    page.get_by_role("button", name="Bad day?").click()
    page.get_by_role("button", name="Send to my team").click()
    expect(page.locator(".error-summary")).to_contain_text("or write a note")

    page.get_by_label("Anything you want to add?").fill("Only this.")

    expect(page.locator(".error-summary, .field-error, [aria-invalid]")).to_have_count(0)
    expect(page.get_by_label("Anything you want to add?")).to_be_focused()


def test_an_event_without_its_day_is_mended_by_the_day(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann)
    skip_to_the_last_page(page)
    page.get_by_text("Did something happen?").click()
    page.get_by_label("What happened?").fill("Moved house")
    page.get_by_label("When?").fill("")
    page.get_by_role("button", name="Send to my team").click()
    day = page.get_by_label("When?")
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(day).to_have_attribute("aria-describedby", "event_on-error")

    # Today is offered there. While it is empty, something else that is kept does not mend it.
    day.fill("")
    page.get_by_label("Anything you want to add?").fill("A new kitchen.")
    expect(page.locator("#saved")).to_have_text("Saved")
    expect(page.locator("#event_on-error")).to_be_visible()
    expect(page.locator(".error-summary li")).to_have_count(1)
    day.fill(timezone.now().date().isoformat())

    expect(page.locator(".error-summary, .field-error, [aria-invalid]")).to_have_count(0)
    assert day.get_attribute("aria-describedby") is None
    assert problems_of(page, Axe()) == []


def test_in_a_form_that_does_not_save_itself_each_message_leaves_with_its_own_field(
    returning: World, open_page: Opener
) -> None:
    page = open_page(signed_in=returning.ann)
    page.goto("/me/item/")
    page.locator("main form").first.evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button").filter(has_text=re.compile("Save|Ask")).last.click()
    expect(page.locator(".error-summary")).to_be_focused()
    count = page.locator(".field-error").count()
    assert count > 1
    page.locator(".error-summary a").first.click()

    page.locator("#id_wording").fill("How far could I walk?")

    expect(page.locator(".field-error")).to_have_count(count - 1)
    expect(page.locator(".error-summary li")).to_have_count(count - 1)
    expect(page.locator("#id_wording")).to_be_focused()
    assert page.locator("#id_wording").get_attribute("aria-invalid") is None


def test_without_scripts_a_mended_page_says_nothing_of_the_mistake(returning: World, open_page: Opener) -> None:
    page = open_page(signed_in=returning.ann, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".error-summary")).to_be_visible()

    page.locator(".scale label").nth(4).click()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("link", name="Back").click()

    expect(page.locator(".scale :checked")).to_have_value("4")
    expect(page.locator(".error-summary, .field-error, [aria-invalid]")).to_have_count(0)
