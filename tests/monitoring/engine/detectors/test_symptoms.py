"""Symptoms of a checklist around a day."""

from monitoring.engine import DEFAULT
from monitoring.engine.detectors.symptoms import symptom_courses
from tests.monitoring.engine.detectors.medicines import with_symptoms
from tests.monitoring.engine.histories import day


def test_a_symptom_is_compared_with_its_worst_of_the_last_three_askings() -> None:
    check_ins = [with_symptoms(week, nausea=severity) for week, severity in enumerate((3, 1, 0, 2, 0, 1, 2, 2))]

    (course,) = symptom_courses(check_ins, day(4), DEFAULT)

    assert (course.before, course.askings, course.now, course.since) == (2, 3, 2, day(7))


def test_what_was_never_asked_before_is_neither_new_nor_worse() -> None:
    (course,) = symptom_courses([with_symptoms(5, tingling=3)], day(4), DEFAULT)

    assert course.before is None
    assert not course.is_worse
    assert not course.emerged(DEFAULT)
