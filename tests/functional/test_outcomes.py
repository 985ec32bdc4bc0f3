"""The outcomes page in a real browser: its figures are drawn over their tables, under the strict policy."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction

from patients.tenancy import clinic_context
from tests.conftest import World
from tests.functional.conftest import DESK, PHONE, Opener
from tests.monitoring.outcomes.scored import make_scores


@pytest.fixture
def clinic_with_outcomes(committed: World) -> World:
    with transaction.atomic(), clinic_context(clinic_id=committed.clinic.pk, user_id=committed.chris.pk):
        for month, well, worse in ((3, 12, 8), (4, 10, 6), (5, 9, 7)):
            make_scores(committed, people=well, first=20, last=3, started=date(2026, month, 2), prefix=f"Well {month}")
            make_scores(
                committed, people=worse, first=10, last=19, started=date(2026, month, 9), prefix=f"Worse {month}"
            )
    return committed


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_outcomes_are_drawn_over_their_tables(
    clinic_with_outcomes: World, open_page: Opener, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(signed_in=clinic_with_outcomes.cora, viewport=viewport, color_scheme=scheme)

    page.goto("/clinic/outcomes/")
    page.locator(".outcome-figure.drawn").nth(1).wait_for()

    names = page.locator("[data-figure=figure-starts] .legendtext").all_text_contents()
    assert names == ["Reliably better", "Response", "Remission", "Reliably worse"]
    assert page.locator("[data-figure=figure-starts] .xtick").all_text_contents() == [
        "March 2026", "April 2026", "May 2026",
    ]  # fmt: skip
    assert page.locator("[data-figure=figure-response] .xtick").all_text_contents() == ["4", "8", "12"]
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).violations_count == 0


def test_the_legend_needs_no_pressing_and_each_drawn_number_stands_in_the_table(
    clinic_with_outcomes: World, open_page: Opener
) -> None:
    page = open_page(signed_in=clinic_with_outcomes.cora)
    page.goto("/clinic/outcomes/")
    page.locator(".outcome-figure.drawn").nth(1).wait_for()
    figure = page.locator("[data-figure=figure-starts]")

    figure.locator(".legendtext").last.click(force=True)
    page.wait_for_timeout(500)

    data = figure.evaluate("it => it.data.map(row => [row.name, row.x, row.y, row.visible ?? true])")
    assert [visible for *_rest, visible in data] == [True] * 4
    for name, months, shares, _visible in data:
        for month, share in zip(months, shares, strict=True):
            line = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=month))
            column = line.locator(f'[data-label="{name}"]')
            assert share is None or f"{round(share)}%" in column.text_content()


def test_without_scripts_there_are_the_tables_and_no_empty_picture(
    clinic_with_outcomes: World, open_page: Opener
) -> None:
    page = open_page(signed_in=clinic_with_outcomes.cora, java_script_enabled=False)

    page.goto("/clinic/outcomes/")

    assert page.get_by_role("cell", name="60%").first.is_visible()
    assert page.get_by_role("img", name="A chart of the table below").count() == 0
