"""A real browser on the real product: Chromium, a live server, committed rows.

`make test` leaves these tests out, loudly, where no Chromium is installed; in CI that is an error.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from config.web.views import csp_report
from patients.models import User
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World, build_world
from tests.furnished import Furnished, furnish

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PATIENCE_MS = 20_000
# The browser logs an answer of 404 or 422 that was meant; htmx logs a save that a newer tap has replaced.
MEANT = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")
# An answer that nobody means: the server broke.
BROKEN = "a status of 500"
# How the standard library names the thread that answers one line of the live server, and how long one may take.
ANSWERING, LAST_ANSWER_SECONDS = "process_request_thread", 10


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
    """What the browser complained of, what its policy stopped, and what it asked for outside the product."""

    # Where pages may come from.
    origins: list[str] = field(default_factory=lambda: ["data:", "blob:"])
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Listen to every page of a browser, those that it opens by itself too."""
        context.on("console", lambda message: self._hear(message.type, message.text, str(message.location)))
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("request", lambda request: self._see(request.url))

    def _hear(self, kind: str, text: str, where: str) -> None:
        if kind == "error" and (not text.startswith(MEANT) or BROKEN in text):
            self.complaints.append(f"{text} {where}")

    def _see(self, url: str) -> None:
        if not url.startswith(tuple(self.origins)):
            self.strangers.append(url)

    def check(self) -> None:
        assert self.complaints == []
        assert self.reports == []
        assert self.strangers == []


class ReportBook(logging.Handler):
    """Takes down the reports that reach the server: a browser's own requests are not shown to who drives it."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        self.watch.reports.append(record.getMessage())


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Every page of the test is watched: no policy report, no error of a script, no request to anyone else."""
    watch = Watch()
    log, book = logging.getLogger(csp_report.__module__), ReportBook(watch)
    log.addHandler(book)
    yield watch
    log.removeHandler(book)
    watch.check()


Browse = Callable[..., BrowserContext]
Opener = Callable[..., Page]


@pytest.fixture
def browse(chromium: Browser, watch: Watch) -> Iterator[Browse]:
    """Open a browser of one's own, watched; closed at the end. No test opens one another way."""
    contexts: list[BrowserContext] = []

    def browse_from(*origins: str, **options: Any) -> BrowserContext:
        watch.origins += origins
        contexts.append(chromium.new_context(**options))
        watch.follow(contexts[-1])
        return contexts[-1]

    yield browse_from
    for context in contexts:
        context.close()
    wait_for_the_last_answer()


def wait_for_the_last_answer() -> None:
    """Let the server finish: an answer still under way holds tables that the end of a test wants to empty."""
    for thread in threading.enumerate():
        if ANSWERING in thread.name:
            thread.join(LAST_ANSWER_SECONDS)


@pytest.fixture
def open_page(browse: Browse, live_server: LiveServer) -> Opener:
    """Open a page of the product in a browser of one's own."""

    def open_one(*, signed_in: User | None = None, **options: object) -> Page:
        # A service worker answers behind the back of page.route; the tests of it let it work.
        chosen = {"viewport": PHONE, "service_workers": "block", "locale": "en-GB"} | options
        context = browse(live_server.url, base_url=live_server.url, **chosen)
        context.set_default_timeout(PATIENCE_MS)
        if signed_in is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": key_of(signed_in), "url": live_server.url}]
            )
        return context.new_page()

    return open_one


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


@pytest.fixture
def returning(committed: World) -> World:
    """Ann has answered every week so far; this week is open."""
    now = timezone.now()
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.episode, starts_on=(now - factories.WEEK * 5).date())
        factories.make_history(committed.episode, by=committed.ann, moods=[6, 6, 7], until=now - factories.WEEK)
        factories.open_week(committed.episode, at=now)
    return committed
