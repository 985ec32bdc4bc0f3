"""Small files as people send them (tests/data/cases): each comes in as what it says, or is refused by name and line."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring.models import Score
from patients.tenancy import clinic_context
from tests.conftest import World

CASES = Path(__file__).parents[2] / "data" / "cases"
X = ("--instrument", "X:higher_is_worse:0:27")
BDI = ("--instrument", "BDI:higher_is_worse:0:63")
LITHIUM = ("--instrument", "lithium:neutral:0:3")
FORM_1, FORM_2 = (("--mapping", str(CASES / "versions" / f"v{version}.toml")) for version in (1, 2))

# Person -> (days since the first day of care, value).
Series = dict[str, list[tuple[int, float]]]
TAKEN_IN: dict[str, tuple[tuple[str, ...], Series]] = {
    "cr_only.csv": (X, {"101": [(0, 3), (7, 2)]}),
    "excel_blank_rows.csv": (X, {"101": [(0, 3)]}),
    "excel_sep_line.csv": (X, {"101": [(0, 3)]}),
    "floor_response.csv": (X, {"1": [(0, 2), (7, 1)]}),
    "header_capitals.csv": (X, {"101": [(0, 3)]}),
    "id_trailing_space.csv": (X, {"101": [(0, 10), (7, 4)]}),
    "plain.csv": (X, {"101": [(0, 3), (7, 10), (14, 10)]}),
    "more/leap1968.csv": (BDI, {"1": [(0, 30), (7, 20), (366, 10)]}),
    "more/neutral.csv": (LITHIUM, {"L1": [(0, 0.9), (7, 0.4)], "L2": [(0, 0.8), (7, 0.9)]}),
    "versions/a_v1.csv": (FORM_1, {"10": [(0, 80), (7, 78), (14, 40)]}),
    "versions/b_v2.csv": (FORM_2, {"11": [(0, 8), (7, 8)]}),
    "versions/other_people_old_form.csv": (FORM_1, {"3": [(0, 80), (7, 40)]}),
}
REFUSED: dict[str, list[str]] = {
    "arabic_digits.csv": ["line 2: value must be a number or empty, not '١٢'"],
    "bom_leading_zero.csv": ["line 3: subject '7' could be '007' of line 2"],
    "decimal_comma_shift.csv": ["line 2: value 3 stands before arm 5"],
    "halfday.csv": ["line 3: day must be a whole number from 0 to 36525, not '3.5'"],
    "latin1.csv": ["line 2: not UTF-8"],
    "missing_codes.csv": [
        "line 2: X is 0 to 27, not -99",
        "line 3: value must be a number or empty, not 'NA'",
        "line 4: value must be a number or empty, not '.'",
        "line 5: X is 0 to 27, not 99",
    ],
    "semicolon_decimal_comma.csv": ["line 1: the cells are separated by ';'"],
    "utf16.csv": ["line 1: a NUL byte: this is not a CSV file in UTF-8"],
}


def run(name: str, options: tuple[str, ...]) -> None:
    call_command("import_series", str(CASES / name), "--clinic", "Northgate Clinic", "--commit", *options)


def stored(world: World) -> Series:
    series: Series = {}
    with clinic_context(clinic_id=world.clinic.pk):
        for score in Score.objects.select_related("episode__patient").order_by("about_on"):
            day = (score.about_on - score.episode.started_on).days
            series.setdefault(score.episode.patient.external_id, []).append((day, float(score.value or 0)))
    return series


def test_what_comes_of_every_file_is_written_down() -> None:
    files = {str(path.relative_to(CASES)) for path in CASES.rglob("*.csv")}

    assert files == TAKEN_IN.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", TAKEN_IN)
def test_a_file_comes_in_as_what_it_says(world: World, name: str) -> None:
    options, series = TAKEN_IN[name]

    run(name, options)

    assert stored(world) == series


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_by_name_and_line(world: World, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="Nothing was changed"):
        run(name, X)

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(REFUSED[name])
    assert all(line.startswith(says) for line, says in zip(lines, REFUSED[name], strict=True)), lines
    assert stored(world) == {}


def test_both_forms_and_people_of_the_old_one_come_in_one_after_the_other(world: World) -> None:
    for name in ("versions/a_v1.csv", "versions/b_v2.csv", "versions/other_people_old_form.csv"):
        run(name, TAKEN_IN[name][0])

    assert stored(world) == {
        number: values
        for name in TAKEN_IN
        if name.startswith("versions")
        for number, values in TAKEN_IN[name][1].items()
    }
