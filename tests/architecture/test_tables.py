"""Tables that can be filled, and rows that cannot say when without saying by whom."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models

from patients.tenancy import ClinicOwned, clinic_context
from tests.conftest import World
from tests.furnished import Furnished, furnish, our_models


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def test_every_table_of_a_clinic_can_be_filled(furnished: Furnished) -> None:
    for clinic in (furnished.world.clinic, furnished.world.other_clinic):
        with clinic_context(clinic_id=clinic.pk):
            empty = [m.__name__ for m in our_models() if issubclass(m, ClinicOwned) and not m._base_manager.exists()]
            assert empty == []


def pairs() -> Iterator[tuple[type[models.Model], str]]:
    """Return each "x" of which a model has an optional x_at and an x_by."""
    for model in our_models():
        columns = {field.name: field for field in model._meta.concrete_fields}
        for name, field in columns.items():
            if name.endswith("_at") and field.null and f"{name[:-3]}_by" in columns:
                yield model, name[:-3]


def names_in(condition: Any) -> set[str]:
    """Return the columns that a condition speaks of."""
    if isinstance(condition, models.Q):
        return set().union(*(names_in(child) for child in condition.children))
    return {str(condition[0]).partition("__")[0]} if isinstance(condition, tuple) else set()


def test_a_time_and_its_person_come_together_or_not_at_all() -> None:
    """A row that says when but not by whom, or the other way round, must be impossible."""
    loose = [
        f"{model.__name__}.{stem}"
        for model, stem in pairs()
        if not any(
            {f"{stem}_at", f"{stem}_by"} <= names_in(constraint.condition)
            for constraint in model._meta.constraints
            if isinstance(constraint, models.CheckConstraint)
        )
    ]

    assert list(pairs())
    assert loose == []
