"""The tables beside the charts: every answer and every gap."""

from monitoring.course.pictures import Bar, Cut, Lane
from monitoring.course.tables import course_tables
from tests.monitoring.course.drawing.panels import FULL, START, make_course, make_panel


def test_the_tables_hold_every_answer_and_every_gap() -> None:
    lane = Lane(name="Medicine", bars=(Bar(start=START, end=None, label="Sertraline 50 mg"),))
    instrument = make_panel([19, 8], key="PHQ-9", name="PHQ-9", maximum=27, cuts=(Cut(value=5, label="mild"),))

    ratings, scores, tried = course_tables(make_course(FULL, instrument, lanes=(lane,)))

    assert [row[1].value for row in ratings.rows if row[1].value] == [
        "2",
        "2",
        "3",
        "5",
        "5",
        "6",
        "5",
        "4",
        "5",
        "6",
        "5",
    ]
    assert [row[1].detail for row in ratings.rows].count("no check-in") == 1
    assert [(row[1].value, row[2].value) for row in scores.rows] == [("8", "mild"), ("19", "mild")]
    assert tried.rows[0][3].value == "ongoing"
