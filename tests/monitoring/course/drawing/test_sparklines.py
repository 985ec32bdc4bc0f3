"""Sparklines: one line of a row, with its signal or its silence at the end."""

import pytest

from monitoring.course.drawing import sparklines
from monitoring.course.pictures import Spark
from monitoring.words.states import State
from tests.monitoring.course.drawing.panels import classes


def test_a_sparkline_ends_in_its_signal_or_in_a_cross_when_somebody_fell_silent() -> None:
    values = (5.0, None, 4.0, 3.0)

    worse = sparklines.spark_svg(Spark(values=values, usual=(4, 6), state=State.WORSE))
    silent = sparklines.spark_svg(Spark(values=(*values, None), is_silent=True))

    assert "#g-worse" in worse
    assert "chart-missed" in silent
    assert classes(worse).count("spark-line") == 2


@pytest.mark.parametrize(("rhythm", "lines"), [(1, 4), (2, 2), (4, 1)])
def test_a_sparkline_joins_the_answers_of_whoever_is_asked_seldom(rhythm: float, lines: int) -> None:
    values = (5.0, None, 4.0, None, 3.0, None, None, None, 2.0)

    assert classes(sparklines.spark_svg(Spark(values=values, rhythm=rhythm))).count("spark-line") == lines
