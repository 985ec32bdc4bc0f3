"""Pictures for the documentation: `python -m tests.functional.screenshots ADDRESS SIGN_INS [ROLE]`.

ADDRESS is a running product with the demo clinic, SIGN_INS its file `demo.json`, beside which its mails
lie. This is no test: it makes the files in docs/screenshots/, the patient's pages at 390 px, the team's at 1440, light;
another width or dark only where it shows something new. With EVERY=1 it makes all widths, light and dark, which is for
comparing two states of the styles and not for the repository. It walks the check-in without answering, so that it can be run again; only Tomasz
sends his a second time. ROLE makes the pictures of one role only; the role "Visitor" is whoever is not signed in,
"Others" are patients in another week than the one who signs in with a password: they get a code by mail.
"""

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SCHEMES = ("light", "dark")
# What a palette can hold. The commonest colours are kept as they are: areas keep the colour of the design.
COLOURS = 256
# Longer pages are shown down to here.
HIGHEST = 2400
# Of the demo clinic: a long past with medicines, therapy, side effects and a review.
PERSON = "Amira"
# The links of a check-in and of an invitation in a mail, without the address of the server.
LINK = re.compile(r"https?://[^/\s]+(/c/\S+/)")
INVITATION = re.compile(r"https?://[^/\s]+(/join/\S+/)")
# A sign-in code in the mail to an address.
CODE = r"To: {email}\n(?:(?!^-{{20}}).*\n)*?([A-Z0-9]{{4}}-[A-Z0-9]{{4}})\n"
# Patients of the demo clinic: one whose last week was missed, one who sent this week's check-in.
MISSED, SENT = "fatima.alsayed@northgate.example", "tomasz.zielinski@northgate.example"
# Milliseconds between two looks for a mail, and how many looks: the worker sends it.
MAIL_TURN, MAIL_TURNS = 500, 60

# Name of the picture and its address, found on the way where it has to be; empty for what is on the screen.
Walk = Callable[[Page], Iterator[tuple[str, str]]]


@dataclass(frozen=True, kw_only=True)
class Album:
    """The pictures of one role."""

    folder: str
    widths: dict[int, int]
    walk: Walk


def begin(page: Page, url: str, form: str) -> None:
    """Open a form of the check-in with its button on a page."""
    page.goto(url)
    page.locator(f"button[name=form][value={form}]").click()
    page.wait_for_url("**/checkin/**")


def steps(page: Page) -> Iterator[str]:
    """Open the pages of the form that was begun, one after the other."""
    for number in count(1):
        url = f"/checkin/{number}/"
        answer = page.goto(url)
        if answer is None or not answer.ok:
            return
        yield url


