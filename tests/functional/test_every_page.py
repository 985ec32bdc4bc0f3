"""Every page there is, taken from the resolver, in light and dark: accessible, quiet, self-contained, fit for a phone.

A new page is looked at by itself, by someone who may see it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from patients.access.permissions import RULES, rule_of
from patients.models import User
from tests.functional.conftest import DESK, PHONE, Opener
from tests.furnished import Furnished, routes

SERIOUS = {"serious", "critical"}
# Who looks at the pages of a rule: the first of these who may.
LOOKERS = ("patient", "clinician", "clinic_admin")
# Answers that are no page: a monitor's, a browser's report, a list of codes as a file.
NO_PAGES = {
    "livez",
    "healthz",
    "metrics",
    "mail_reports",
    "csp_report",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",
}
# Pages that must be among the scanned ones, or the scan has lost its way.
KNOWN = {
    "home", "check_in_step", "send_check_in", "check_in_done", "help_now", "my_settings", "my_chart", "caseload",
    "trajectory", "check_in_answers", "alert_queue", "alert_detail", "people", "invite_staff", "clinic_safety", "start_intervention",
    "my_plan", "prepare_review", "safety_plan", "edit_safety_plan", "access_log", "my_requests", "my_download",
    "add_own_event", "shared_plan", "read_safety_plan", "data_requests", "answer_request",
    "record_session", "expect", "episode_context", "interaction_list", "summary", "clinic_outcomes",
    "phone_check_in", "phone_safety", "phone_done", "silent_list", "record_contact", "enter_paper",
    "hand_over_list", "hand_over", "end_care",
    "account_login", "account_request_login_code", "account_reset_password", "mfa_index", "join", "my_messages",
}  # fmt: skip
# Pages that look different in another state: route -> query.
VARIANTS = {
    "trajectory": ("?view=table", "?window=all&zero=care", "?view=both", "?view=around"),
    "my_chart": ("?view=table",),
    "access_log": ("?own=yes",),
    "alert_queue": ("?show=closed",),
    "summary": ("?for=patient",),
    "caseload": ("?people=team", "?changed=1", "?state=steady"),
}


@dataclass(frozen=True)
class Address:
    """A page and who looks at it; no one for a stranger."""

    name: str
    url: str
    looker: str | None


def addresses(furnished: Furnished) -> list[Address]:
    """Return every address that may be a page."""
    found: list[Address] = []
    for route in routes():
        rule = rule_of(view=route.view, route=route.name)
        values = {part: getattr(furnished.north, part, "1") for part in route.parts} | _own_numbers(route.parts)
        if rule is None or route.name in NO_PAGES or {"key", "pk"} & set(route.parts):
            continue
        url = reverse(route.name, kwargs=values)
        queries = ("", *VARIANTS.get(route.name, ()))
        found += [Address(route.name, url + query, looker_of(rule)) for query in queries]
    return found


def _own_numbers(parts: tuple[str, ...]) -> dict[str, str]:
    return {"number": "1"} if "number" in parts else {}


def looker_of(rule: str) -> str | None:
    if rule == "public":
        return None
    roles = {"patient": "patient", "clinician": "clinician", "clinic_admin": "admin"}
    return next(looker for looker in LOOKERS if roles[looker] in RULES[rule])


def problems_of(page: Page, axe: Axe, *, only: str = "") -> list[str]:
    """Return what a screen reader, a keyboard or a weak eye would stumble over, or what one rule finds."""
    options = {"runOnly": [only]} if only else None
    found: list[dict[str, Any]] = axe.run(page, options=options).response["violations"]
    return [
        f"{entry['id']}: {entry['nodes'][0]['html'][:160]} ({entry['nodes'][0].get('failureSummary', '')[:200]})"
        for entry in found
        if entry["impact"] in SERIOUS
    ]


def pages(furnished: Furnished, looker: str | None) -> Iterator[Address]:
    """Return the addresses that answer this person with a page; a route of ours never hides from who may see it."""
    client = Client()
    user = furnished.people[looker] if looker else None
    if user is not None:
        client.force_login(user)
    ours = {route.name for route in routes() if route.is_ours}
    for address in addresses(furnished):
        if address.looker == looker:
            answer = client.get(address.url)
            assert address.name not in ours or answer.status_code in {200, 302, 405}, f"{address}: {answer.status_code}"
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                yield address


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("looker", [None, *LOOKERS])
def test_no_page_has_a_serious_obstacle(furnished: Furnished, open_page: Opener, looker: str | None) -> None:
    user = furnished.people[looker] if looker else None
    size = PHONE if looker in {None, "patient"} else DESK
    page = open_page(signed_in=user, viewport=size, reduced_motion="reduce")
    axe, problems, scanned = Axe(), [], set()

    for address in pages(furnished, looker):
        scanned.add(address.name)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(address.url)
        problems += [f"{address.url}: {problem}" for problem in problems_of(page, axe)]
        # The page is the same in the dark; only its colours differ.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        problems += [f"{address.url} dark: {problem}" for problem in problems_of(page, axe, only="color-contrast")]

    assert problems == [], "\n".join(problems)
    missing = {a.name for a in addresses(furnished) if a.looker == looker} & KNOWN - scanned
    assert missing == set()


def test_every_known_page_is_somebodys(furnished: Furnished) -> None:
    assert {address.name for address in addresses(furnished)} >= KNOWN


@pytest.mark.parametrize(
    ("looker", "width", "language"),
    [
        (None, 320, "de"),
        ("patient", 320, "de"),
        ("patient", 320, "en"),
        ("clinician", 390, "de"),
        ("clinic_admin", 390, "de"),
    ],
)
def test_no_page_scrolls_sideways_on_a_phone(
    furnished: Furnished, open_page: Opener, live_server: LiveServer, looker: str | None, width: int, language: str
) -> None:
    """German words are longer than English ones, and do not break by themselves."""
    User.objects.update(language=language)
    page = open_page(signed_in=furnished.people[looker] if looker else None, viewport={"width": width, "height": 640})
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}])
    too_wide = []

    for address in pages(furnished, looker):
        page.goto(address.url)
        assert page.locator("html").get_attribute("lang") == language, address.url
        if is_wider_than_the_screen(page):
            too_wide.append(address.url)

    assert too_wide == []


def test_a_questionnaire_with_problems_is_accessible_too(furnished: Furnished, open_page: Opener) -> None:
    """Forms that come back with an error: the summary, the marks at the fields."""
    page = open_page(signed_in=furnished.people["clinician"], viewport=DESK)
    axe, problems = Axe(), []
    for name in ("start_intervention", "stop_intervention", "add_life_event"):
        parts = {"episode_id": furnished.north.episode_id}
        if name == "stop_intervention":
            parts["intervention_id"] = furnished.north.intervention_id
        page.goto(reverse(name, kwargs=parts))
        page.locator("main form").first.evaluate("form => { form.noValidate = true; }")
        for date in page.locator("main form input[type=date]").all():
            date.fill("1800-01-01")
        page.locator("main form button").first.click()
        page.locator(".error-summary").wait_for()
        problems += [f"{name}: {problem}" for problem in problems_of(page, axe)]

    assert problems == []


@pytest.fixture
def outage_page(furnished: Furnished, monkeypatch: pytest.MonkeyPatch) -> tuple[int, bytes]:
    """Return what a patient gets while the database is away."""
    patient = Client(raise_request_exception=False)
    patient.force_login(furnished.people["patient"])
    patient.get(reverse("home"))
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nobody-listens-here")
        answer = patient.post(reverse("check_in_step", args=[1]), {"sleep": "3"})
    connection.close()
    return (answer.status_code, answer.content)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_error_pages_are_accessible_and_have_the_numbers(
    furnished: Furnished, open_page: Opener, outage_page: tuple[int, bytes], scheme: str
) -> None:
    page, axe = open_page(color_scheme=scheme), Axe()

    missing = page.goto("/nothing/here/")
    assert missing is not None and missing.status == 404
    assert problems_of(page, axe) == []

    status, content = outage_page

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=content, content_type="text/html; charset=utf-8")

    page.route("**/checkin/1/", answer)
    away = page.goto("/checkin/1/")
    assert away is not None and away.status == 503
    assert page.get_by_role("link", name="999").is_visible()
    assert problems_of(page, axe) == []
    assert not is_wider_than_the_screen(page)


def test_a_form_from_another_site_is_refused_in_words(furnished: Furnished, open_page: Opener) -> None:
    page = open_page()
    page.goto(reverse("account_login"))
    page.context.clear_cookies()
    page.get_by_label("Email", exact=True).fill("ann@north.example")
    page.get_by_label("Password", exact=True).fill("something long enough")
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("heading", name="This form could not be sent")).to_be_visible()
    assert problems_of(page, Axe()) == []
