"""Every table and column that a person takes home, with its meaning."""

from typing import Any

import pytest

from monitoring.models import CheckIn
from monitoring.take_home import columns
from monitoring.take_home.columns import LEFT_OUT
from patients.tenancy import ClinicOwned
from tests import factories
from tests.conftest import World
from tests.factories import NOW
from tests.furnished import our_models
from tests.monitoring.taking_home import SOURCES

# Tables that belong to the clinic and speak of no one.
OF_THE_CLINIC = {"ClinicInstrument", "ClinicBudget", "BudgetChange", "InteractionPair"}


def test_every_table_about_a_patient_is_in_the_file_or_left_out_with_a_reason() -> None:
    owned = {model.__name__ for model in our_models() if issubclass(model, ClinicOwned)}

    unknown = owned - {source.model.__name__ for source in SOURCES} - set(LEFT_OUT) - OF_THE_CLINIC
    assert unknown == set(), "say in monitoring.take_home.columns what it means, or why it is left out"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_column_has_a_meaning_or_is_for_the_machine(source: Any) -> None:
    known = {"clinic", source.path.partition("__")[0], *source.columns, *source.internal}
    stored = {field.name for field in source.model._meta.concrete_fields} | {"pk"}

    assert stored - known - {"pk"} == set(), "say in monitoring.take_home.columns what the column means"
    assert known <= stored
    assert not set(source.columns) & source.internal


def test_a_corrected_check_in_is_in_the_file_with_both_versions(north: World) -> None:
    factories.make_plan(north.episode)
    old = factories.make_check_in(north.episode, by=north.ann).check_in
    CheckIn.versions.filter(pk=old.pk).update(superseded_at=NOW)

    tables = {table.name: table.rows for table in columns.load(north.episode.patient)}

    assert [row["superseded_at"] for row in tables["check_ins"]] == [NOW]
