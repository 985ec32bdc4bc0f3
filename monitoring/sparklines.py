"""The last weeks of one rating, small enough for a table cell."""

from django.utils.safestring import SafeString

from monitoring.drawings import finished, stroke
from monitoring.trajectories import Spark

SPARK_WIDTH, SPARK_HEIGHT = 88, 44


def spark_svg(spark: Spark) -> SafeString:
    """Draw the last weeks of one rating for a table cell; only the last dot may carry a signal."""
    shapes = []
    if spark.usual is not None:
        low, high = spark.usual
        top = _spark_y(high)
        height = max(_spark_y(low) - top, 1)
        shapes.append(f'<rect class="c-usual" y="{top:g}" width="{SPARK_WIDTH}" height="{height:g}" rx="1.5"/>')
    shapes.extend(f'<path class="spark-line" d="{path}"/>' for path in _spark_paths(spark))
    shapes.append(_spark_end(spark))
    view = f'viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}"'
    return finished(f'<svg class="ch" {view} aria-hidden="true">{"".join(shapes)}</svg>')


def _spark_x(index: int, count: int) -> float:
    return round(5 + (SPARK_WIDTH - 10) * index / max(count - 1, 1), 1)


def _spark_y(value: float) -> float:
    """Return the place of a rating; the scale is always 0 to 10."""
    return round(41 - 3.8 * value, 1)


def _spark_paths(spark: Spark) -> list[str]:
    paths, points = [], list[tuple[float, float]]()
    for index, value in enumerate([*spark.values, None]):
        if value is not None:
            points.append((_spark_x(index, len(spark.values)), _spark_y(value)))
        elif points:
            paths.append(stroke(points))
            points = []
    return paths


def _spark_end(spark: Spark) -> str:
    """Draw the last answer, with its signal if there is one; a cross if the last check-in is missing."""
    count = len(spark.values)
    given = [index for index, value in enumerate(spark.values) if value is not None]
    if not given:
        return ""
    value = spark.values[given[-1]]
    x, y = _spark_x(given[-1], count), _spark_y(value or 0)
    if spark.is_silent:
        cross = _spark_x(count - 1, count)
        return f'<path class="c-miss" d="M{cross - 3:g} {y - 3:g}l6 6m0-6l-6 6"/>'
    if spark.state is None:
        return f'<circle class="c-dot" cx="{x:g}" cy="{y:g}" r="2.4"/>'
    place = f'x="{x - 4.5:g}" y="{y - 4.5:g}" width="9" height="9"'
    return f'<use class="m-{spark.state.shape}" href="#g-{spark.state.shape}" {place}/>'
