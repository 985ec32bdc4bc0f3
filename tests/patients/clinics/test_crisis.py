"""The numbers to call."""

import pytest

from patients.rights import safety_plans
from tests.conftest import World
from tests.factories import NOW
from tests.patients.rights.readers import write_plan


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Leila, my sister: 07700 900461", "Leila, my sister"),
        ("07700 900461 - Leila", "Leila"),
        ("Leila (07700 900461), mornings", "Leila, mornings"),
        ("Dr Rao +44 (0)20 7946 0000, mornings", "Dr Rao, mornings"),
        ("07700 900461", ""),
    ],
)
def test_who_is_called_is_the_line_without_its_number(line: str, name: str) -> None:
    found = safety_plans._lines("people_to_ask", line)[0]

    assert found.name == name


@pytest.mark.parametrize(
    ("line", "dialled"),
    [
        ("Maria, my sister, 07700 900123", "07700900123"),
        ("Dr Rao +44 (0)20 7946 0000, mornings", "+4402079460000"),
        ("Emergency 999", "999"),
        ("Text 85258", "85258"),
        ("Tom next door", ""),
        ("Anna, after 1830, number 12", ""),
        ("9" * 1000, ""),
    ],
)
def test_a_line_that_names_a_number_can_be_called(north: World, line: str, dialled: str) -> None:
    safety_plans.save_safety_plan(patient=north.episode.patient, words={"people_to_ask": line}, by=north.ann, at=NOW)

    assert [found.dialled for found in safety_plans.people_to_call(north.episode.patient)] == [dialled] * bool(dialled)


def test_numbers_outside_the_parts_about_people_are_no_telephones(north: World) -> None:
    plan = write_plan(north, own_steps="Count down from 100000")

    lines = [line for section in safety_plans.sections(plan) for line in section.lines if line.number]
    assert [line.dialled for line in lines] == ["07700900123", "116123", "+4402079460000"]
