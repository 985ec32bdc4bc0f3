"""What stands beside a name: date of birth and number, as far as they are known."""

from datetime import date

import pytest
from django.utils import translation

from patients.people import identities


@pytest.mark.parametrize(
    ("born", "number", "words"),
    [
        (date(1980, 3, 3), "101", "born 3 Mar 1980, number 101"),
        (date(1980, 3, 3), "", "born 3 Mar 1980"),
        (None, "101", "number 101"),
        (None, "", ""),
    ],
)
def test_what_is_known_is_said_and_nothing_else(born: date | None, number: str, words: str) -> None:
    with translation.override("en"):
        assert identities.words(born, number) == words
