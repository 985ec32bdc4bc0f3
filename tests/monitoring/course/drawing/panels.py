"""Panels and courses that are drawn in tests."""

import datetime as dt
from dataclasses import replace
from xml.etree import ElementTree as ET

from monitoring.course.pictures import Answer, Course, Panel, Span
from monitoring.engine import Direction, LevelPoint

START = dt.date(2026, 6, 1)
WEEK = dt.timedelta(weeks=1)
SPAN = Span(start=START - dt.timedelta(days=3), end=START + 11 * WEEK + dt.timedelta(days=3))


def make_panel(values: list[float | None], **changes: object) -> Panel:
    days = [START + WEEK * index for index in range(len(values))]
    answers = tuple(Answer(on=day, value=value) for day, value in zip(days, values, strict=True) if value is not None)
    panel = Panel(
        key="sleep",
        name="Sleep",
        direction=Direction.HIGHER_IS_BETTER,
        minimum=0,
        maximum=10,
        answers=answers,
        missed_on=tuple(day for day, value in zip(days, values, strict=True) if value is None),
        levels=tuple(
            LevelPoint(
                on=answer.on,
                level=answer.value,
                low=max(answer.value - 1, 0),
                high=min(answer.value + 1, 10),
                usual_low=4 if index >= 7 else None,
                usual_high=6 if index >= 7 else None,
            )
            for index, answer in enumerate(answers)
        ),
    )
    return replace(panel, **changes)  # type: ignore[arg-type]


def make_course(*panels: Panel, **changes: object) -> Course:
    return replace(Course(span=SPAN, panels=panels), **changes)  # type: ignore[arg-type]


def parse(svg: str) -> ET.Element:
    """Read a drawing strictly: anything unescaped fails here."""
    return ET.fromstring(svg)


def classes(svg: str) -> list[str]:
    return [element.get("class", "") for element in parse(svg).iter()]


FULL = make_panel([5, 6, 5, 4, None, 5, 6, 5, 5, 3, 2, 2])
