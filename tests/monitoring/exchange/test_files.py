"""A file of series as it is read: what is missing, and each bad line by its number."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import exchange
from monitoring.exchange import FileRefused
from tests.monitoring.exchange.series import GOOD, HEADER, KNOWN, read


def refused(content: bytes) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        exchange.read_series(content, KNOWN)
    return [str(problem) for problem in caught.value.problems]


def test_a_missing_value_is_counted_and_never_zero() -> None:
    file = read(*GOOD)

    assert (file.rows, file.missing, len(file.subjects)) == (3, 1, 2)
    assert [value.value for value in file.subjects[0].values] == [20.0]


def test_a_byte_order_mark_is_welcome() -> None:
    assert read(*GOOD, encoding="utf-8-sig").dataset == "toy"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("toy,1,0,0,HAM-D,20", "6 cells under 7 columns"),
        ("toy,1,0,0,HAM-D,20,a,b", "8 cells under 7 columns"),
        ("toy,1,-1,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,1.5,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,nan,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,1e3,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,99999999,,HAM-D,20,a", "day must be a whole number"),
        ("toy,1,7,2,HAM-D,20,a", "is not day 7 divided by seven"),
        ("toy,1,7,x,HAM-D,20,a", "is not day 7 divided by seven"),
        ("toy,1,0,0,HAM-D,53,a", "HAM-D is 0 to 52, not 53"),
        ("toy,1,0,0,HAM-D,-1,a", "HAM-D is 0 to 52, not -1"),
        ("toy,1,0,0,HAM-D,NaN,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,inf,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,2_0,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,٢٠,a", "value must be a number"),
        ("toy,1,0,0,HAM-D,=1+1,a", "value must be a number"),
        ("toy,1,0,0,BDI,20,a", "instrument 'BDI' is not declared"),
        (",1,0,0,HAM-D,20,a", "dataset is ''"),
        ("other,1,0,0,HAM-D,20,a", "dataset is 'other' here and 'toy' above"),
        ("toy,,0,0,HAM-D,20,a", "subject must be 1 to 64 printable characters"),
        ("toy,a\u202eb,0,0,HAM-D,20,a", "subject must be 1 to 64 printable characters"),
        ("toy," + "9" * 65 + ",0,0,HAM-D,20,a", "subject must be 1 to 64 printable characters"),
        ("toy,1,0,0,HAM-D,20," + "a" * 2001, "a cell is longer than 2000 characters"),
        ("toy,2,0,0,HAM-D,18.5,b", "HAM-D of 2 on day 0 stands in line 4 already"),
    ],
)
def test_a_bad_row_is_named_by_its_line(row: str, says: str) -> None:
    (problem,) = refused("\n".join([*GOOD, row]).encode())

    assert problem.startswith("line 5: ")
    assert says in problem


def test_every_bad_line_is_named_not_only_the_first() -> None:
    problems = refused("\n".join([*GOOD, "toy,1,x,,HAM-D,1,a", "toy,3,0,0,HAM-D,9,a", "toy,4,0,0,HAM-D,99,a"]).encode())

    assert [problem.split(":")[0] for problem in problems] == ["line 5", "line 7"]


def test_past_a_hundred_problems_the_rest_is_counted() -> None:
    rows = [f"toy,{number},x,,HAM-D,1,a" for number in range(250)]

    with pytest.raises(FileRefused) as caught:
        read(HEADER, *rows)

    assert len(caught.value.problems) == 100
    assert caught.value.more == 150


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the header must begin with"),
        (HEADER.encode(), "the file has no rows"),
        (b"subject,dataset,day,week,instrument,value\n", "the header must begin with"),
        (b"<!DOCTYPE html><html></html>", "the header must begin with"),
        (b"dataset,subject,day,week,instrument,value,arm,arm\n", "every column needs a name of its own"),
        (b"dataset,subject,day,week,instrument,value,\n", "every column needs a name of its own"),
        (HEADER.encode() + b"," + b",".join(b"c%d" % n for n in range(54)), "61 columns; at most 60"),
        ("\n".join(GOOD).encode("utf-16"), "NUL byte"),
        ("\n".join(GOOD).encode("utf-16-le").replace(b"\0", b"\xff"), "not UTF-8"),
        (("\n".join(GOOD) + "\nt\u00f6y").encode("latin-1"), "line 5: not UTF-8"),
        (b"PK\x03\x04\x14\x00\x00\x00", "NUL byte"),
        (("\n".join(GOOD) + '\ntoy,1,0,0,HAM-D,"20,a').encode(), "not CSV"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"," * (5 * 1024 * 1024), "at most 60 are read"),
        ("\n".join([HEADER, *(f"toy,{n},0,0,HAM-D,1,a" for n in range(20_001))]).encode(), "more than 20000 rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_another_kind_is_refused(content: bytes, says: str) -> None:
    assert says in "\n".join(refused(content))


CELLS = st.one_of(
    st.sampled_from(
        ["toy", "1", "0", "7", "HAM-D", "20", "3,5", "", " ", "'", '"', '=""7""', "\u00a0", "-0", "\r", "\n", ";"]
    ),
    st.text(max_size=8),
)
ROWS = st.lists(CELLS, max_size=9).map(",".join)


@given(
    st.one_of(st.binary(max_size=200), st.lists(ROWS, max_size=6).map(lambda rows: "\n".join([*GOOD, *rows]).encode()))
)
def test_whatever_is_sent_is_taken_in_or_refused(content: bytes) -> None:
    with suppress(FileRefused):
        file = exchange.read_series(content, KNOWN)

        assert all(subject.key == subject.key.strip() != "" for subject in file.subjects)


@pytest.mark.parametrize(
    "lines",
    [
        ["sep=,", *GOOD],
        ['"sep=,"', *GOOD],
        ["", ",,,,,,", *GOOD, ",,,,,,", " , ,,,,,"],
        [HEADER.upper().replace("ARM", "arm"), *GOOD[1:]],
        [HEADER.replace(",", ", "), *GOOD[1:]],
    ],
    ids=["sep line", "sep line in quotes", "blank rows", "capitals", "white space in the header"],
)
def test_what_a_spreadsheet_leaves_in_a_file_changes_nothing(lines: list[str]) -> None:
    subjects = read(*lines).subjects

    assert [(one.key, one.values[0].value) for one in subjects] == [("1", 20.0), ("2", 18.5)]
    assert [one.traits for one in subjects] == [{"arm": {"a"}}, {"arm": {"b"}}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=ascii)
def test_every_kind_of_line_end_counts_lines_alike(end: str) -> None:
    (problem,) = refused(end.join([*GOOD, "toy,1,x,,HAM-D,1,a"]).encode())

    assert problem.startswith("line 5: ")


@pytest.mark.parametrize("mark", [";", "\t", "|"], ids=ascii)
def test_cells_that_are_separated_by_something_else_are_named(mark: str) -> None:
    assert refused("\n".join(GOOD).replace(",", mark).encode()) == [
        f"line 1: the cells are separated by {mark!r}: save the file with commas and decimal points"
    ]
