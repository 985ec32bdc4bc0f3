"""Figures of outcomes show the protected numbers of their tables, and no number that the table hides."""

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.outcomes import curves, outcome_figures, results
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.outcomes.scored import make_scores, watched


def test_a_figure_shows_the_shares_of_its_table_with_their_intervals(north: World) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=8, first=10, last=19, started=date(2026, 3, 9), prefix="Worse")
    make_scores(north, people=10, first=20, last=4, started=date(2026, 4, 6), prefix="April")
    found = results.load_results(instrument="PHQ-9", by=north.cora, at=NOW)

    starts = outcome_figures.figures_of(found).starts

    assert starts is not None
    worse = next(row for row in starts["data"] if row["name"] == "Reliably worse")
    share = found.starts[1].cells[5].share
    assert (worse["x"], worse["y"]) == (["March 2026", "April 2026"], [40.0, 0.0])
    assert [row["name"] for row in starts["data"]] == ["Reliably better", "Response", "Remission", "Reliably worse"]
    assert worse["error_y"]["array"][0] == pytest.approx(100 * share.high - 40, abs=0.06)
    assert worse["text"][0] == f"Reliably worse: 40 %, interval {100 * share.low:.0f} to {100 * share.high:.0f} %"
    assert json.loads(json.dumps(starts)) == starts


def test_what_the_table_hides_is_a_gap_or_missing() -> None:
    hidden_week = curves.curve("Both", watched(2, 2, *[7] * 6, *[-20] * 12), (1, 4, 8))
    hidden_group = curves.curve("Few", watched(2, -9), (1, 4, 8))

    drawn = outcome_figures._curves([hidden_week, hidden_group], outcome_figures._free, "weeks")

    assert drawn is not None
    [row] = drawn["data"]
    assert (row["name"], row["x"], row["y"]) == ("Both", [1, 4, 8], [100.0, None, 60.0])
    assert outcome_figures._curves([hidden_group], outcome_figures._free, "weeks") is None


def test_the_page_brings_its_figures_over_their_tables(north: World, client: Client) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    client.force_login(north.cora)

    page = client.get(reverse("clinic_outcomes")).content.decode()

    assert page.index('data-figure="figure-starts"') < page.index("<table")
    assert '<script id="figure-starts" type="application/json">' in page


def test_nothing_of_a_figure_is_switched_with_a_mouse_alone(north: World) -> None:
    make_scores(north, people=12, first=20, last=3, started=date(2026, 3, 2), prefix="Well")
    make_scores(north, people=12, first=20, last=19, started=date(2026, 3, 2), prefix="Not")
    found = outcome_figures.figures_of(results.load_results(instrument="PHQ-9", by=north.cora, at=NOW))

    for figure in (found.starts, found.response):
        assert figure is not None
        assert (figure["layout"]["legend"]["itemclick"], figure["layout"]["legend"]["itemdoubleclick"]) == (
            False,
            False,
        )
        assert all(row.get("visible", True) is True for row in figure["data"])


def test_a_share_without_an_interval_is_drawn_and_told_without_one() -> None:
    over = curves.curve("All", watched(*[2] * 6, *[3] * 8), (4,))

    drawn = outcome_figures._curves([over], outcome_figures._happened, "weeks")

    assert drawn is not None
    [row] = drawn["data"]
    assert (row["y"], row["error_y"]["array"], row["text"]) == ([100.0], [None], ["All: 100 %"])
