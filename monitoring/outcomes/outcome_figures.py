"""Outcomes as figures over their tables: the same protected numbers and no other. Nothing is counted here.

A curve is drawn at the weeks of its table only: every step of it would show when something happened to one person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from monitoring.outcomes.curves import Curve, CurvePoint
from monitoring.outcomes.results import COLUMN_NAMES, Results
from monitoring.words import figures
from monitoring.words.figures import Json

#: What stands in the figure at once; the others are one press in the legend away.
SHOWN_AT_FIRST = frozenset({"improved", "remission", "worse"})

#: Colour of the stylesheet and mark of each row: told apart without colour too.
LOOKS = (
    ("var(--better-mark)", "circle"),
    ("var(--asked-mark)", "square"),
    ("var(--brand)", "diamond"),
    ("var(--ink-2)", "triangle-up"),
    ("var(--worse-mark)", "x"),
    ("var(--watch-mark)", "circle-open"),
)


@dataclass(frozen=True, slots=True)
class Point:
    """A share with its interval, each between 0 and 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the page; None where there is nothing to draw."""

    starts: Json | None
    response: Json | None
    relapse: Json | None


def figures_of(results: Results) -> Figures:
    """Return the figures of one instrument's results."""
    return Figures(
        starts=_starts(results),
        response=_curves([results.response], _happened),
        relapse=_curves(results.relapse, _free),
    )


def _starts(results: Results) -> Json | None:
    """Return each outcome by the time of the first score, oldest first; a hidden cell is a gap."""
    lines = [line for line in reversed(results.starts) if line.people is not None]
    rows = []
    for number, (name, title) in enumerate(COLUMN_NAMES.items()):
        shares = [line.cells[number].share for line in lines]
        points = [None if one is None else Point(one.count / one.of, one.low, one.high) for one in shares]
        if any(points):
            is_shown = True if name in SHOWN_AT_FIRST else "legendonly"
            rows.append(_row(str(title), [line.name for line in lines], points, number, visible=is_shown))
    # On a phone the six names of the legend stand one below the other.
    return _figure(rows, {"type": "category"}, height=360)


def _curves(curves: Sequence[Curve], read: Callable[[CurvePoint], Point | None]) -> Json | None:
    """Return curves at the weeks of their table; a hidden group is left out, a hidden week is a gap."""
    shown = [curve for curve in curves if any(read(reading) for reading in curve.at)]
    rows = [
        _row(curve.name, [reading.week for reading in curve.at], [read(reading) for reading in curve.at], number)
        for number, curve in enumerate(shown)
    ]
    weeks = sorted({reading.week for curve in shown for reading in curve.at})
    return _figure(rows, {"title": {"text": _("weeks")}, "tickvals": weeks, "rangemode": "tozero"}, height=280)


def _happened(reading: CurvePoint) -> Point | None:
    step = reading.step
    return None if step is None else Point(step.happened, step.happened_low, step.happened_high)


def _free(reading: CurvePoint) -> Point | None:
    step = reading.step
    return None if step is None else Point(step.free, step.low, step.high)


def _row(name: str, places: Sequence[Any], points: Sequence[Point | None], number: int, **more: Any) -> Any:
    """Return one outcome or group: its shares in per cent, with their intervals."""
    color, symbol = LOOKS[number % len(LOOKS)]
    return figures.scatter(
        name=name,
        x=list(places),
        y=[point and round(100 * point.share, 1) for point in points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [point and round(100 * (point.high - point.share), 1) for point in points],
            "arrayminus": [point and round(100 * (point.share - point.low), 1) for point in points],
            "color": color,
            "thickness": 1,
            "width": 3,
        },
        text=[point and _words(name, point) for point in points],
        hoverinfo="text",
        mode="lines+markers",
        line={"color": color, "width": 1, "dash": "dot"},
        marker={"color": color, "symbol": symbol, "size": 8},
        **more,
    )


def _words(name: str, point: Point) -> str:
    """Return what is read on a point; a name of ours holds no markup."""
    numbers = {"share": round(100 * point.share), "low": round(100 * point.low), "high": round(100 * point.high)}
    return f"{name}: " + _("%(share)s %%, interval %(low)s to %(high)s %%") % numbers


def _figure(rows: Sequence[Any], across: Json, *, height: int) -> Json | None:
    if not rows:
        return None
    axis = {"fixedrange": True, "gridcolor": "var(--line)", "linecolor": "var(--line-2)", "zeroline": False}
    layout = {
        "height": height,
        "margin": {"l": 44, "r": 12, "t": 8, "b": 44},
        "font": {"family": "inherit", "size": 12, "color": "var(--ink-2)"},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "var(--surface)", "bordercolor": "var(--control)", "font": {"color": "var(--ink)"}},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "showlegend": True,
        "xaxis": {**axis, **across, "automargin": True},
        "yaxis": {**axis, "range": [0, 100], "ticksuffix": " %", "dtick": 25},
    }
    return figures.figure(rows, layout)
