"""A check-in by phone in a browser: with scripts and without, by keyboard, on the smallest screen, in the dark."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.models import Alert, CheckIn
from monitoring.models.alerts import AlertKind
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import DESK, Opener
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of

NARROW = {"width": 320, "height": 640}


def ask_this_week(world: World) -> None:
    now = timezone.now()
    with clinic_transaction(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - factories.WEEK * 2).date(), instruments={"PHQ-9": 1})
        factories.open_week(world.episode, at=now)


def begin(page: Page, world: World) -> None:
    page.goto(reverse("trajectory", args=[world.episode.pk]))
    page.get_by_role("link", name=re.compile("by phone")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("by phone")
    page.locator("button[name=form][value=full]").click()
    expect(page).to_have_url(re.compile(r"/phone/1/$"))


def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asks for them: they are for looking at, and not for the repository."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_call_from_the_first_question_to_what_is_said_at_the_end(
    committed: World, open_page: Opener, with_scripts: bool
) -> None:
    ask_this_week(committed)
    page = open_page(signed_in=committed.chris, viewport=DESK, java_script_enabled=with_scripts)
    begin(page, committed)
    for place in range(1, 6):
        expect(page).to_have_url(re.compile(rf"/phone/{place}/$"))
        page.locator(".scale input").nth(4).focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Next", exact=True).focus()
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/phone/6/"))
    expect(page.get_by_text("Read this question word for word")).to_be_visible()

    page.locator("fieldset", has_text="hurting yourself").last.get_by_label("Several days").focus()
    page.keyboard.press("Space")
    if not with_scripts:
        page.get_by_role("button", name="Next", exact=True).click()

    expect(page).to_have_url(re.compile("/phone/now/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Stay on the line")
    look(page, f"now-{with_scripts}")
    page.get_by_role("link", name=re.compile("Go on with the")).click()
    if with_scripts:
        page.get_by_role("button", name="Next", exact=True).click()
    expect(page).to_have_url(re.compile("/phone/send/"))
    look(page, f"send-{with_scripts}")
    page.get_by_label("Please contact me").check()
    page.get_by_role("button", name=re.compile("Record this")).click()
    expect(page.get_by_text("We will call by")).to_be_visible()
    look(page, f"done-{with_scripts}")
    with clinic_transaction(clinic_id=committed.clinic.pk):
        row = CheckIn.objects.get()
        assert (row.mode, row.interviewer_id, row.mood) == ("phone", committed.chris.pk, 4)
        assert Alert.objects.filter(kind=AlertKind.RISK_ANSWER).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_a_call_have_no_obstacle_and_no_sideways_scrolling(
    committed: World, open_page: Opener, scheme: str
) -> None:
    ask_this_week(committed)
    page, axe, problems = open_page(signed_in=committed.chris, viewport=NARROW, color_scheme=scheme), Axe(), []
    begin(page, committed)
    person = [committed.episode.pk]
    addresses = [reverse("phone_step", args=[*person, place]) for place in (1, 6)]
    addresses += [reverse(name, args=person) for name in ("phone_check_in", "phone_send", "phone_safety")]
    for address in addresses:
        page.goto(address)
        look(page, f"{address.strip('/').replace('/', '-')}-{scheme}")
        problems += [f"{address}: {problem}" for problem in problems_of(page, axe)]
        problems += [f"{address}: scrolls sideways"] if is_wider_than_the_screen(page) else []

    assert problems == []


@pytest.mark.parametrize("size", [NARROW, DESK], ids=["narrow", "desk"])
def test_a_paper_is_typed_read_back_and_recorded_by_keyboard(
    committed: World, open_page: Opener, size: dict[str, int]
) -> None:
    ask_this_week(committed)
    page = open_page(signed_in=committed.cora, viewport=size, color_scheme="dark" if size is NARROW else "light")
    page.goto(reverse("enter_paper", args=[committed.episode.pk]))
    page.get_by_label("PHQ-4").focus()
    page.keyboard.press("Space")
    look(page, f"paper-start-{size['width']}")
    problems = problems_of(page, Axe())
    page.get_by_role("button", name="Next").press("Enter")
    page.get_by_label("Sleep").focus()
    page.keyboard.press("3")
    look(page, f"paper-fill-{size['width']}")
    problems += problems_of(page, Axe())
    assert not is_wider_than_the_screen(page)
    page.get_by_role("button", name="Read it back").press("Enter")
    expect(page.get_by_role("heading", name="Does the paper say this?")).to_be_visible()
    look(page, f"paper-read-{size['width']}")
    problems += problems_of(page, Axe())
    assert not is_wider_than_the_screen(page)
    page.get_by_role("button", name="Yes, record it").press("Enter")

    expect(page.get_by_text("on paper, typed by Cora")).to_be_visible()
    assert problems == []
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert (CheckIn.objects.get().mode, CheckIn.objects.get().sleep) == ("paper", 3)
