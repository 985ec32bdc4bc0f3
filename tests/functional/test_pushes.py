"""A message to a browser, as Chromium gets it from its push service: one sentence, and a press on it opens the alerts."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from monitoring.messages import pushes
from tests.conftest import World
from tests.functional.conftest import DESK, Opener

pytestmark = pytest.mark.browser

SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body, tag, requireInteraction }) => [title, body, tag, requireInteraction]);
}"""


def tell(page: Page, text: str, *, urgent: bool) -> None:
    """Hand a message to the worker, opened, as the browser does when one comes from its push service."""
    session = page.context.new_cdp_session(page)
    registrations: list[Any] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    for _ in range(100):
        if registrations:
            break
        page.wait_for_timeout(50)
    origin = page.evaluate("() => location.origin")
    message = {"origin": origin, "registrationId": registrations[-1]["registrationId"]}
    data = json.dumps({"text": text, "urgent": urgent}).ljust(pushes.BODY_BYTES)
    session.send("ServiceWorker.deliverPushMessage", message | {"data": data})


@pytest.mark.parametrize("urgent", [False, True])
def test_the_worker_shows_the_sentence_and_nothing_else(
    committed: World, open_page: Opener, settings: Settings, urgent: bool
) -> None:
    page = open_page(signed_in=committed.chris, viewport=DESK, service_workers="allow", permissions=["notifications"])
    page.goto("/messages/")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    text = pushes.words(is_urgent=urgent)

    tell(page, text, urgent=urgent)

    for _ in range(100):
        shown = page.evaluate(SHOWN)
        if shown:
            break
        page.wait_for_timeout(50)
    assert shown == [[text, "", "urgent" if urgent else "alert", urgent]]


def test_a_browser_that_refuses_is_told_so_and_nothing_is_kept(
    committed: World, open_page: Opener, settings: Settings
) -> None:
    settings.PUSH_KEY = pushes.make_key()
    page = open_page(signed_in=committed.chris, viewport=DESK, service_workers="allow")
    page.goto("/messages/")

    page.get_by_role("button", name="Tell me in this browser").click()

    expect(page.get_by_text("This browser does not allow it.")).to_be_visible()
    expect(page.get_by_text("A browser that you allowed on")).to_have_count(0)


def test_without_scripts_the_page_says_that_mail_is_what_there_is(
    committed: World, open_page: Opener, settings: Settings
) -> None:
    settings.PUSH_KEY = pushes.make_key()
    page = open_page(signed_in=committed.chris, viewport=DESK, java_script_enabled=False)
    page.goto("/messages/")

    expect(page.get_by_text("This browser cannot do it, or its scripts are off.")).to_be_visible()
    expect(page.get_by_role("button", name="Tell me in this browser")).to_have_count(0)
