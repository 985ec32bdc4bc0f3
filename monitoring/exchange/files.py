"""Read a long CSV of series and check every line of it. Knows no database.

One row is one value of one instrument of one person on one day, counted from the person's own start:
`dataset,subject,day,week,instrument,value`, then covariates. Limits and refusals: docs/safety.md#files.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from monitoring.engine.records import InstrumentSpec
from monitoring.exchange import decimal_commas
from monitoring.exchange.decimal_commas import CheckedRow
from patients.people import spellings

LARGEST_BYTES: Final = 5 * 1024 * 1024
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 2_000
LONGEST_SUBJECT: Final = 64
LAST_DAY: Final = 36_525
HEADER: Final = ("dataset", "subject", "day", "week", "instrument", "value")
# Past this many, the rest is counted: a file of the wrong kind is wrong in every line.
MOST_PROBLEMS: Final = 100
# Weeks are printed with three digits.
WEEK_TOLERANCE: Final = 0.01
# Stricter than float(): no "nan", no "1_0", no digits of other scripts. Linear.
NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and in which line of the file (1 is the header; 0 is the file as a whole)."""

    line: int
    text: str

    def __str__(self) -> str:
        """Return it as one line of a report."""
        return f"line {self.line}: {self.text}" if self.line else self.text


class FileRefused(ValueError):
    """The file cannot be taken in; nothing of it was."""

    def __init__(self, problems: list[Problem], more: int = 0) -> None:
        """Keep the first problems and the number of the others."""
        super().__init__("; ".join(str(problem) for problem in problems[:3]))
        self.problems = problems
        self.more = more


@dataclass(frozen=True)
class Value:
    """One value, with its line for later complaints."""

    line: int
    instrument: str
    day: int
    value: float


@dataclass
class Subject:
    """One person of the file.

    Attributes:
        covariates: column -> every value it has in the person's rows.
    """

    key: str
    values: list[Value] = field(default_factory=list)
    covariates: dict[str, set[str]] = field(default_factory=dict)
    first_line: int = 0

    @property
    def traits(self) -> dict[str, frozenset[str]]:
        """Return the covariates for comparison."""
        return {column: frozenset(values) for column, values in self.covariates.items()}


@dataclass(frozen=True)
class SeriesFile:
    """A file without a problem: its people in the order of the file."""

    dataset: str
    subjects: tuple[Subject, ...]
    rows: int
    missing: int

    @property
    def last_day(self) -> int:
        """Return the longest series, days."""
        return max((value.day for subject in self.subjects for value in subject.values), default=0)


def read_series(content: bytes, instruments: Mapping[str, InstrumentSpec]) -> SeriesFile:
    """Return the series of a file.

    Args:
        content: the bytes of the file.
        instruments: code -> range; a row of another instrument is a problem.

    Raises:
        FileRefused: with every bad line, up to MOST_PROBLEMS.
    """
    reader = _Reader(instruments)
    reader.read(_text(content))
    if reader.count:
        raise FileRefused(reader.problems, reader.count - len(reader.problems))
    return SeriesFile(reader.dataset, tuple(reader.subjects.values()), reader.rows, reader.missing)


