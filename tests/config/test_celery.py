"""The timetable of periodic jobs: each one exists, and none is done twice because it waited."""

import pytest
from celery.schedules import crontab

from config.celery import app

TIMETABLE = app.conf.beat_schedule


@pytest.mark.parametrize("name", TIMETABLE)
def test_every_job_of_the_timetable_is_a_task(name: str) -> None:
    app.loader.import_default_modules()

    assert TIMETABLE[name]["task"] in app.tasks


def test_a_sweep_that_waited_for_its_successor_is_dropped() -> None:
    sweep = TIMETABLE["sweep"]

    assert sweep["schedule"] == 60
    assert 0 < sweep["options"]["expires"] < sweep["schedule"]


def test_the_work_of_the_night_is_done_one_after_the_other_in_the_small_hours() -> None:
    compare, measure = (TIMETABLE[name]["schedule"] for name in ("compare", "measure"))

    assert all(isinstance(each, crontab) for each in (compare, measure))
    assert (compare.hour, compare.minute, measure.hour, measure.minute) == ({2}, {30}, {3}, {30})
