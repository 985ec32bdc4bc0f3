"""What all server-drawn SVG is put together from. Across in per cent, down in pixels; every text is escaped before."""

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from django.utils.safestring import SafeString, mark_safe

from monitoring.course.pictures import (
    Course,
    Span,
)

Found = TypeVar("Found", bound=Hashable)
LANE_HEIGHT = 26


def course_lines(course: Course) -> list[tuple[dt.date, str]]:
    """Return the days on which a line goes up through all panels, each with its class: medicines, zero, review."""
    lines = [(day, "chart-event") for day in course.medicine_days]
    lines += [(course.zero.on, "chart-zero")] if course.zero.on else []
    lines += [(course.review_on, "chart-review")] if course.review_on else []
    return [(day, css_class) for day, css_class in lines if course.span.holds(day)]


def by_room(found: Mapping[str, Found]) -> Iterable[tuple[Found, list[str]]]:
    """Return each thing once, with the classes of the rooms it is for; without any where it is for all."""
    rooms: dict[Found, list[str]] = {}
    for room, thing in found.items():
        rooms.setdefault(thing, []).append(room)
    return [(thing, [] if len(rooms) == 1 else classes) for thing, classes in rooms.items()]


def class_of(classes: Sequence[str]) -> str:
    """Return classes as an attribute; nothing where there are none."""
    return f' class="{" ".join(classes)}"' if classes else ""


def at(day: dt.date, span: Span, *, y: float, body: str, css_class: str = "") -> str:
    """Place an unstretched drawing at a day."""
    return f'<svg class="at {css_class}" x="{span.place(day).percent}" y="{y:g}">{body}</svg>'


def drawing(body: str, *, height: int, css_class: str) -> SafeString:
    """Return a drawing of a height."""
    return finished(f'<svg class="{css_class}" height="{height}" aria-hidden="true">{body}</svg>')


def finished(markup: str) -> SafeString:
    """Mark a drawing as finished markup: all its parts are numbers, class names of ours, or escaped texts."""
    return mark_safe(markup)  # noqa: S308
