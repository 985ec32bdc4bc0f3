"""Without a connection, and after signing out: the clinic's numbers are there, and nothing of anyone's health is."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.messages import reminders
from monitoring.models import CheckInSlot
from patients.access.middleware import SIGN_OUTS
from patients.tenancy import clinic_transaction
from tests.functional.conftest import Opener
from tests.functional.test_every_page import is_wider_than_the_screen, problems_of
from tests.furnished import OPEN_NOTE, Furnished

# What of a person must never stay in a browser.
TRACES = ("Ann", "Archer", OPEN_NOTE, "Sertraline", "Northgate Clinic", "ann@north.example")
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      kept[new URL(request.url).pathname] = await (await caches.match(request)).text();
  return kept;
}"""
STORED = """async () => ({
  local: Object.entries(localStorage), session: Object.entries(sessionStorage),
  databases: (await indexedDB.databases()).map((one) => one.name),
})"""
IS_KEPT = "async (url) => Boolean(await caches.match(url))"


def kept_by(page: Page) -> dict[str, str]:
    """Return address -> text of everything that the worker keeps."""
    found: dict[str, str] = page.evaluate(KEPT)
    return found


def check_nothing_is_stored(page: Page) -> None:
    """Look into every store of the browser; htmx keeps the path of the page, which names no one."""
    found: dict[str, list[Any]] = page.evaluate(STORED)
    paths = [value for name, value in found["session"] if name == "htmx-current-path-for-history"]
    assert (found["local"], len(found["session"]) - len(paths), found["databases"]) == ([], 0, [])
    assert [trace for trace in TRACES for path in paths if trace in path] == []


def wait_for_worker(page: Page) -> None:
    """Wait until the worker stands before the pages and has its own page."""
    page.evaluate("() => navigator.serviceWorker.ready")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function(IS_KEPT, arg=reverse("offline_page"))


def browse(page: Page, furnished: Furnished) -> None:
    for name in ("home", "my_chart", "my_settings", "my_reminders", "check_in_done", "help_now"):
        page.goto(reverse(name))
    page.goto(reverse("check_in_step", args=[1]))
    page.locator(".scale label").nth(4).click()
    expect(page.locator("#saved")).to_have_text("Saved")


def test_without_a_connection_the_numbers_are_there(furnished: Furnished, open_page: Opener) -> None:
    page = open_page(signed_in=furnished.people["patient"], service_workers="allow")
    page.goto("/")
    wait_for_worker(page)
    page.goto("/")

    page.context.set_offline(True)
    page.goto(reverse("my_chart"))
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.get_by_role("link", name="999")).to_have_attribute("href", "tel:999")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.button')).borderRadius") != "0px"
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()

    expect(page.get_by_role("heading", name="You are offline")).not_to_be_visible()
    assert page.url.endswith(reverse("my_chart"))


def test_while_we_are_away_the_numbers_that_were_kept_are_shown(
    furnished: Furnished, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(signed_in=furnished.people["patient"], service_workers="allow")
    page.goto("/")
    wait_for_worker(page)

    def away(*_: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr("monitoring.views.patient.offline.TemplateResponse", away)
    assert page.request.get(reverse("offline_page")).status == 503
    page.goto(reverse("offline_page"))

    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    expect(page.get_by_role("link", name="999")).to_have_attribute("href", "tel:999")


def test_the_worker_keeps_looks_and_numbers_and_nothing_else(furnished: Furnished, open_page: Opener) -> None:
    page = open_page(signed_in=furnished.people["patient"], service_workers="allow")
    page.goto("/")
    wait_for_worker(page)

    browse(page, furnished)

    kept = kept_by(page)
    assert reverse("offline_page") in kept
    assert {path for path in kept if not path.startswith("/static/")} == {reverse("offline_page")}
    assert [trace for trace in TRACES if trace in kept[reverse("offline_page")]] == []
    check_nothing_is_stored(page)


def test_the_numbers_of_the_clinic_replace_those_of_the_sign_in_page(furnished: Furnished, open_page: Opener) -> None:
    page = open_page(service_workers="allow")
    page.goto(reverse("account_login"))
    wait_for_worker(page)
    assert "999" not in kept_by(page)[reverse("offline_page")]

    with clinic_transaction(clinic_id=furnished.north.clinic_id):
        slot = CheckInSlot.objects.get(pk=furnished.north.slot_id)
        token = reminders.issue_link(slot=slot, at=timezone.now())
    page.goto(reverse("open_link", args=[token]))
    page.get_by_role("button", name="Start").click()
    page.goto("/")

    page.wait_for_function("async (url) => (await (await caches.match(url)).text()).includes('999')",
                           arg=reverse("offline_page"))  # fmt: skip


@pytest.mark.parametrize("button", ["Sign out", "Sign out on every device"])
def test_after_signing_out_the_browser_holds_nothing_of_the_person(
    furnished: Furnished, open_page: Opener, button: str
) -> None:
    page = open_page(signed_in=furnished.people["patient"], service_workers="allow")
    page.goto("/")
    wait_for_worker(page)
    browse(page, furnished)
    page.goto(reverse("my_settings"))

    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url("**/accounts/login/**")

    check_nothing_is_stored(page)
    kept = kept_by(page)
    assert {path for path in kept if not path.startswith("/static/")} <= {reverse("offline_page")}
    assert [trace for text in kept.values() for trace in TRACES if trace in text] == []
    page.go_back()
    expect(page.get_by_label("Email", exact=True)).to_be_visible()
    assert [trace for trace in TRACES if trace in page.content()] == []


def test_the_pages_of_a_link_are_accessible_in_light_and_dark(furnished: Furnished, open_page: Opener) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    axe, problems = Axe(), []
    link = reverse("open_link", args=[furnished.north.link])
    page.goto(link)
    page.get_by_role("button", name="Start").click()
    pages = [link, reverse("link_start"), reverse("check_in_step", args=[1]), reverse("link_receipt"), "/c/nonsense/",
             reverse("offline_page")]  # fmt: skip

    for url in pages:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.goto(url)
            problems += [f"{url} {scheme}: {problem}" for problem in problems_of(page, axe)]
        assert not is_wider_than_the_screen(page), url

    assert problems == []


def test_a_check_in_by_link_without_scripts(furnished: Furnished, open_page: Opener) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(reverse("open_link", args=[furnished.north.link]))
    page.get_by_role("button", name="Bad day?").click()

    page.locator("#id_sleep label").nth(3).click()
    page.get_by_role("button", name="Send to my team").click()

    expect(page.get_by_role("heading", name="Thank you. Your check-in is with your team.")).to_be_visible()
    page.goto(reverse("my_chart"))
    expect(page.get_by_label("Email", exact=True)).to_be_visible()


def test_the_worker_leaves_every_way_out_to_the_browser(client: Client) -> None:
    """The answer clears the worker itself away: Safari would wait for ever for an answer that comes through it."""
    worker = client.get(reverse("service_worker")).content.decode()

    assert re.findall(r"SIGN_OUTS = \[(.*)\]", worker) == [
        ", ".join(f'"{reverse(name)}"' for name in sorted(SIGN_OUTS))
    ]
