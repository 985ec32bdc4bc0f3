"""A dose as people write it, and the amount that is read from it."""

from decimal import Decimal

import pytest

from patients.care.doses import amount_in


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [
        ("20 mg", "20", "mg"),
        ("0,5 mg morgens", "0.5", "mg"),
        ("225 mg/day", "225", "mg"),
        ("20 minutes a day", "20", "minutes"),
        ("12.5mg in the morning.", "12.5", "mg"),
    ],
)
def test_an_amount_once_a_day_is_read_from_the_words(words: str, amount: str, unit: str) -> None:
    assert amount_in(words) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    "words",
    ["50 mg twice a day", "20 mg, then 40 mg", "1,000 mg", "20-40 mg", "5 mg every other day", "once a week", "50", ""],
)
def test_words_that_say_more_than_an_amount_once_a_day_are_not_read_as_a_number(words: str) -> None:
    assert amount_in(words) is None
