"""The benchmark's figure, made with Plotly: as a picture for the documentation, or as a page to move about in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from monitoring.engine.lab.libraries import load

#: Pixels of the picture: it stands beside text.
SIDE = 420

#: What a figure is written as.
KINDS = (".svg", ".html")

#: Told apart by shape as well as by colour.
_LOOKS = {"World A": ("#00737a", "circle"), "second generator": ("#8a4b00", "square-open")}


def reliability(results: Mapping[str, Any]) -> go.Figure:
    """Return the chance that is shown against the share that came true; the diagonal is perfect.

    Args:
        results: of the whole benchmark; uses the calibration in both worlds.
    """
    diagonal = go.Scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": "gray", "dash": "dash"}, name="perfect", hoverinfo="skip"
    )
    curves = [
        _curve(name, results[section])
        for name, section in (("World A", "calibration"), ("second generator", "calibration_other"))
    ]
    axis = {"range": [0, 1], "dtick": 0.2, "tickformat": ".0%", "linecolor": "black", "gridcolor": "#dddddd"}
    layout = {
        "template": "none",
        "title": {"text": "Chance shown against share observed", "font": {"size": 14}},
        "width": SIDE,
        "height": SIDE,
        "margin": {"l": 60, "r": 20, "t": 40, "b": 50},
        "legend": {"x": 0.03, "y": 0.97},
        "xaxis": {**axis, "title": {"text": "chance shown"}},
        "yaxis": {**axis, "title": {"text": "share observed"}},
    }
    return go.Figure(data=[diagonal, *curves], layout=layout)


def _curve(name: str, calibration: Mapping[str, Any]) -> go.Scatter:
    color, symbol = _LOOKS[name]
    return go.Scatter(
        x=calibration["predicted"],
        y=calibration["observed"],
        name=name,
        mode="lines+markers",
        line={"color": color, "width": 2},
        marker={"symbol": symbol, "size": 8},
        hovertemplate="shown %{x:.1%}, observed %{y:.1%}",
    )


def write(figure: go.Figure, path: Path) -> None:
    """Write a figure.

    Args:
        figure: of Plotly.
        path: ends in .svg (needs Chromium) or in .html (needs nothing, also to be looked at: about 5 MB).

    Raises:
        RuntimeError: no browser was found, or it failed.
    """
    if path.suffix == ".html":
        figure.write_html(path, include_plotlyjs=True)
    else:
        # Without this the browser would ask a server for a library that sets formulas.
        load("kaleido").write_fig_sync(figure, path=str(path), kopts={"mathjax": False})
