"""Sparklines: one line of a row, with its signal or its silence at the end."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.lists(st.none() | st.floats(0, 10), min_size=1, max_size=12))
def test_every_line_stays_within_its_cell(values: list[float | None]) -> None:
    svg = sparklines.spark_svg(Spark(values=tuple(values)))

    for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", svg):
        assert 0 <= float(x) <= sparklines.SPARK_WIDTH
        assert 0 <= float(y) <= sparklines.SPARK_HEIGHT


def test_higher_is_drawn_higher_and_the_newest_stands_right() -> None:
    [low, high] = re.findall(r"[ML]([\d.]+) ([\d.]+)", sparklines.spark_svg(Spark(values=(0.0, 10.0))))

    assert float(high[1]) < float(low[1])
    assert (float(low[0]), float(high[0])) == (sparklines.MARGIN, sparklines.SPARK_WIDTH - sparklines.MARGIN)


def test_without_any_answer_there_is_neither_line_nor_dot() -> None:
    assert classes(sparklines.spark_svg(Spark(values=(None, None)))) == ["chart"]


def test_a_rating_of_which_nothing_is_found_ends_in_a_plain_dot() -> None:
    assert classes(sparklines.spark_svg(Spark(values=(5.0, 6.0)))) == ["chart", "spark-line", "dot"]


def test_names_of_cells_are_text() -> None:
    cells = sparklines.spark_cells([('<b>"Sleep"</b>', Spark(values=(5.0,)))])

    assert 'data-label="&lt;b&gt;&quot;Sleep&quot;&lt;/b&gt;"' in cells
    assert "<b>" not in cells
