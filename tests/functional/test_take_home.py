"""The page that a patient takes home, opened from a folder without any network: it draws, and asks for nothing."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction

from monitoring.take_home import files
from monitoring.take_home.files import FileKind
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.functional.conftest import PHONE, Browse, Watch

HOSTILE = "<script>document.title = 'run'</script><b>bold</b> & <3"


@pytest.fixture
def taken_home(committed: World, tmp_path: Path) -> Path:
    world = committed
    with transaction.atomic(), clinic_context(clinic_id=world.clinic.pk, user_id=world.ann.pk):
        factories.make_plan(world.episode)
        factories.make_check_in(world.episode, by=world.ann, sleep=4, note=HOSTILE)
        file = files.download(patient=world.episode.patient, kind=FileKind.PAGE, by=world.ann, at=NOW)
    page = tmp_path / file.name
    page.write_bytes(file.content)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_draws_without_a_network_and_asks_nobody(browse: Browse, taken_home: Path, scheme: str) -> None:
    page = browse(taken_home.as_uri(), viewport=PHONE, color_scheme=scheme, offline=True).new_page()

    page.goto(taken_home.as_uri())
    page.locator("#course-chart .main-svg").first.wait_for()

    assert page.title() == "My data"
    assert page.locator("#course-chart .annotation-text").first.text_content() == "Sleep (higher is better)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).violations_count == 0


def test_without_scripts_the_table_says_the_same(browse: Browse, taken_home: Path) -> None:
    page = browse(taken_home.as_uri(), java_script_enabled=False).new_page()

    page.goto(taken_home.as_uri())
    page.get_by_text("The same numbers as a table").click()

    assert page.locator("#course-chart").is_hidden()
    assert page.locator("table tbody td").first.text_content() == "4"


def test_no_script_but_the_packed_ones_may_run(browse: Browse, watch: Watch, taken_home: Path) -> None:
    """Should a word ever get into the page as markup, the page's own policy stops it."""
    changed = taken_home.with_name("changed.html")
    changed.write_text(taken_home.read_text().replace("</h1>", "</h1><script>document.title = 'run'</script>", 1))
    page = browse(changed.as_uri()).new_page()

    page.goto(changed.as_uri())
    page.locator("#course-chart .main-svg").first.wait_for()

    assert page.title() == "My data"
    assert len(watch.complaints) == 1
    assert "violates the following Content Security Policy" in watch.complaints.pop()
