"""Pictures of the trajectory: `python -m tests.functional.screenshots_trajectory ADDRESS SIGN_INS`.

ADDRESS is a running product with the demo clinic, SIGN_INS its file `demo.json`. This is no test: it makes the files
in docs/screenshots/clinician/, at 1440 and 390 px, light and dark, and can be run again.
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

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots" / "clinician"
WIDTHS = {1440: 900, 390: 844}
SCHEMES = ("light", "dark")
COLOURS = 128
# Longer pages are shown down to here.
HIGHEST = 1900
# Of the demo clinic: a long past with medicines, therapy, side effects and a review.
PERSON = "Amira"


def addresses(page: Page) -> Iterator[tuple[str, str]]:
    """Return the name of each picture and its address."""
    page.goto("/caseload/?people=team")
    rows = page.locator("a[data-row]")
    wanted = rows.filter(has_text=PERSON)
    person = (wanted if wanted.count() else rows).first.get_attribute("href") or ""
    page.goto(f"{person}?view=table")
    check_in = page.locator("table.values tbody th a").first.get_attribute("href") or ""
    started = page.locator("select[name=zero] option").nth(2).get_attribute("value") or ""
    yield "trajectory", f"{person}?window=all"
    yield "trajectory-time-zero", f"{person}?window=12w&zero={started}"
    yield "trajectory-table", f"{person}?view=table"
    yield "trajectory-before-after", f"{person}?view=around"
    yield "check-in", person + check_in


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


def walk(browser: Browser, address: str, sign_in: dict[str, str], *, width: int) -> None:
    """Take the pictures of one width, in both schemes."""
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
    for name, url in list(addresses(page)):
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(url)
            for number in range(page.locator("[data-figure]").count()):
                page.locator(".plot:has([data-figure])").nth(number).and_(page.locator(".drawn")).wait_for()
            take(page, f"{name}-{width}-{scheme}")
    context.close()


def main(address: str, sign_ins: str) -> None:
    """Make every picture anew."""
    people = json.loads(Path(sign_ins).read_text(encoding="utf-8"))["sign_ins"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    sign_in = next(person for person in people if person["role"] == "Clinician")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width in WIDTHS:
            walk(browser, address.rstrip("/"), sign_in, width=width)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
