"""A real browser on the real product: Chromium, a live server, committed rows.

`make test` leaves these tests out, loudly, where no Chromium is installed; in CI that is an error.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from patients.models import User
from tests.conftest import World, build_world
from tests.furnished import Furnished, furnish

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PATIENCE_MS = 20_000
# The browser logs an answer of 404 or 422 that was meant; htmx logs a save that a newer tap has replaced.
MEANT = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and let one worker do it: two browsers on two cores only get in each other's way."""
    for item in items:
        if item.path.parent.name == "functional":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "owner"]))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return where Chromium is; without it there is nothing to test with."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None and os.environ.get("CI"):
        pytest.fail("No Chromium: the browser tests must run in CI.")
    if path is None:
        pytest.skip("NO CHROMIUM FOUND: the browser tests did not run (Debian: apt install chromium).")
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright's loop runs in the thread of the test, where Django would refuse to speak to the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
    yield browser
    browser.close()


@dataclass
class Watch:
    """What the browser complained of, and what it asked for outside the product."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text, str(message.location)))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._see(request.url))

    def _hear(self, kind: str, text: str, where: str) -> None:
        if kind == "error" and not text.startswith(MEANT):
            self.complaints.append(f"{text} {where}")

    def _see(self, url: str) -> None:
        if urlsplit(url).path == "/csp":
            self.reports.append(url)
        if not url.startswith((self.origin, "data:", "blob:")):
            self.strangers.append(url)

    def check(self) -> None:
        assert self.complaints == []
        assert self.reports == []
        assert self.strangers == []


Opener = Callable[..., Page]


@pytest.fixture
def watch(live_server: LiveServer) -> Iterator[Watch]:
    """Every page of the test is watched: no policy report, no error of a script, no request to anyone else."""
    watch = Watch(origin=live_server.url)
    yield watch
    watch.check()


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer, watch: Watch) -> Iterator[Opener]:
    """Open a browser of one's own; closed at the end."""
    contexts: list[BrowserContext] = []

    def open_one(*, signed_in: User | None = None, **options: object) -> Page:
        # A service worker answers behind the back of page.route; the tests of it let it work.
        chosen = {"viewport": PHONE, "service_workers": "block"} | options
        context = chromium.new_context(base_url=live_server.url, locale="en-GB", **chosen)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if signed_in is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": key_of(signed_in), "url": live_server.url}]
            )
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_one
    for context in contexts:
        context.close()


def key_of(user: User) -> str:
    """Return the key of a fresh session."""
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[World]:
    """Both clinics, committed."""
    with transaction.atomic():
        world = build_world()
    yield world
    connections.close_all()


@pytest.fixture
def furnished(transactional_db: None) -> Iterator[Furnished]:
    """Both clinics with something on every page, committed."""
    with transaction.atomic():
        found = furnish(build_world())
    yield found
    connections.close_all()
