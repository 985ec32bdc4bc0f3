"""Rows that a decimal comma has shifted: 3,5 became the value 3 and a covariate of 5. Knows no database.

Such a row has the right number of cells where a covariate was left out, and a value that looks right. It is refused
when its covariate is a number where it can be none: no other row has one there, hardly any has, or the person's other
rows have none. A value with a decimal point is taken as it stands: whoever writes points writes no commas.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What a row says beside its person and day: the value as it was written, and the covariates."""

    line: int
    subject: str
    value: str
    covariates: tuple[str, ...]


def shifted(rows: Sequence[CheckedRow], columns: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Return the line of each row that looks shifted, with what to do about it, in the order of the columns."""
    for number, column in enumerate(columns):
        kinds: Counter[str] = Counter()
        of_person: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            kind = _kind(row.covariates[number])
            kinds[kind] += 1
            of_person[row.subject][kind] += 1
        for row in rows:
            if row.value.lstrip("+-").isdecimal() and _is_odd(
                _kind(row.covariates[number]), kinds, of_person[row.subject]
            ):
                yield row.line, _words(row, column, row.covariates[number])


def _kind(cell: str) -> str:
    """Return what a cell holds: digits alone, as they stand behind a decimal comma; words; or nothing."""
    if not cell.strip():
        return "nothing"
    return "digits" if cell.strip().isdecimal() else "words"


def _is_odd(kind: str, kinds: Counter[str], of_person: Counter[str]) -> bool:
    is_alone = kinds["digits"] == 1 or kinds["digits"] < kinds["words"]
    return kind == "digits" and (is_alone or of_person["digits"] < of_person.total())


def _words(row: CheckedRow, column: str, cell: str) -> str:
    return (
        f"value {row.value} stands before {column} {cell}, and other rows have no such {column}: "
        f"is it {row.value},{cell} with a decimal comma? Write {row.value}.{cell}, or {row.value}.0 where it is none"
    )
