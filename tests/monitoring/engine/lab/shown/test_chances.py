"""The printed percentage is the share that comes true when an alarm opens."""

import json

import pytest

from monitoring.engine.filter.shown import FILE
from monitoring.engine.lab.people.simulate import simulate
from monitoring.engine.lab.shown import chances


@pytest.mark.long
def test_the_named_rating_is_as_often_worse_as_is_printed_of_it_at_first_alarms() -> None:
    found = chances.calibration(chances.several(simulate, 500, 5101), is_single=False)

    # Three standard errors of a share of these alarms.
    assert abs(found["shown"] - found["true"]) <= 3 * 0.5 / found["alarms"] ** 0.5
    # What was printed until engine 1.4 was the chance of any rating.
    assert found["until_1_4"] - found["true"] > 0.05


def test_one_scale_is_as_often_worse_as_is_printed_of_it_at_first_alarms() -> None:
    found = chances.calibration(chances.single(simulate, 2000, 5201), is_single=True)

    assert abs(found["shown"] - found["true"]) <= 0.04
    assert found["true"] == found["any_true"]


def test_the_command_fits_lines_like_those_that_are_stored() -> None:
    stored, fitted = json.loads(FILE.read_text()), chances.calibrated(300)

    assert fitted["command"] == stored["command"]
    for name, line in stored["lines"].items():
        again = fitted["lines"][name]
        for chance in (-1.0, 1.0):
            assert again["offset"] + chance * again["slope"] == pytest.approx(
                line["offset"] + chance * line["slope"], abs=0.5
            )
