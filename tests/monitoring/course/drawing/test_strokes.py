"""What all drawings are put together from."""

from monitoring.course.drawing import strokes


def test_what_is_alike_in_all_rooms_is_drawn_once_and_names_none() -> None:
    assert strokes.by_room({"at-tiny": "a", "at-wide": "a"}) == [("a", [])]
    assert strokes.by_room({"at-tiny": "a", "at-small": "b", "at-wide": "a"}) == [
        ("a", ["at-tiny", "at-wide"]),
        ("b", ["at-small"]),
    ]


def test_a_drawing_says_nothing_to_who_cannot_see_it() -> None:
    drawn = strokes.drawing("<path/>", height=26, css_class="chart")

    assert drawn == '<svg class="chart" height="26" aria-hidden="true"><path/></svg>'
