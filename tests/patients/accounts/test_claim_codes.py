"""The claim code itself: how it is typed, and what is stored of it."""

import re

import pytest

from patients.accounts import claim_codes


@pytest.mark.parametrize(
    "text", ["12345678", "1234 5678", " 1234-5678 ", "12 34 56 78", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668"]
)
def test_a_code_is_read_however_it_is_typed(text: str) -> None:
    assert claim_codes.typed(text) == "12345678"


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "1234567O", "1234\x005678", "\u00b2" * 8, "x" * 40])
def test_what_is_no_code_is_none(text: str) -> None:
    assert claim_codes.typed(text) == ""


def test_a_stored_code_fits_itself_alone_and_only_where_it_belongs() -> None:
    stored = claim_codes.hashed("12345678", of=1)

    assert claim_codes.fits("12345678", of=1, stored=stored)
    assert not claim_codes.fits("12345679", of=1, stored=stored)
    assert not claim_codes.fits("12345678", of=2, stored=stored)
    assert not claim_codes.fits("", of=1, stored="")
    assert "12345678" not in stored and stored != claim_codes.hashed("12345678", of=1)


def test_a_code_outlives_a_change_of_the_secret_key(settings) -> None:
    stored = claim_codes.hashed("12345678", of=1)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert claim_codes.fits("12345678", of=1, stored=stored)

    settings.SECRET_KEY_FALLBACKS = []
    assert not claim_codes.fits("12345678", of=1, stored=stored)


def test_codes_are_eight_digits_and_differ() -> None:
    made = {claim_codes.make() for _ in range(50)}

    assert all(re.fullmatch(r"\d{8}", code) for code in made)
    assert len(made) > 45
