"""The last weeks of each rating, small enough for table cells."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import inf

from django.utils.html import escape
from django.utils.safestring import SafeString

from monitoring.course.drawing.strokes import finished
from monitoring.course.pictures import NEIGHBOURS_WITHIN, Spark

SPARK_WIDTH, SPARK_HEIGHT = 88, 44
# Room at either end for the mark of the last answer.
MARGIN = 5
OPENING = f'<svg class="chart" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" aria-hidden="true">'


def spark_cells(sparks: Iterable[tuple[str, Spark]]) -> SafeString:
    """Draw the named sparklines of one person as cells of a table: a page has some hundred."""
    cells = (f'<td class="spark" data-label="{escape(name)}">{spark_svg(spark)}</td>' for name, spark in sparks)
    return finished("".join(cells))


def spark_svg(spark: Spark) -> SafeString:
    """Draw the last weeks of one rating for a table cell; only the last dot may carry a signal."""
    shapes = [OPENING]
    if spark.usual is not None:
        low, high = spark.usual
        top = _spark_y(high)
        height = max(_spark_y(low) - top, 1)
        shapes.append(f'<rect class="chart-usual" y="{top:g}" width="{SPARK_WIDTH}" height="{height:g}" rx="1.5"/>')
    places = _places(len(spark.values))
    shapes.extend(f'<path class="spark-line" d="{path}"/>' for path in _spark_paths(spark, places))
    shapes.append(_spark_end(spark, places))
    return finished("".join(shapes) + "</svg>")


@lru_cache
def _places(count: int) -> tuple[float, ...]:
    """Return how far across each week lies."""
    step = (SPARK_WIDTH - 2 * MARGIN) / max(count - 1, 1)
    return tuple(round(MARGIN + step * index, 1) for index in range(count))


@lru_cache(maxsize=512)
def _spark_y(value: float) -> float:
    """Return how far down a rating lies; the scale is always 0 to 10."""
    return round(41 - 3.8 * value, 1)


@lru_cache(maxsize=512)
def _point(across: float, value: float) -> str:
    """Return where a rating lies; a page has thousands of them in a hundred places."""
    return f"{across:g} {_spark_y(value):g}"


def _spark_paths(spark: Spark, places: Sequence[float]) -> list[str]:
    """Return the line, broken where an answer is missing."""
    runs: list[list[str]] = []
    longest, last = NEIGHBOURS_WITHIN * spark.rhythm, -inf
    for week, value in enumerate(spark.values):
        if value is not None:
            if week - last > longest:
                runs.append([])
            runs[-1].append(_point(places[week], value))
            last = week
    return ["M" + "L".join(run) for run in runs]


def _spark_end(spark: Spark, places: Sequence[float]) -> str:
    """Draw the last answer, with its signal if there is one; a cross if the last check-in is missing."""
    last = next((index for index in reversed(range(len(places))) if spark.values[index] is not None), None)
    if last is None:
        return ""
    x, y = places[last], _spark_y(spark.values[last] or 0)
    if spark.is_silent:
        return f'<path class="chart-missed" d="M{places[-1] - 3:g} {y - 3:g}l6 6m0-6l-6 6"/>'
    if spark.state is None:
        return f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="2.4"/>'
    place = f'x="{x - 4.5:g}" y="{y - 4.5:g}" width="9" height="9"'
    return f'<use class="mark-{spark.state.shape}" href="#g-{spark.state.shape}" {place}/>'
