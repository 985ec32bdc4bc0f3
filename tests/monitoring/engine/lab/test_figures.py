"""The benchmark's figure: its numbers, as a page, and as a picture where there is a browser."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring.engine.lab import figures

RESULTS = {
    "calibration": {"predicted": [0.1, 0.6], "observed": [0.12, 0.55]},
    "calibration_other": {"predicted": [0.2, 0.7], "observed": [0.25, 0.8]},
}


def test_both_worlds_stand_against_the_diagonal() -> None:
    diagonal, first, second = figures.reliability(RESULTS).data

    assert (diagonal.x, diagonal.y) == ((0, 1), (0, 1))
    assert (first.name, first.x, first.y) == ("World A", (0.1, 0.6), (0.12, 0.55))
    assert (second.name, second.x, second.y) == ("second generator", (0.2, 0.7), (0.25, 0.8))
    assert first.marker.symbol != second.marker.symbol


@pytest.mark.browser
def test_a_picture_is_drawn_by_the_browser_that_is_there(tmp_path: Path) -> None:
    figures.write(figures.reliability(RESULTS), tmp_path / "curve.svg")

    picture = (tmp_path / "curve.svg").read_text()
    assert picture.startswith("<svg")
    assert "chance shown" in picture


def test_another_kind_of_file_is_refused_before_the_work() -> None:
    with pytest.raises(CommandError, match=r"\.svg or \.html"):
        call_command("evaluate_engine", plot=Path("curve.png"))
