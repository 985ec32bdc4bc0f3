"""What the three apps register with Django: their labels, which name the tables, and our own checks."""

import pytest
from django.apps import apps
from django.core.checks import Tags
from django.core.checks.registry import registry

from config import checks


def test_checks_of_ours_run_with_djangos() -> None:
    assert checks.role_stays_behind_the_wall in registry.registered_checks
    assert Tags.database in checks.role_stays_behind_the_wall.tags  # type: ignore[attr-defined]


def test_who_runs_the_product_is_looked_at_before_a_deployment_only() -> None:
    assert checks.runs_without_root in registry.deployment_checks
    assert checks.runs_without_root not in registry.registered_checks


@pytest.mark.parametrize("label", ["patients", "monitoring"])
def test_tables_are_named_for_the_app_that_they_always_had(label: str) -> None:
    tables = {model._meta.db_table for model in apps.get_app_config(label).get_models()}

    assert tables
    assert all(table.startswith(f"{label}_") for table in tables)