def _text(content: bytes) -> str:
    """Return the text of a file that can be one.

    Raises:
        FileRefused: too large, not UTF-8, or with a NUL in it.
    """
    if len(content) > LARGEST_BYTES:
        raise FileRefused([Problem(0, f"the file is larger than {LARGEST_BYTES // 1024 // 1024} MB")])
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise FileRefused([Problem(line, "a NUL byte: this is not a CSV file in UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileRefused([Problem(line, "not UTF-8: save the file as CSV in UTF-8")]) from error


def _is_blank(row: list[str]) -> bool:
    return len(row) <= MOST_COLUMNS and not any(cell.strip() for cell in row)


def _says_comma(row: list[str]) -> bool:
    """Say whether a row is the line by which a spreadsheet notes that its cells are separated by commas."""
    return ",".join(row).strip().casefold() == "sep=,"


def _other_separator(header: list[str]) -> str:
    """Return what separates the cells of a header that is not separated by commas; empty where it is."""
    first = header[0].strip().casefold() if header else ""
    if first.startswith("sep="):
        return first[len("sep=") :]
    return next((mark for mark in (";", "\t", "|") if first.split(mark)[: len(HEADER)] == list(HEADER)), "")


class _Reader:
    """Goes through the lines, keeps what is good and says what is not."""

    def __init__(self, instruments: Mapping[str, InstrumentSpec]) -> None:
        self.instruments = instruments
        self.columns: list[str] = []
        self.dataset = ""
        self.subjects: dict[str, Subject] = {}
        self.lines: dict[tuple[str, str, int], int] = {}
        # What a reader could take for the same number -> the first spelling and its line.
        self.spelled: dict[str, tuple[str, int]] = {}
        self.checked: list[CheckedRow] = []
        self.rows = self.missing = self.count = 0
        self.problems: list[Problem] = []

    def read(self, text: str) -> None:
        """Read all lines; a broken quote or too many rows end it."""
        # Every kind of line end: an old spreadsheet writes only carriage returns.
        rows = csv.reader(io.StringIO(text, newline=None), strict=True)
        try:
            if self._take_header(rows):
                self._take_rows(rows)
        except csv.Error as error:
            self._complain(rows.line_num, f"not CSV: {error}")
        for line, words in decimal_commas.shifted(self.checked, self.columns[len(HEADER) :]):
            self._complain(line, words)
        if not self.count and not self.subjects:
            self._complain(0, "the file has no rows")

    def _take_header(self, rows: "Iterator[list[str]]") -> bool:
        """Keep the columns; without a right header no line can be understood."""
        header = next((row for row in rows if not _is_blank(row) and not _says_comma(row)), [])
        line: int = rows.line_num or 1  # type: ignore[attr-defined]
        header = [name.strip() for name in header]
        names = tuple(name.casefold() for name in header[: len(HEADER)])
        self.columns = header
        if len(header) > MOST_COLUMNS:
            self._complain(line, f"{len(header)} columns; at most {MOST_COLUMNS} are read")
        elif other := _other_separator(header):
            self._complain(line, f"the cells are separated by {other!r}: save the file with commas and decimal points")
        elif names != HEADER:
            self._complain(line, f"the header must begin with {','.join(HEADER)}")
        elif len(set(header)) < len(header) or not all(header):
            self._complain(line, "every column needs a name of its own")
        elif any(len(name) > LONGEST_CELL for name in header):
            self._complain(line, f"a name is longer than {LONGEST_CELL} characters")
        return not self.count

    def _take_rows(self, rows: "Iterator[list[str]]") -> None:
        """Check every row; one without anything in it is no row, as a spreadsheet leaves them at the end."""
        for row in rows:
            if _is_blank(row):
                continue
            self.rows += 1
            line: int = rows.line_num  # type: ignore[attr-defined]
            if self.rows > MOST_ROWS:
                self._complain(line, f"more than {MOST_ROWS} rows; split the file by people")
                return
            self._take_row(line, row)

    def _take_row(self, line: int, row: list[str]) -> None:
        """Check one row and keep its value."""
        if len(row) != len(self.columns):
            comma = "; is there a decimal comma? Write a point" if len(row) > len(self.columns) else ""
            self._complain(line, f"{len(row)} cells under {len(self.columns)} columns{comma}")
            return
        if any(len(cell) > LONGEST_CELL for cell in row):
            self._complain(line, f"a cell is longer than {LONGEST_CELL} characters")
            return
        before = self.count
        dataset, number, day_text, week, code, value_text = (cell.strip() for cell in row[: len(HEADER)])
        key = spellings.number_in_one_spelling(number)
        self._check_names(line, " ".join(dataset.split()), key)
        day = self._day(line, day_text, week)
        value = self._value(line, code, value_text)
        if self.count > before or day is None:
            return
        subject = self.subjects.setdefault(key, Subject(key, first_line=line))
        covariates = tuple(cell.strip() for cell in row[len(HEADER) :])
        self.checked.append(CheckedRow(line, key, value_text, covariates))
        for column, cell in zip(self.columns[len(HEADER) :], covariates, strict=True):
            subject.covariates.setdefault(column, set()).add(cell)
        self._keep(line, subject, code, day, value)

    def _keep(self, line: int, subject: Subject, code: str, day: int, value: float | None) -> None:
        """Keep a value, once for each person, instrument and day."""
        first = self.lines.setdefault((subject.key, code, day), line)
        if first != line:
            self._complain(line, f"{code} of {subject.key} on day {day} stands in line {first} already")
        elif value is None:
            self.missing += 1
        else:
            subject.values.append(Value(line, code, day, value))

    def _check_names(self, line: int, dataset: str, subject: str) -> None:
        """Check that it is one dataset, and that the person has a usable number."""
        self.dataset = self.dataset or dataset
        if not dataset or dataset != self.dataset or not dataset.isprintable():
            self._complain(line, f"dataset is {dataset!r:.60} here and {self.dataset!r:.60} above")
        if not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
            self._complain(line, f"subject must be 1 to {LONGEST_SUBJECT} printable characters")
            return
        first, first_line = self.spelled.setdefault(spellings.comparable(subject), (subject, line))
        if subject != first:
            self._complain(
                line,
                f"subject {subject!r} could be {first!r} of line {first_line}; write one person's number in one way, "
                "or bring two people in by a file each",
            )

    def _day(self, line: int, text: str, week: str) -> int | None:
        """Return the day, which must be whole and agree with the week where one is given."""
        day = float(text) if NUMBER.fullmatch(text) else -1.0
        if day != int(day) or not 0 <= day <= LAST_DAY:
            self._complain(line, f"day must be a whole number from 0 to {LAST_DAY}, not {text!r:.60}")
            return None
        if week and not (NUMBER.fullmatch(week) and abs(float(week) - day / 7) <= WEEK_TOLERANCE):
            self._complain(line, f"week {week!r:.60} is not day {int(day)} divided by seven")
            return None
        return int(day)

    def _value(self, line: int, code: str, text: str) -> float | None:
        """Return the value, None where it is missing or wrong."""
        spec = self.instruments.get(code)
        if spec is None:
            codes = ", ".join(sorted(self.instruments)) or "none"
            self._complain(line, f"instrument {code!r:.60} is not declared; declared are: {codes}")
        elif text and not NUMBER.fullmatch(text):
            self._complain(line, f"value must be a number or empty, not {text!r:.60}")
        elif text and not spec.minimum <= float(text) <= spec.maximum:
            self._complain(line, f"{code} is {spec.minimum:g} to {spec.maximum:g}, not {text:.60}")
        elif text:
            return float(text)
        return None

    def _complain(self, line: int, text: str) -> None:
        """Count a problem, and keep it while there are few."""
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, text))
