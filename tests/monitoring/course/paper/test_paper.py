"""Writing on the sheet of paper: scripts, sizes and lines."""

from monitoring.course.paper import paper
from monitoring.course.paper.paper import Sheet


def test_arabic_letters_are_joined_and_hebrew_runs_from_the_right(sheet: Sheet) -> None:
    sheet.letters(size=15)

    joined = sheet.width_of("سلمى")
    apart = sum(sheet.width_of(letter) for letter in "سلمى")

    assert joined < 0.9 * apart
    assert paper.base_direction("Sleep after السير") == paper.FROM_LEFT
    assert paper.base_direction("20 שרה slept") == paper.FROM_RIGHT
    assert sheet.readable("שרה كوهين 字") == "שרה كوهين "
