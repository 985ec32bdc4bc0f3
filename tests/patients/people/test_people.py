"""A patient who is added: name and number in one spelling, whoever adds."""

import pytest

from patients.people import people
from tests.conftest import World
from tests.factories import NOW


@pytest.mark.parametrize("number", ["101", "101 ", "\u00a0\uff11\uff10\uff11", "'101"], ids=ascii)
def test_name_and_number_are_kept_in_one_spelling(north: World, number: str) -> None:
    patient = people.add_patient(name=" Ana \u00a0 Marín ", external_id=number, by=None, at=NOW)

    patient.refresh_from_db()
    assert (patient.name, patient.external_id) == ("Ana Marín", "101")
