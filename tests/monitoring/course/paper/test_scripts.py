"""Which way words run on paper, and which font has their letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.course.paper import scripts
from monitoring.course.paper.scripts import Stretch

ARABIC, HEBREW = "فاطمة الزهراء", "שרה כוהן"
NUMBERS = ", 5-9, -3, 2026-11-30 (12.3.1985)"
SCRIPTS = "aZé5-+\N{MINUS SIGN}%., ()“”فاطמשרᾳя字さप्रि\N{HEBREW POINT QAMATS}٣"


def left(text: str) -> Stretch:
    return Stretch(text, is_from_right=False)


def right(text: str) -> Stretch:
    return Stretch(text, is_from_right=True)


@pytest.mark.parametrize("name", [ARABIC, HEBREW])
def test_numbers_after_a_name_from_the_right_stand_as_they_were_written(name: str) -> None:
    line = scripts.stretches(f"See {name}{NUMBERS}", is_from_right=False)

    assert line == [left("See "), right(name), left(NUMBERS)]


def test_numbers_in_a_line_from_the_right_are_read_from_the_left() -> None:
    line = scripts.stretches("نمت 5-9 ساعات يوم 2026-11-30، -3%.", is_from_right=True)

    assert [stretch.text for stretch in line] == [".", "-3%", "، ", "2026-11-30", " ساعات يوم ", "5-9", "نمت "]
    assert [stretch.text for stretch in line if not stretch.is_from_right] == ["-3%", "2026-11-30", "5-9"]


def test_words_of_the_patient_keep_their_order_inside_a_line_of_ours() -> None:
    line = scripts.stretches("Goal: “أمشي 5-9 كم”", is_from_right=False)

    assert line == [left("Goal: “"), right(" كم"), left("5-9"), right("أمشي "), left("”")]


def test_marks_stay_with_the_letter_that_carries_them() -> None:
    assert scripts.stretches("x שָׂרָה 1", is_from_right=False) == [left("x "), right("שָׂרָה"), left(" 1")]


@given(st.text(alphabet=SCRIPTS, max_size=40), st.booleans())
def test_nothing_is_lost_and_no_letter_runs_the_wrong_way(text: str, is_from_right: bool) -> None:
    line = scripts.stretches(text, is_from_right=is_from_right)

    assert sorted("".join(stretch.text for stretch in line)) == sorted(text)
    for stretch in line:
        wrong = set("aZéᾳя字さप") if stretch.is_from_right else set("فاطמשר")
        assert not wrong & set(stretch.text)


@pytest.mark.parametrize(
    ("text", "is_from_right"),
    [("Sleep after السير", False), ("20 שרה slept", True), ("“نمت”", True), ("5-9", False), ("", False)],
)
def test_a_paragraph_runs_as_its_first_letter_does(text: str, is_from_right: bool) -> None:
    assert scripts.runs_from_right(text) is is_from_right


@pytest.mark.parametrize(
    ("letter", "face"),
    [("प", "notosansdevanagari"), ("陈", "cjk2"), ("민", "cjk2"), ("র", "notosansbengali"), ("😀", "notoemoji")],
)
def test_a_letter_finds_the_face_that_has_it(letter: str, face: str) -> None:
    assert scripts.face_of(letter).name == face


def test_a_name_with_kana_is_drawn_as_in_japan() -> None:
    assert scripts.face_of("田", is_japanese=True).name == "cjk0"


def test_no_face_has_cuneiform() -> None:
    assert scripts.face_of("\N{CUNEIFORM SIGN A}") is None
