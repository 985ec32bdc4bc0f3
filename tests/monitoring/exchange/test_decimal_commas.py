"""A decimal comma that shifted a row, and covariates that are numbers by right."""

import pytest

from monitoring.exchange import FileRefused
from tests.monitoring.exchange.series import HEADER, read


@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        (["toy,1,0,0,HAM-D,3,5"], [2]),
        (["toy,1,0,0,HAM-D,3,a", "toy,2,0,0,HAM-D,3,5"], [3]),
        (
            [
                "toy,1,0,0,HAM-D,3,a",
                "toy,2,0,0,HAM-D,3,b",
                "toy,2,7,1,HAM-D,3,b",
                "toy,3,0,0,HAM-D,3,5",
                "toy,4,0,0,HAM-D,9,25",
            ],
            [5, 6],
        ),
        (["toy,1,0,0,HAM-D,3,", "toy,1,7,1,HAM-D,3,5", "toy,2,0,0,HAM-D,3,1", "toy,2,7,1,HAM-D,3,1"], [3]),
    ],
    ids=["alone", "among words", "few among words", "not like the person's other rows"],
)
def test_a_row_that_a_decimal_comma_shifted_is_refused(rows: list[str], bad: list[int]) -> None:
    with pytest.raises(FileRefused) as caught:
        read(HEADER, *rows)

    assert [problem.line for problem in caught.value.problems] == bad
    assert "with a decimal comma? Write 3.5" in caught.value.problems[0].text


@pytest.mark.parametrize(
    "rows",
    [
        ["toy,1,0,0,HAM-D,3.0,5"],
        ["toy,1,0,0,HAM-D,3,1", "toy,2,0,0,HAM-D,3,0"],
        ["toy,1,0,0,HAM-D,3,1", "toy,1,7,1,HAM-D,3,1", "toy,2,0,0,HAM-D,3,1", "toy,3,0,0,HAM-D,3,"],
        ["toy,1,0,0,HAM-D,3,a", "toy,2,0,0,HAM-D,3,"],
    ],
    ids=["the value has a point", "a covariate in numbers", "unknown of somebody", "a covariate in words"],
)
def test_covariates_that_are_numbers_by_right_come_in(rows: list[str]) -> None:
    assert read(HEADER, *rows).rows == len(rows)


def test_a_row_longer_than_the_header_is_told_about_decimal_commas() -> None:
    with pytest.raises(FileRefused, match="line 2: 8 cells under 7 columns; is there a decimal comma"):
        read(HEADER, "toy,1,0,0,HAM-D,3,5,a")
