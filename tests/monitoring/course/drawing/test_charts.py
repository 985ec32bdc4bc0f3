"""Figures and drawings: the same marks in both, gaps as gaps, whole scales, and nothing that text could break."""

import json
from dataclasses import replace

import pytest

from monitoring.course.drawing import charts, drawings
from monitoring.course.pictures import Answer, Bar, Cut, Flag, Lane, Mark, Span, split_at_gaps
from monitoring.course.tables import course_tables
from monitoring.plans.plans import monday_of
from monitoring.words.states import State
from tests.monitoring.course.drawing.panels import FULL, START, WEEK, make_course, make_panel, parse

HOSTILE = '<script>alert("x")</script> & <b>שלום</b>'


def test_the_columns_of_a_panel_have_a_place_for_each_answer() -> None:
    panel = replace(FULL, answers=(*FULL.answers[:3], replace(FULL.answers[3], is_late=True), *FULL.answers[4:]))

    columns = charts.panel_columns(panel)

    of_answers = ("on", "value", "words", "level", "low", "high", "usual_low", "usual_high")
    assert {len(columns[name]) for name in of_answers} == {11}
    assert columns["late"] == [3]
    assert columns["words"][3] == "4, entered late"
    assert columns["usual_low"] == [None] * 7 + [4] * 4
    assert json.loads(json.dumps(columns)) == columns


def test_a_missed_week_breaks_lines_and_levels_in_both_renderings() -> None:
    paths = [path.get("class") for path in parse(drawings.panel_svg(FULL, make_course(FULL))).iter()]

    assert (paths.count("chart-link"), paths.count("chart-level")) == (2, 2)
    assert charts.panel_columns(FULL)["runs"] == [4, 7]


def test_hostile_names_are_text_everywhere() -> None:
    mark = Mark(on=START, value=5, state=State.WATCH, words=HOSTILE)
    panel = replace(FULL, marks=(mark,), cuts=(Cut(value=5, label=HOSTILE),))
    lane = Lane(name=HOSTILE, bars=(Bar(start=START, end=None, label=HOSTILE),), flags=(Flag(on=START, label=HOSTILE),))
    course = make_course(panel, lanes=(lane,))

    drawn = charts.draw(course)

    pictures = [drawn.panels[0].picture, drawn.panels[0].marks, *drawn.lanes[0].rows]
    assert all("<script" not in picture and parse(picture) is not None for picture in pictures)
    assert HOSTILE not in json.dumps([drawn.panels[0].columns, drawn.axes, drawn.days])


@pytest.mark.parametrize("values", [[], [5], [5] * 600], ids=["nothing", "one answer", "600 answers"])
def test_any_number_of_answers_gives_a_picture_and_its_numbers(values: list[float | None]) -> None:
    panel = make_panel(values)
    course = make_course(panel, span=Span(start=START, end=START + max(len(values), 2) * WEEK))

    assert parse(drawings.panel_svg(panel, course)) is not None
    assert sum(charts.panel_columns(panel)["runs"]) == len(values)
    assert drawings.figure_sentence(panel)


def test_series_with_a_slower_rhythm_are_joined_and_longer_pauses_are_not() -> None:
    every_four_weeks = [Answer(on=START + 4 * WEEK * index, value=5) for index in (0, 1, 2, 5, 6)]

    assert [len(run) for run in split_at_gaps(every_four_weeks, [])] == [3, 2]


def test_a_missed_week_is_named_as_a_week_wherever_it_is_said() -> None:
    course = make_course(FULL)
    missed = monday_of(FULL.missed_on[0])
    name = f"week of {missed.day} {missed:%b}"

    (ratings,) = course_tables(course)
    heads = [row[0].value for row in ratings.rows]
    days = charts.draw(course).days

    assert name in drawings.panel_svg(FULL, course)
    assert heads.count(f"{name} {missed.year}") == 1 and len(heads) == 12
    assert [day["label"] for day in days if day.get("words") == "no check-in"] == [f"{name} {missed.year}"]


def test_a_week_that_opened_on_the_day_of_a_late_answer_is_still_missed() -> None:
    panel = make_panel([5, None, 6])
    late = Answer(on=panel.missed_on[0], value=4, is_late=True)
    panel = replace(panel, answers=(panel.answers[0], late, panel.answers[1]))

    (ratings,) = course_tables(make_course(panel))

    assert [row[1].value or row[1].detail for row in ratings.rows][1:3] == ["no check-in", "4"]
