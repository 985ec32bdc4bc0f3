"""Versions of who is told when nobody answers: named from who may see everyone, never overwritten unseen."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from monitoring.escalation import policies
from monitoring.escalation.policies import PolicyConflict, PolicyNotPossible
from monitoring.models import ResponsePolicy
from patients.models.audit import AuditAction, AuditEvent
from tests.conftest import World
from tests.factories import NOW


def change(world: World, **given: Any) -> ResponsePolicy:
    values = {"second": world.cora, "lead": None, "on_call": None, "urgent_minutes": [60, 240, 480], "number": 0}
    return policies.change(**{**values, **given}, by=world.sam, at=NOW)


def test_versions_count_up_and_the_newest_is_in_force(north: World) -> None:
    change(north)
    change(north, lead=north.cora, number=1)

    present = policies.present()
    assert present is not None
    assert (present.number, present.lead) == (2, north.cora)
    assert [policy.number for policy in policies.versions()] == [2, 1]
    assert AuditEvent.objects.filter(action=AuditAction.POLICY_CHANGED).count() == 2


def test_a_version_that_was_not_on_the_screen_is_not_overwritten(north: World) -> None:
    change(north)

    with pytest.raises(PolicyConflict):
        change(north)


def test_a_version_is_never_changed(north: World) -> None:
    change(north)

    with pytest.raises(DatabaseError), transaction.atomic():
        ResponsePolicy.objects.update(number=7)


@pytest.mark.parametrize("name", ["second", "lead", "on_call"])
@pytest.mark.parametrize("who", ["chris", "sam", "ann", "eve"])
def test_only_who_may_see_every_patient_is_named(north: World, name: str, who: str) -> None:
    with pytest.raises(PolicyNotPossible):
        change(north, **{name: getattr(north, who)})


@pytest.mark.parametrize("minutes", [[60, 60, 480], [240, 60, 480], [0, 60, 480], [60, 240, 961], [60, 240]])
def test_each_step_comes_later_than_the_one_before(north: World, minutes: list[int]) -> None:
    with pytest.raises(PolicyNotPossible):
        change(north, urgent_minutes=minutes)
