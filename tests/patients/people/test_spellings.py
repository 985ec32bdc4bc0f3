"""Spellings of names and clinic numbers: what a search finds, who may be the same, which numbers are one."""

# ruff: noqa: RUF001

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.people import spellings


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("marin", "Ana Marín"),
        ("MARÍN", "Ana Marin"),
        ("marin ana", "Ana Marín"),
        ("ana   marin ", "Ana Marín"),
        ("  marín,  ana", "Ana\u00a0Marín"),
        ("soerensen", "Søren Sørensen"),
        ("sorensen", "Søren Sørensen"),
        ("Sørensen", "Soren Soerensen"),
        ("Sørensen", "Soren Sorensen"),
        ("mueller", "Jürgen Müller"),
        ("muller", "Jürgen Müller"),
        ("Müller", "Jurgen Mueller"),
        ("aase", "Åse Berg"),
        ("ase", "Åse Berg"),
        ("kjaer", "Mads Kjær"),
        ("strasse", "Eva Straße"),
        ("lukasz", "Łukasz Wiśniewski"),
        ("wisniewski luk", "Łukasz Wiśniewski"),
        ("dorde", "Đorđe Petrović"),
        ("isil", "Işıl Yıldız"),
        ("yildiz", "Işıl Yıldız"),
        ("ISTANBULLU", "İpek İstanbullu"),
        ("thor", "Þór Guðmundsson"),
        ("gudmundsson", "Þór Guðmundsson"),
        ("obrien", "Sean O’Brien"),
        ("o'brien", "Sean OBrien"),
        ("anne marie", "Anne-Marie Roux"),
        ("anne-marie", "Anne Marie Roux"),
        ("nguyen", unicodedata.normalize("NFD", "Nguyễn Văn An")),
        ("Иванов", "иван ИВАНОВ"),
    ],
)
def test_a_name_is_found_however_it_is_typed(search: str, name: str) -> None:
    assert spellings.is_found(search, name=name)


@pytest.mark.parametrize(
    ("search", "name"),
    [("marin", "Ana Maron"), ("ana berg", "Ana Marín"), ("--", "Ana Marín"), ("", "Ana Marín"), ("sorn", "Sørensen")],
)
def test_another_name_is_not_found(search: str, name: str) -> None:
    assert not spellings.is_found(search, name=name)


def test_a_clinic_number_is_found_whole_and_never_by_a_part() -> None:
    assert spellings.is_found(" 0101 ", name="Ana Marín", number="101")
    assert not spellings.is_found("10", name="Ana Marín", number="101")


@given(st.text(max_size=30))
def test_every_name_that_has_a_letter_is_found_by_itself(name: str) -> None:
    assert spellings.is_found(name, name=name) == bool(any(spellings.folded(word) for word in name.split()))


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Ana Marín", "marin  ANA", True),
        ("Søren Sørensen", "Soren Soerensen", True),
        ("Jürgen Müller", "Juergen Mueller", True),
        ("Jürgen Müller", "Jurgen Muller", True),
        ("Ana Marín", "Ana Marino", False),
        ("Ana Marín", "Ana Maria Marín", False),
    ],
)
def test_a_name_is_the_same_in_any_order_and_spelling(name: str, other: str, *, same: bool) -> None:
    assert spellings.is_same_name(name, other) is same


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("101", "101"),
        ("101 ", "101"),
        ("\u00a0101\u00a0", "101"),
        ("\u3000101\t", "101"),
        ("１０１", "101"),
        ("'101", "101"),
        ("'007", "007"),
        ('="007"', "007"),
        ("A\u00a0 12", "A 12"),
        ("Jose\u0301", "José"),
        ("007", "007"),
        ("P-a1", "P-a1"),
        ("d'Arc", "d'Arc"),
    ],
)
def test_a_number_is_kept_in_one_spelling_and_its_zeros_stay(written: str, kept: str) -> None:
    assert spellings.number_in_one_spelling(written) == kept


@pytest.mark.parametrize(
    ("number", "other", "alike"),
    [
        ("007", "7", True),
        ("A-01", "a 1", False),
        ("A-01", "a-1", True),
        ("A\u201301", "A-1", True),
        ("10 1", "101", True),
        ("Anna", "ANNA", True),
        ("0", "00", True),
        ("101", "1010", False),
        ("1-1", "11", False),
    ],
)
def test_numbers_that_a_reader_could_take_for_one_are_known(number: str, other: str, *, alike: bool) -> None:
    assert (spellings.comparable(number) == spellings.comparable(other)) is alike
