"""Who is away, who stands in, and that a message never ends with nobody."""

from datetime import date, timedelta
from typing import Any

import pytest

from patients.models import User
from patients.people import absences
from patients.people.absences import AbsenceNotPossible
from tests.conftest import World
from tests.factories import NOW

TODAY = NOW.date()


def away(world: World, user: User, *, stand_in: User | None = None, first: date = TODAY, last: date = TODAY) -> Any:
    return absences.plan(user=user, first=first, last=last, stand_in=stand_in, by=world.sam, today=TODAY, at=NOW)


def test_on_other_days_people_are_there(north: World) -> None:
    away(north, north.chris, stand_in=north.cora)

    assert absences.with_stand_ins([north.chris], on=TODAY) == [north.cora]
    assert absences.with_stand_ins([north.chris], on=TODAY + timedelta(days=1)) == [north.chris]
    assert absences.with_stand_ins([north.chris], on=TODAY - timedelta(days=1)) == [north.chris]


def test_two_who_stand_in_for_each_other_do_not_go_round_in_circles(north: World) -> None:
    away(north, north.chris, stand_in=north.cora)
    away(north, north.cora, stand_in=north.chris)

    assert absences.with_stand_ins([north.chris, north.dana], on=TODAY) == [north.dana]


def test_a_stand_in_who_is_told_anyway_is_told_once(north: World) -> None:
    away(north, north.chris, stand_in=north.cora)

    assert absences.with_stand_ins([north.cora, north.chris], on=TODAY) == [north.cora]


def test_who_is_back_early_is_told_again(north: World) -> None:
    absence = away(north, north.chris, last=TODAY + timedelta(days=5))
    absences.end(absence=absence, by=north.chris, at=NOW)

    assert absences.with_stand_ins([north.chris], on=TODAY) == [north.chris]
    assert not absences.planned(today=TODAY).exists()


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TODAY, TODAY - timedelta(days=1)),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=2)),
        (TODAY, TODAY + timedelta(days=400)),
    ],
    ids=["wrong order", "over", "too long"],
)
def test_days_that_are_none_are_refused(north: World, first: date, last: date) -> None:
    with pytest.raises(AbsenceNotPossible):
        away(north, north.chris, first=first, last=last)


def test_only_staff_is_away_and_stands_in(north: World) -> None:
    for user, stand_in in (
        (north.ann, None),
        (north.chris, north.ann),
        (north.chris, north.eve),
        (north.chris, north.chris),
    ):
        with pytest.raises(AbsenceNotPossible):
            away(north, user, stand_in=stand_in)
