"""Plotly for pages and files, loaded with the first figure that is made; what a figure shows is its maker's business.

A process that never makes one pays nothing; the first one costs a tenth of a second and 15 MB (decision 151). Figures
come out as plain values. Colours of pages are names of the stylesheet, which `charts.js` looks up.
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

Json = dict[str, Any]

#: What every figure of ours looks like; the maker adds to it.
PLAIN: Json = {
    # Without this name Plotly packs 7 kB of its own looks into each figure.
    "template": "none",
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "dragmode": False,
    # Axis labels such as "11-12" are names, never dates or numbers.
    "autotypenumbers": "strict",
}


@cache
def _library(name: str) -> ModuleType:
    return import_module(name)


def scatter(**properties: Any) -> Any:
    """Return a row of points or a line; Plotly refuses what it does not know."""
    return _library("plotly.graph_objects").Scatter(**properties)


def figure(rows: Sequence[Any], layout: Json) -> Json:
    """Return a figure as plain values, ready for Plotly in the browser."""
    made = _library("plotly.graph_objects").Figure(data=list(rows), layout={**PLAIN, **layout})
    plain: Json = made.to_plotly_json()
    # A name of the library's; it stands for nothing that the browser knows.
    plain["layout"].pop("template", None)
    return plain


def stacked(panels: Sequence[Sequence[Any]], titles: Sequence[str], layout: Json) -> Json:
    """Return panels one above the other on one horizontal axis, as plain values.

    Args:
        panels: the rows of each panel, top first.
        titles: one for each panel.
        layout: what is added to the looks of all.
    """
    made = _library("plotly.subplots").make_subplots(
        rows=len(panels), cols=1, shared_xaxes=True, subplot_titles=list(titles), vertical_spacing=0.3 / len(panels)
    )
    for number, rows in enumerate(panels, start=1):
        made.add_traces(list(rows), rows=number, cols=1)
    made.update_layout({**PLAIN, **layout})
    plain: Json = made.to_plotly_json()
    plain["layout"].pop("template", None)
    return plain