def patient_pages(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the patient's pages, then each page of this week's form without answering."""
    yield from {
        "start": "/",
        "help": "/help/",
        "help-first": "/help/?next=/checkin/2/",
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
        "signing-in-safely": "/accounts/2fa/",
        "offline": "/offline/",
        "thank-you": "/checkin/done/",
    }.items()
    begin(page, "/", "full")
    for number, url in enumerate(steps(page), start=1):
        yield f"check-in-{number}", url
    yield "check-in-send", "/checkin/send/"
    begin(page, "/", "short")
    yield "bad-day", "/checkin/send/"


def missed_pages(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the week that is still open for someone who missed it, "not now", a pause, and taking consent back."""
    yield "late", "/"
    begin(page, "/", "late")
    yield "late-week", "/checkin/1/"
    page.goto("/")
    page.locator("form.later button").last.click()
    page.get_by_role("heading", name="We will write to you").wait_for()
    yield "not-now", ""
    page.goto("/me/reminders/")
    page.locator("[name=reason]").first.check(force=True)
    page.locator("form[action='/me/reminders/pause/'] button").click()
    page.locator("form[action='/me/reminders/resume/']").wait_for()
    yield "paused", "/"
    yield "reminders-paused", "/me/reminders/"
    page.locator("form[action='/me/reminders/resume/'] button").click()
    page.goto("/me/")
    page.locator("button[name=check_ins][value=no]").click()
    page.get_by_role("heading", name="Take back").wait_for()
    yield "agreement", ""


def sent_pages(page: Page) -> Iterator[tuple[str, str]]:
    """Yield what was sent, its change, and a change that was sent from two places."""
    yield "sent", "/"
    begin(page, "/checkin/done/", "change")
    yield "correction", "/checkin/1/"
    yield "correction-send", "/checkin/send/"
    page.goto("/checkin/send/")
    other = page.context.new_page()
    other.goto("/checkin/send/")
    other.locator("button[form=send]").click()
    other.wait_for_url("**/checkin/done/")
    page.locator("[name=energy]").first.evaluate("field => { field.value = field.value === '7' ? '6' : '7'; }")
    page.locator("button[form=send]").click()
    page.locator("table.values").wait_for()
    yield "two-versions", ""


def visitor_pages(page: Page, mails: Path) -> Iterator[tuple[str, str]]:
    """Yield the ways in, the links from mails, and the first questionnaire that one of the links leads to."""
    wait_for(page, lambda: next(iter(links_in(mails, LINK)), ""))
    links = links_in(mails, LINK)
    yield "sign-in", "/accounts/login/"
    yield "sign-in-code", "/accounts/login/code/"
    yield "invitation", links_in(mails, INVITATION)[0]
    yield "invitation-closed", "/join/closed/"
    yield "link-closed", "/c/closed/"
    yield "link", links[0]
    for link in links:
        begin(page, link, "full")
        for url in steps(page):
            if page.locator("h1[lang]").count():
                yield "questionnaire", url
                return


def clinician_pages(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the caseload and the pages of one person."""
    yield "caseload", "/caseload/"
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
    yield "summary", f"{person}summary/"
    yield "summary-patient", f"{person}summary/?for=patient"
    yield "context", f"{person}context/"
    yield "accounts", "/clinic/accounts/"
    yield "account", f"{person}account/"


def coordinator_pages(_page: Page) -> Iterator[tuple[str, str]]:
    """Yield what a coordinator looks at."""
    yield "alerts", "/alerts/"
    yield "outcomes", "/clinic/outcomes/"


def admin_pages(_page: Page) -> Iterator[tuple[str, str]]:
    """Yield what a clinic admin sets."""
    yield "interactions", "/clinic/interactions/"
    yield "rules", "/clinic/rules/"


DESK = {1440: 900, 390: 844}
PHONES = {390: 720, 320: 720}
USUAL = {(1440, "light"), (390, "light")}
# What a second picture of a page shows that the first does not: the bar of a phone, dark colours, the narrowest phone.
SECOND = {
    ("clinician", "trajectory", 390, "light"),
    ("clinician", "trajectory", 1440, "dark"),
    ("patient", "check-in-1", 390, "dark"),
    ("patient", "check-in-1", 320, "light"),
}


def is_kept(folder: str, name: str, width: int, scheme: str) -> bool:
    """Say whether a picture belongs into the repository, or is asked for."""
    is_usual = (width, scheme) in USUAL and (folder == "patient" or width == max(DESK))
    return "EVERY" in os.environ or is_usual or (folder, name, width, scheme) in SECOND


ALBUMS = {
    "Patient": Album(folder="patient", widths=PHONES, walk=patient_pages),
    "Clinician": Album(folder="clinician", widths=DESK, walk=clinician_pages),
    "Coordinator": Album(folder="clinician", widths=DESK, walk=coordinator_pages),
    "Clinic admin": Album(folder="clinician", widths=DESK, walk=admin_pages),
}


def take(page: Page, path: Path) -> None:
    """Make one picture of the whole page, as high as the page: a bar that sticks would stand in the middle of it."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), HIGHEST)})
    for number in range(page.locator("[data-columns]").count()):
        page.locator(".plot:has([data-columns])").nth(number).and_(page.locator(".drawn")).wait_for()
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    page.set_viewport_size(size)
    commonest = sorted(shot.getcolors(shot.width * shot.height) or [], reverse=True)[:COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for _count, colour in commonest for channel in colour])  # type: ignore[attr-defined]
    shot.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def sign_in(page: Page, person: dict[str, str]) -> None:
    """Sign in with a password, as the demo's people can."""
    page.goto("/accounts/login/")
    page.get_by_label("Email", exact=True).fill(person["email"])
    page.get_by_label("Password", exact=True).fill(person["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)


def sign_in_by_code(page: Page, email: str, mails: Path) -> None:
    """Sign in with a code by mail, as patients do."""
    pattern = re.compile(CODE.format(email=re.escape(email)), re.MULTILINE)
    known = set(links_in(mails, pattern))
    page.goto("/accounts/login/code/")
    page.locator("main input[type=email]").fill(email)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/confirm/")
    code = wait_for(page, lambda: next((code for code in links_in(mails, pattern) if code not in known), ""))
    page.locator("input[name=code]").fill(code)
    page.locator("main form button.primary").first.click()
    page.wait_for_url(lambda url: "login" not in url)


def wait_for(page: Page, look: Callable[[], str]) -> str:
    """Look for what the worker sends until it is there.

    Raises:
        TimeoutError: it did not come.
    """
    for _ in range(MAIL_TURNS):
        if found := look():
            return found
        page.wait_for_timeout(MAIL_TURN)
    raise TimeoutError


def links_in(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    """Return the links of one kind in the mails of a folder, the newest mail first."""
    mails = sorted(folder.glob("*.log"), reverse=True)
    return [link for mail in mails for link in pattern.findall(mail.read_text(encoding="utf-8"))]


def invite(browser: Browser, address: str, clinician: dict[str, str], mails: Path) -> None:
    """Add a patient to the demo clinic and wait for the invitation: everyone else there has an account."""
    page = browser.new_page(base_url=address)
    sign_in(page, clinician)
    page.goto("/p/new/")
    page.get_by_label("Name", exact=True).fill("Nora Novak")
    page.locator("input[type=email]").fill("invited@northgate.example")
    page.locator("main form button.primary").click()
    wait_for(page, lambda: next(iter(links_in(mails, INVITATION)), ""))
    page.close()


def fill(album: Album, browser: Browser, address: str, enter: Callable[[Page], None] | None = None) -> None:
    """Take all pictures of one role, or of someone who does not sign in."""
    folder = FOLDER / album.folder
    folder.mkdir(parents=True, exist_ok=True)
    # Entered once: codes by mail are few.
    entered = None
    for width, height in album.widths.items():
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            locale="en-GB",
            reduced_motion="reduce",
            service_workers="block",
            storage_state=entered,
        )
        page = context.new_page()
        if enter is not None and entered is None:
            enter(page)
            entered = context.storage_state()
        for name, url in album.walk(page):
            for scheme in SCHEMES:
                if not is_kept(album.folder, name, width, scheme):
                    continue
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                if url:
                    page.goto(url)
                page.locator("h1").first.wait_for()
                take(page, folder / f"{name}-{width}-{scheme}.png")
        context.close()


def main(address: str, sign_ins: str, only: str = "") -> None:
    """Make every picture anew, or those of one role."""
    people = json.loads(Path(sign_ins).read_text(encoding="utf-8"))["sign_ins"]
    mails, address = Path(sign_ins).parent / "mail", address.rstrip("/")
    visitor = Album(folder="patient", widths=PHONES, walk=lambda page: visitor_pages(page, mails))
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role, album in ALBUMS.items():
            if only in {"", role}:
                person = next(person for person in people if person["role"] == role)
                fill(album, browser, address, partial(sign_in, person=person))
        if only in {"", "Others"}:
            for email, walk in ((MISSED, missed_pages), (SENT, sent_pages)):
                album = Album(folder="patient", widths=PHONES, walk=walk)
                fill(album, browser, address, partial(sign_in_by_code, email=email, mails=mails))
        if only in {"", "Visitor"}:
            if not links_in(mails, INVITATION):
                clinician = next(person for person in people if person["role"] == "Clinician")
                invite(browser, address, clinician, mails)
            fill(visitor, browser, address)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
