"""Every page, printed by Firefox: its text is on the paper, and no sheet is empty."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.engines.conftest import Site
from tests.functional.engines.drivers import Firefox
from tests.functional.test_every_page import LOOKERS, pages
from tests.furnished import Furnished

# What stands in the margin of every sheet.
MARGIN = re.compile(r"^\s*\d+ / \d+\s*$", re.MULTILINE)
# Headings that go on paper.
HEADINGS = """return [...document.querySelectorAll("main h1, main h2")]
  .filter((one) => !one.closest(".no-print, .visually-hidden, dialog, [hidden]") && one.getClientRects().length)
  .map((one) => one.innerText);"""
# Pages that are made for one sheet of paper.
ONE_SHEET = [("clinician", "summary"), ("patient", "my_plan"), ("patient", "safety_plan")]
FIREFOX = pytest.mark.parametrize("running_engine", ["firefox"], indirect=True)


def sheets(paper: bytes, folder: Path) -> list[str]:
    """Return the text of each sheet, without the margin."""
    (folder / "paper.pdf").write_bytes(paper)
    command = ["pdftotext", "-layout", str(folder / "paper.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [" ".join(MARGIN.sub("", sheet).split()) for sheet in text.split("\f")[:-1]]


def unspaced(text: str) -> str:
    """Return a text as it can be compared with one that was broken and hyphenated by a printer."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text).casefold()


@pytest.fixture
def printer(site: Site) -> Iterator[Firefox]:
    """Return Firefox with the machine's fonts: of a variable font it prints shapes, not letters. No worker stands between."""
    assert isinstance(site.engine, Firefox)
    switches = ("gfx.downloadable_fonts.enabled", "dom.serviceWorkers.enabled")
    for name in switches:
        site.engine.prefer(name, False)
    yield site.engine
    for name in switches:
        site.engine.prefer(name, True)


@FIREFOX
@pytest.mark.parametrize("looker", [None, *LOOKERS])
def test_every_printed_page_holds_its_text_and_no_empty_sheet(
    site: Site, printer: Firefox, furnished: Furnished, tmp_path: Path, looker: str | None
) -> None:
    site.sign_in(furnished.people[looker] if looker else None)
    problems, printed = [], 0

    for address in pages(furnished, looker):
        site.visit(address.url)
        headings = printer.run(HEADINGS)
        found = sheets(printer.paper(), tmp_path)
        text = unspaced("".join(found))
        printed += 1
        problems += [f"{address.url}: no {one!r} on the paper" for one in headings if unspaced(one) not in text]
        problems += [
            f"{address.url}: sheet {at} of {len(found)} is empty" for at, one in enumerate(found, 1) if not one
        ]

    assert problems == [], "\n".join(problems)
    assert printed > 5


@FIREFOX
@pytest.mark.parametrize(("looker", "route"), ONE_SHEET)
def test_what_is_made_for_one_sheet_is_printed_on_one(
    site: Site, furnished: Furnished, tmp_path: Path, looker: str, route: str
) -> None:
    assert isinstance(site.engine, Firefox)
    site.sign_in(furnished.people[looker])
    wanted = [address.url for address in pages(furnished, looker) if address.name == route]

    for url in wanted:
        site.visit(url)
        assert len(sheets(site.engine.paper(), tmp_path)) == 1, url
    assert wanted
