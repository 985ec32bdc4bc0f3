"""Whose number each of a file is: spellings of one are one person, and what a reader could mix up is refused by name."""

import unicodedata

import pytest

from monitoring import exchange
from monitoring.exchange import FileRefused
from patients.models import Patient
from patients.people import people
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.exchange.series import HEADER, KNOWN, read

NFD = unicodedata.normalize("NFD", "José")


def take_in(*rows: str) -> exchange.Import:
    file = read(HEADER, *rows)
    mapping = exchange.Mapping(instruments=KNOWN)
    return exchange.import_series(file=file, mapping=mapping, start_on=None, responsible=None, by=None, at=NOW)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("101", "101 ", "101"),
        ("101", "\u00a0101", "101"),
        ("101", "\t101\u2003", "101"),
        ("101", "\uff11\uff10\uff11", "101"),
        ("101", "'101", "101"),
        ("007", '"=""007"""', "007"),
        ("José", NFD, "José"),
        ("A  12", "A\u00a012", "A 12"),
    ],
    ids=ascii,
)
def test_spellings_of_a_number_are_one_person(north: World, first: str, second: str, kept: str) -> None:
    take_in(f"toy,{first},0,0,HAM-D,20,a", f"toy,{second},7,1,HAM-D,18,a")
    again = take_in(f"toy,{second},0,0,HAM-D,20,a")

    assert list(Patient.objects.exclude(external_id="").values_list("external_id", flat=True)) == [kept]
    assert not again.changes_anything


@pytest.mark.parametrize(
    ("first", "second"),
    [("007", "7"), ("Anna", "ANNA"), ("A-1", "A\u20131"), ("10 1", "101"), ("A07", "A7")],
    ids=ascii,
)
def test_numbers_that_could_be_mixed_up_are_refused_with_both(north: World, first: str, second: str) -> None:
    with pytest.raises(FileRefused) as caught:
        take_in(f"toy,{first},0,0,HAM-D,20,a", f"toy,{second},7,1,HAM-D,18,a")

    (problem,) = caught.value.problems
    assert problem.line == 3 and repr(first) in problem.text and repr(second) in problem.text
    assert not Patient.objects.exclude(external_id="").exists()


@pytest.mark.parametrize(("here", "in_file"), [("007", "7"), ("anna", "Anna")])
def test_a_number_that_could_be_someone_elses_of_the_clinic_is_refused_with_both(
    north: World, here: str, in_file: str
) -> None:
    take_in(f"toy,{here},0,0,HAM-D,20,a")

    with pytest.raises(FileRefused) as caught:
        take_in(f"toy,{in_file},0,0,HAM-D,20,a")

    said = (
        f"line 2: subject {in_file!r} could be 'Toy {here}' (without a date of birth, number {here!r}) of this clinic"
    )
    assert str(caught.value) == said


def test_two_people_whom_the_clinic_tells_apart_by_zeros_are_told_apart_by_a_file(north: World) -> None:
    for number in ("007", "7"):
        patient = people.add_patient(name=f"Toy {number}", external_id=number, by=None, at=NOW)
        north.episode.__class__.objects.create(patient=patient, started_on=NOW.date(), changed_at=NOW)

    take_in("toy,7,0,0,HAM-D,20,a")

    assert Patient.objects.exclude(external_id="").count() == 2


def test_an_old_number_with_white_space_is_the_same_person(north: World) -> None:
    take_in("toy,101,0,0,HAM-D,20,a")
    Patient.objects.filter(external_id="101").update(external_id="101 ", name="Toy 101 ")

    assert not take_in("toy,101,0,0,HAM-D,20,a").changes_anything


def test_a_name_that_someone_without_this_number_has_is_refused_with_that_record(north: World) -> None:
    people.add_patient(name="1 Toy", birth_date=NOW.date(), by=None, at=NOW)

    with pytest.raises(FileRefused) as caught:
        take_in("toy,1,0,0,HAM-D,20,a")

    known = "'1 Toy' (born 2026-11-16, without a number)"
    assert str(caught.value) == f"line 2: 'Toy 1' is here already: {known}; declare another name for people"


def test_a_name_that_no_record_can_hold_is_refused(north: World) -> None:
    with pytest.raises(FileRefused, match=r"line 2: .* is longer than 150 characters"):
        take_in(f"{'toy' * 60},1,0,0,HAM-D,20,a")
