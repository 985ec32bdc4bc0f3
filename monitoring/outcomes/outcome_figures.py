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

#: What is drawn: so few that all stand in the figure at once. The others are in the table, and nothing is
#: switched. With the number of its look.
DRAWN = {"improved": 0, "response": 2, "remission": 3, "worse": 4}

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
    """A share with its interval, each between 0 and 1; no interval where none can be given."""

    share: float
    low: float | None
    high: float | None


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
        response=_curves([results.response], _happened, _("weeks since the first score")),
        relapse=_curves(results.relapse, _free, _("weeks since discharge")),
    )


def _starts(results: Results) -> Json | None:
    """Return each outcome by the time of the first score, oldest first; a hidden cell is a gap."""
    lines = [line for line in reversed(results.starts) if line.people is not None]
    rows = []
    for number, (name, title) in enumerate(COLUMN_NAMES.items()):
        shares = [line.cells[number].share for line in lines]
        points = [None if one is None else Point(one.count / one.of, one.low, one.high) for one in shares]
        if name in DRAWN and any(points):
            rows.append(_row(str(title), [line.name for line in lines], points, DRAWN[name]))
    # On a phone the names of the legend stand one below the other.
    return _figure(rows, {"type": "category"}, height=320)


def _curves(curves: Sequence[Curve], read: Callable[[CurvePoint], Point | None], across: str) -> Json | None:
    """Return curves at the weeks of their table; a hidden group is left out, a hidden week is a gap."""
    shown = [curve for curve in curves if any(read(reading) for reading in curve.at)]
    rows = [
        _row(curve.name, [reading.week for reading in curve.at], [read(reading) for reading in curve.at], number)
        for number, curve in enumerate(shown)
    ]
    weeks = sorted({reading.week for curve in shown for reading in curve.at})
    return _figure(rows, {"title": {"text": across}, "tickvals": weeks, "rangemode": "tozero"}, height=280)


def _happened(reading: CurvePoint) -> Point | None:
    step = reading.step
    return None if step is None else Point(step.happened, step.happened_low, step.happened_high)


def _free(reading: CurvePoint) -> Point | None:
    step = reading.step
    return None if step is None else Point(step.free, step.low, step.high)


def _row(name: str, places: Sequence[Any], points: Sequence[Point | None], number: int) -> Any:
    """Return one outcome or group: its shares in per cent, with their intervals."""
    color, symbol = LOOKS[number % len(LOOKS)]
    return figures.scatter(
        name=name,
        x=list(places),
        y=[point and round(100 * point.share, 1) for point in points],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [_apart(point.high, point.share) if point else None for point in points],
            "arrayminus": [_apart(point.share, point.low) if point else None for point in points],
            "color": color,
            "thickness": 1,
            "width": 3,
        },
        text=[point and _words(name, point) for point in points],
        hoverinfo="text",
        mode="lines+markers",
        line={"color": color, "width": 1, "dash": "dot"},
        marker={"color": color, "symbol": symbol, "size": 8},
    )


def _apart(high: float | None, low: float | None) -> float | None:
    """Return how far two shares are apart, in per cent; None where one of them is not known."""
    return None if high is None or low is None else round(100 * (high - low), 1)


def _words(name: str, point: Point) -> str:
    """Return what is read on a point; a name of ours holds no markup."""
    if point.low is None or point.high is None:
        return f"{name}: " + _("%(share)s %%") % {"share": round(100 * point.share)}
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
        # The legend names the marks and is not pressed: nothing can be done with a mouse alone.
        "legend": {
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "showlegend": True,
        "xaxis": {**axis, **across, "automargin": True},
        "yaxis": {**axis, "range": [0, 100], "ticksuffix": " %", "dtick": 25},
    }
    return figures.figure(rows, layout)
