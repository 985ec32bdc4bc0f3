"""Pictures of every patient page for the documentation: `python -m tests.functional.screenshots ADDRESS SIGN_INS`.

ADDRESS is a running product with the demo clinic, SIGN_INS its file `demo.json`. This is no test: it makes the files
in docs/screenshots/patient/, on a phone of 390 and of 320 px, light and dark. It walks the check-in without answering,
so that it can be run again.
"""

import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots" / "patient"
WIDTHS = (390, 320)
SCHEMES = ("light", "dark")
COLOURS = 64
# Longer pages are shown down to here.
HIGHEST = 2400
# Name of the picture -> address.
PAGES = {
    "start": "/",
    "help": "/help/",
    "my-chart": "/me/chart/",
    "my-chart-table": "/me/chart/?view=table",
    "add-event": "/me/events/new/",
    "my-plan": "/me/plan/",
    "prepare-review": "/me/plan/review/",
    "safety-plan": "/me/safety-plan/",
    "safety-plan-edit": "/me/safety-plan/edit/",
    "me": "/me/",
    "reminders": "/me/reminders/",
    "own-question": "/me/item/",
    "download": "/me/download/",
    "who-looked": "/me/access-log/",
    "requests": "/me/requests/",
    "offline": "/offline/",
    "thank-you": "/checkin/done/",
}


def pages_of_the_form(page: Page) -> Iterator[str]:
    """Open this week's form, go from page to page without answering, and yield the name of each."""
    page.goto("/")
    page.locator("form[action='/checkin/'] button").first.click()
    page.wait_for_url("**/checkin/*/")
    number = 1
    while (answer := page.goto(f"/checkin/{number}/")) is not None and answer.ok:
        yield f"check-in-{number}"
        number += 1
    page.goto("/checkin/send/")
    yield "check-in-send"


def take(page: Page, name: str) -> None:
    """Make one picture of the whole page, in few colours: it is a document, not a photograph."""
    size = page.viewport_size
    assert size is not None
    # As high as the page: a bar that sticks to the foot of the screen would stand in the middle of the picture.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(height, HIGHEST)})
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    page.set_viewport_size(size)
    few = shot.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


def walk(browser: Browser, address: str, sign_in: dict[str, str], *, width: int, scheme: str) -> None:
    """Take all pictures of one width and scheme."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 720},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="en-GB",
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email", exact=True).fill(sign_in["email"])
    page.get_by_label("Password", exact=True).fill(sign_in["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{address}/")
    for name, url in PAGES.items():
        page.goto(url)
        take(page, f"{name}-{width}-{scheme}")
    for name in pages_of_the_form(page):
        take(page, f"{name}-{width}-{scheme}")
    context.close()


def main(address: str, sign_ins: str) -> None:
    """Make every picture anew."""
    people = json.loads(Path(sign_ins).read_text())["sign_ins"]
    patient = next(person for person in people if person["role"] == "Patient")
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width in WIDTHS:
            for scheme in SCHEMES:
                walk(browser, address.rstrip("/"), patient, width=width, scheme=scheme)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
