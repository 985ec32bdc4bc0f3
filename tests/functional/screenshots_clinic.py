"""Pictures of the clinic's pages: `python -m tests.functional.screenshots_clinic ADDRESS SIGN_INS`.

ADDRESS is a running product with the demo clinic, SIGN_INS its file `demo.json`. This is no test: it makes the files
in docs/screenshots/clinician/, at 1440 and 390 px, light and dark, and can be run again.
"""

import io
import json
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots" / "clinician"
WIDTHS = {1440: 900, 390: 844}
SCHEMES = ("light", "dark")
COLOURS = 64
# Longer pages are shown down to here.
HIGHEST = 2400
# Role -> name of the picture -> address; the first person of the caseload stands for {person}.
PAGES = {
    "Clinician": {
        "caseload": "/caseload/",
        "summary": "{person}summary/",
        "summary-patient": "{person}summary/?for=patient",
        "context": "{person}context/",
    },
    "Coordinator": {"outcomes": "/clinic/outcomes/"},
    "Clinic admin": {"interactions": "/clinic/interactions/"},
}


def take(page: Page, name: str) -> None:
    """Make one picture of the whole page, in few colours: it is a document, not a photograph."""
    size = page.viewport_size
    assert size is not None
    # As high as the page: a bar that sticks to the edge of the screen would stand in the middle of the picture.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), HIGHEST)})
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    page.set_viewport_size(size)
    shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def walk(browser: Browser, address: str, sign_in: dict[str, str], pages: dict[str, str], *, width: int) -> None:
    """Take one role's pictures of one width, in both schemes."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": WIDTHS[width]},
        locale="en-GB",
        reduced_motion="reduce",
        service_workers="block",
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email", exact=True).fill(sign_in["email"])
    page.get_by_label("Password", exact=True).fill(sign_in["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)
    person = ""
    if any("{person}" in url for url in pages.values()):
        page.goto("/caseload/")
        person = page.locator("a[data-row]").first.get_attribute("href") or ""
    for name, url in pages.items():
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(url.format(person=person))
            page.locator("h1").first.wait_for()
            take(page, f"{name}-{width}-{scheme}")
    context.close()


def main(address: str, sign_ins: str) -> None:
    """Make every picture anew; a role that the demo does not have is named and left out."""
    people = json.loads(Path(sign_ins).read_text())["sign_ins"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role, pages in PAGES.items():
            sign_in = next(person for person in people if person["role"] == role)
            for width in WIDTHS:
                walk(browser, address.rstrip("/"), sign_in, pages, width=width)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
