"""What may be typed about details and wrong entries."""

import pytest

from patients.mending.forms import DetailsForm, VoidForm
from tests.factories import NOW


@pytest.mark.parametrize(
    ("number", "is_right"),
    [
        ("", True),
        ("+44 (0)20 7946-0000", True),
        ("030/901820", True),
        ("116 123", True),
        ("none", False),
        ("12", False),
    ],
)
def test_a_telephone_number_is_digits_with_the_usual_signs(number: str, is_right: bool) -> None:
    form = DetailsForm({"name": "Ann", "telephone": number}, today=NOW.date())

    assert form.is_valid() is is_right


def test_a_void_needs_its_reason() -> None:
    assert not VoidForm({"reason": "  "}).is_valid()
    assert VoidForm({"reason": "Wrong patient"}).is_valid()
