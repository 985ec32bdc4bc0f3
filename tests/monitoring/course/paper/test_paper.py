"""Writing on the sheet of paper: scripts, sizes and lines, and what a reader copies out of it."""

from pathlib import Path

import pytest

from monitoring.course.paper import scripts
from monitoring.course.paper.paper import Piece, Sheet
from tests.monitoring.reviews.furnished_page import text_of

NAMES = ["فاطمة الزهراء", "שרה כוהן", "陈伟明", "田中さくら", "김민준", "प्रिया शर्मा", "रवीन्द्र कृष्णमूर्ति"]
NUMBERS = "5-9, -3, 2026-11-30 (12.3.1985), \N{MINUS SIGN}3 to +2"
# What poppler puts around words from the right; a reader copies it along and does not see it.
EMBEDDED = str.maketrans("", "", "\u202a\u202b\u202c")


def written(text: str, tmp_path: Path, *, width: float = 180) -> str:
    """Return what a reader copies of one paragraph."""
    sheet = Sheet()
    sheet.write_pieces([Piece(text=text, size=12)], x=12, y=12, width=width)
    return text_of(bytes(sheet.output()), tmp_path).translate(EMBEDDED)


def test_arabic_letters_are_joined(sheet: Sheet) -> None:
    sheet.letters(size=15)

    joined = sheet.width_of("سلمى")
    apart = sum(sheet.width_of(letter) for letter in "سلمى")

    assert joined < 0.9 * apart


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_bold", [False, True])
def test_a_name_of_any_script_is_copied_as_it_was_written(name: str, is_bold: bool, tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.write_pieces([Piece(text=name, size=15, is_bold=is_bold)], x=12, y=12, width=180)

    assert text_of(bytes(sheet.output()), tmp_path).translate(EMBEDDED).strip() == name
    assert not sheet.missing


@pytest.mark.parametrize("name", NAMES)
def test_numbers_after_a_name_keep_their_order(name: str, tmp_path: Path) -> None:
    copied = written(f"See {name}: {NUMBERS}", tmp_path)

    assert NUMBERS in copied
    assert name in copied


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_as_wide_as_what_is_drawn_of_it(name: str, sheet: Sheet) -> None:
    sheet.letters(size=12)
    text = f"{name}, {NUMBERS}"

    sheet.words(text, x=20, middle=20)

    # The pen stands behind the last cell, which is drawn a hair wider than its words.
    assert sheet.get_x() == pytest.approx(20 + sheet.width_of(text), abs=0.2)


def test_long_words_without_spaces_are_broken_and_kept(tmp_path: Path) -> None:
    copied = written("我每天早上走路去公园然后回家做早饭" * 3, tmp_path, width=40)

    assert "".join(copied.split()) == "我每天早上走路去公园然后回家做早饭" * 3


def test_a_letter_that_no_font_has_is_a_box_and_is_remembered(sheet: Sheet) -> None:
    assert sheet.readable("\N{CUNEIFORM SIGN A} Enki") == f"{scripts.MISSING} Enki"
    assert sheet.missing == {"\N{CUNEIFORM SIGN A}"}


def test_marks_of_direction_that_somebody_typed_turn_nothing_round(sheet: Sheet) -> None:
    assert (
        sheet.readable("\N{RIGHT-TO-LEFT OVERRIDE}5-9\N{POP DIRECTIONAL FORMATTING} ☺\N{VARIATION SELECTOR-16}")
        == "5-9 ☺"
    )
