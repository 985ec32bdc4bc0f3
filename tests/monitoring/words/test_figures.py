"""Plotly is loaded in one place, and figures come out as plain values without looks of the library's own."""

import json
import re
from pathlib import Path

import pytest

from monitoring.words import figures

ROOT = Path(__file__).parents[3]


def test_plotly_is_asked_for_in_one_module() -> None:
    """The import contract sees import statements; this sees a name that is imported as text."""
    named = re.compile(r"[\"']plotly\.")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "monitoring").rglob("*.py")
        if named.search(path.read_text())
    }

    assert found == {"monitoring/words/figures.py"}


def test_a_figure_is_small_and_plain() -> None:
    row = figures.scatter(x=["11-12"], y=[1.5], line={"color": "var(--dot)"})

    made = figures.figure([row], {"height": 90})

    assert json.loads(json.dumps(made)) == made
    assert "template" not in made["layout"]
    assert made["layout"]["height"] == 90
    assert made["data"] == [{"type": "scatter", "x": ["11-12"], "y": [1.5], "line": {"color": "var(--dot)"}}]


def test_panels_share_one_axis_and_have_their_titles() -> None:
    panels = [[figures.scatter(x=[1], y=[2])], [figures.scatter(x=[3], y=[4])]]

    made = figures.stacked(panels, ["Sleep", "Mood"], {})

    assert [title["text"] for title in made["layout"]["annotations"]] == ["Sleep", "Mood"]
    assert [row["yaxis"] for row in made["data"]] == ["y", "y2"]
    assert made["layout"]["xaxis"]["matches"] == "x2"


def test_what_plotly_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid property"):
        figures.scatter(x=[1], y=[2], colour="red")
