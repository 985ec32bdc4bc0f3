"""The trajectory in a real browser: time zero, window, hovering, looking into a check-in, table, address, print, keys."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.assessments import assessments
from monitoring.engine import INSTRUMENTS
from monitoring.models import CheckIn, Score
from patients import zones
from patients.care import treatments
from patients.models import Intervention
from patients.models.care import InterventionKind
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.functional.conftest import DESK, PHONE, Opener

MOODS: list[int | None] = [6, 5, 6, None, 5, 6, 5, 6, 6, 5, 6, 3, 2, 2]
DRAWN = ".plot.drawn"


@pytest.fixture
def course(committed: World) -> World:
    """Ann with a course, something tried and something that happened, committed."""
    now = timezone.now() - timedelta(days=1)
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.episode, starts_on=(now - timedelta(weeks=len(MOODS))).date())
        factories.make_history(committed.episode, by=committed.ann, moods=MOODS, until=now)
        treatments.start_intervention(
            episode=committed.episode,
            kind=InterventionKind.MEDICATION,
            name="Sertraline",
            started_on=(now - timedelta(weeks=3)).date(),
            by=committed.chris,
            at=now,
        )
        assessments.assess_as_of(episode=committed.episode, as_of=now, at=now)
    return committed


def url_of(world: World, query: str = "") -> str:
    return reverse("trajectory", args=[world.episode.pk]) + query


def state_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@pytest.fixture
def page(course: World, open_page: Opener) -> Page:
    """Return the drawn page on a desk."""
    page = open_page(signed_in=course.chris, viewport=DESK)
    page.goto(url_of(course))
    page.locator(DRAWN).nth(4).wait_for()
    return page


def hover(page: Page, panel: int, index: int) -> None:
    """Move onto one answer of a panel."""
    page.locator(".plot").nth(panel).scroll_into_view_if_needed()
    dot = page.locator(".plot").nth(panel).locator(".chart:not(.marks) circle:not(.chart-ring)").nth(index)
    box = dot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_time_zero_and_window_stand_in_the_address_by_code(course: World, page: Page) -> None:
    with transaction.atomic(), clinic_context(clinic_id=course.clinic.pk):
        started = Intervention.objects.get()

    page.get_by_label("Time axis").select_option(str(started.pk))
    page.get_by_role("button", name="Apply", exact=True).click()
    page.wait_for_url(f"**zero={started.pk}*")
    page.get_by_role("link", name="12 w", exact=True).click()
    page.wait_for_url("**window=12w*")

    assert state_of(page) == {"window": ["12w"], "view": ["chart"], "zero": [str(started.pk)]}
    expect(page.locator(".ticks text", has_text=re.compile("^week 0$"))).to_be_visible()
    assert "Sertraline" not in page.url
    page.go_back()
    page.wait_for_url("**window=6m*")
    expect(page.get_by_role("link", name="6 m", exact=True)).to_have_attribute("aria-current", "true")


def test_another_window_changes_the_charts_alone_and_keeps_the_focus(page: Page) -> None:
    page.get_by_role("heading", level=1).evaluate("heading => { heading.dataset.stays = 'yes' }")
    page.get_by_role("link", name="Table", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("table.values").first).to_be_visible()
    expect(page.get_by_role("link", name="Table", exact=True)).to_be_focused()
    page.get_by_role("link", name="Chart", exact=True).click()
    page.locator(DRAWN).nth(4).wait_for()
    hover(page, 1, 6)

    expect(page.get_by_role("heading", level=1)).to_have_attribute("data-stays", "yes")
    expect(page.locator("[data-values]")).to_contain_text(re.compile(r"Sleep \d.*Mood \d"))
    assert state_of(page) == {"window": ["6m"], "view": ["chart"]}


def test_what_is_left_out_is_gone_and_can_come_back(page: Page) -> None:
    page.get_by_text("Hide").first.click()
    page.get_by_role("checkbox", name="Pain").check()
    page.get_by_role("button", name="Apply", exact=True).click()

    page.wait_for_url("**hide=pain*")
    expect(page.locator(".panel h3")).to_have_text(["Sleep", "Mood", "Energy", "Function"])
    assert state_of(page)["hide"] == ["pain"]
    expect(page.get_by_role("checkbox", name="Pain")).to_be_checked()


def test_hovering_shows_one_day_in_all_panels_and_reads_it_out(page: Page) -> None:
    hover(page, 1, 6)

    expect(page.locator("[data-hover-line]")).to_be_visible()
    expect(page.locator(".hoverlayer .hovertext")).to_have_count(5)
    expect(page.locator("[data-values]")).to_contain_text(
        re.compile(r"Sleep \d.*Mood \d.*Energy \d.*Pain \d.*Function \d")
    )


def test_a_dot_opens_its_check_in_on_the_same_page(page: Page) -> None:
    hover(page, 1, 8)
    page.mouse.down()
    page.mouse.up()

    expect(page.locator("#check-in h2")).to_contain_text("Check-in of")
    expect(page.locator("#check-in h2")).to_be_focused()
    expect(page.locator("#check-in th", has_text="Mood")).to_be_visible()
    assert len(state_of(page)["checkin"][0]) == 36


def test_the_pane_shows_every_answer_without_a_sideways_scroll(page: Page) -> None:
    hover(page, 1, 8)
    page.mouse.down()
    page.mouse.up()
    row = page.locator("#check-in tr", has_text="Mood")
    pane, answer = page.locator("#check-in").bounding_box(), row.locator("td").nth(2).bounding_box()

    assert pane is not None and answer is not None
    assert answer["x"] + answer["width"] <= pane["x"] + pane["width"]
    assert row.locator("td").nth(0).evaluate("cell => getComputedStyle(cell, '::before').content") == '"Now"'


def test_a_check_in_closes_by_keyboard_and_by_back_and_survives_a_reload(page: Page) -> None:
    days = page.get_by_role("slider")
    days.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#check-in h2")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#check-in h2")).to_have_count(0)
    expect(days).to_be_focused()
    assert "checkin" not in state_of(page)

    page.keyboard.press("Enter")
    expect(page.locator("#check-in h2")).to_be_focused()
    page.reload()
    expect(page.locator("#check-in h2")).to_be_visible()
    page.go_back()
    expect(page.locator("#check-in h2")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ann Archer")


def test_on_a_phone_what_changed_comes_before_the_charts_and_on_a_desk_beside_them(page: Page) -> None:
    def places() -> tuple[float, float, float, float]:
        changes, charts = page.locator(".change").first.bounding_box(), page.locator("#trajectory").bounding_box()
        assert changes is not None and charts is not None
        return changes["x"], changes["y"], charts["x"], charts["y"]

    left, top, charts_left, charts_top = places()
    assert left > charts_left and abs(top - charts_top) < 100

    page.set_viewport_size(PHONE)
    left, top, charts_left, charts_top = places()
    assert left - charts_left < 5 and top < charts_top


def shaded(page: Page) -> list[str]:
    """Return which comparisons are shaded behind the charts."""
    shown = "shades => shades.filter(one => getComputedStyle(one).visibility === 'visible').map(one => one.id)"
    found: list[str] = page.locator(".weeks").evaluate_all(shown)
    return found


def test_a_sentence_with_focus_shades_the_weeks_it_compares(page: Page) -> None:
    assert shaded(page) == []
    page.locator("#change-1 h3 a").focus()
    assert shaded(page) == ["weeks-1"]
    page.keyboard.press("Tab")
    assert shaded(page) == ["weeks-1"], "its reasons have the focus"
    page.get_by_role("link", name="12 w", exact=True).focus()
    assert shaded(page) == []

    page.locator("#change-1 p").first.hover()
    shade, dots = page.locator("#weeks-1 .weeks-since"), page.locator(".plot").nth(1).locator("circle.dot")
    box, newest = shade.bounding_box(), dots.last.bounding_box()
    assert box is not None and newest is not None
    assert box["x"] < newest["x"] and newest["x"] + newest["width"] < box["x"] + box["width"]


def test_without_scripts_a_sentence_leads_to_the_weeks_it_compares(course: World, open_page: Opener) -> None:
    page = open_page(signed_in=course.chris, viewport=PHONE, java_script_enabled=False)
    page.goto(url_of(course))

    page.locator("#change-1 h3 a").click()

    assert shaded(page) == ["weeks-1"]
    expect(page.locator(".plot").first).to_be_in_viewport()


def test_what_is_tried_and_agreed_stands_under_the_charts_on_a_desk(page: Page) -> None:
    charts, treatments = page.locator("#trajectory").bounding_box(), page.locator(".below .card").first.bounding_box()

    assert charts is not None and treatments is not None
    assert treatments["x"] == charts["x"] and treatments["y"] >= charts["y"] + charts["height"]


def test_the_last_answer_stands_beside_the_level(page: Page) -> None:
    expect(page.locator(".panel-label").nth(1)).to_contain_text(f"last answer {MOODS[-1]}")


def test_reasons_are_folded_beside_the_charts_and_open_on_paper_and_in_the_table(page: Page) -> None:
    rest = page.locator(".why-more p").first
    expect(rest).not_to_be_visible()
    page.emulate_media(media="print")
    expect(rest).to_be_visible()
    page.emulate_media(media="screen")
    expect(rest).not_to_be_visible()

    page.get_by_role("link", name="Table", exact=True).click()
    expect(rest).to_be_visible()
    page.get_by_role("link", name="Chart", exact=True).click()
    expect(rest).not_to_be_visible()


def test_without_scripts_the_address_opens_and_a_link_closes_the_check_in(course: World, open_page: Opener) -> None:
    with transaction.atomic(), clinic_context(clinic_id=course.clinic.pk):
        pk = CheckIn.objects.latest("submitted_at").pk
    page = open_page(signed_in=course.chris, viewport=PHONE, java_script_enabled=False)
    page.goto(url_of(course, f"?checkin={pk}"))
    expect(page.locator("#check-in h2")).to_be_visible()

    page.get_by_role("link", name="Close this check-in").click()

    expect(page.locator("#check-in h2")).to_have_count(0)
    expect(page.locator(".plot").first).to_be_visible()


def test_arrow_keys_go_from_day_to_day_and_enter_opens(page: Page) -> None:
    days = page.get_by_role("slider")
    days.focus()
    page.keyboard.press("End")
    newest = days.text_content()
    page.keyboard.press("ArrowLeft")

    expect(days).not_to_have_text(newest or "")
    expect(page.locator("[data-hover-line]")).to_be_visible()
    expect(page.locator("[data-values]")).to_contain_text("Mood 2")
    expect(days).to_have_attribute("aria-valuetext", days.text_content() or "")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#check-in h2")).to_contain_text("Check-in of")


def test_the_arrow_keys_say_a_week_without_a_check_in(page: Page) -> None:
    days = page.get_by_role("slider")
    days.focus()
    page.keyboard.press("Home")
    for _step in range(3):
        page.keyboard.press("ArrowRight")

    expect(days).to_contain_text("week of")
    expect(page.locator("[data-values]")).to_have_text("no check-in")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-values]")).to_contain_text("Mood 5")


def test_a_pass_of_the_mouse_over_panels_with_different_days_reads_out_each(course: World, open_page: Opener) -> None:
    with transaction.atomic(), clinic_context(clinic_id=course.clinic.pk):
        for weeks in (1, 5, 9):
            Score.objects.create(
                episode=course.episode,
                instrument="PHQ-9",
                instrument_version=INSTRUMENTS["PHQ-9"].version,
                about_on=zones.local_day(timezone.now(), course.episode.patient.time_zone) - timedelta(weeks=weeks),
                entered_at=timezone.now(),
                value=12 + weeks,
            )
    page = open_page(signed_in=course.chris, viewport=DESK)
    page.goto(url_of(course))
    page.locator(DRAWN).nth(5).wait_for()

    hover(page, 5, 1)
    expect(page.locator("[data-values]")).to_have_text("PHQ-9 17")
    box = page.locator(".plot").nth(5).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 60)
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 60, steps=60)


def test_each_row_of_the_table_opens_its_check_in(course: World, page: Page) -> None:
    page.get_by_role("link", name="Table", exact=True).click()
    page.wait_for_url("**view=table*")
    rows = page.locator("table.values").first.locator("tbody th a")
    assert rows.count() == len([mood for mood in MOODS if mood is not None])
    rows.nth(2).click()

    expect(page.locator("#check-in h2")).to_be_focused()
    page.get_by_role("link", name="Earlier check-in").click()
    expect(page.locator("#check-in h2")).to_be_focused()


@pytest.mark.parametrize("view", ["table", "around"])
def test_on_a_phone_rows_are_cards_that_name_each_value(course: World, open_page: Opener, view: str) -> None:
    page = open_page(signed_in=course.chris, viewport=PHONE)
    page.goto(url_of(course, f"?view={view}"))
    region = page.locator(".stacking").first
    cell = page.locator("table.stacks td[data-name]").first

    assert region.evaluate("region => region.scrollWidth <= region.clientWidth")
    name = cell.get_attribute("data-name")
    assert name and cell.evaluate("cell => getComputedStyle(cell, '::before').content") == f'"{name}"'
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_before_and_after_is_a_table_about_timing(page: Page) -> None:
    page.get_by_role("link", name="Before and after", exact=True).click()

    expect(page.locator("table.around")).to_contain_text("Sertraline started")
    expect(page.locator("table.around")).to_contain_text("worse after")
    expect(page.get_by_text("It does not prove cause.").first).to_be_visible()


def test_paper_gets_panels_and_table_and_no_controls(course: World, page: Page) -> None:
    page.goto(url_of(course, "?view=both"))
    page.locator(DRAWN).nth(4).wait_for()
    page.emulate_media(media="print")

    assert page.locator(".plot > .chart:not(.marks)").nth(4).is_visible()
    assert page.locator("table.values").first.is_visible()
    for control in (".look", ".segments", ".readout", ".button", ".sidebar"):
        assert not page.locator(control).first.is_visible(), control


def test_without_scripts_everything_is_a_form_or_a_link(course: World, open_page: Opener) -> None:
    page = open_page(signed_in=course.chris, viewport=PHONE, java_script_enabled=False)
    page.goto(url_of(course))

    page.get_by_label("Time axis").select_option(index=2)
    page.get_by_role("button", name="Apply", exact=True).click()
    assert len(state_of(page)["zero"][0]) == len(str(course.episode.pk))
    page.locator(".plot").nth(1).locator("a circle").nth(3).click()
    expect(page.locator("h2", has_text="Check-in of")).to_be_visible()
    with transaction.atomic(), clinic_context(clinic_id=course.clinic.pk):
        assert CheckIn.objects.filter(pk=urlsplit(page.url).path.split("/")[-2]).exists()
