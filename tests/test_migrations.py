"""Migrations: in step with the models, one line per app, each with a way back or a reason why there is none."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader

APPS = ("patients", "monitoring")
# What a migration may take from our code: the functions and base classes that its own columns name.
NAMED_BY_COLUMNS = {"patients.tenancy", "patients.models.people", "monitoring.models.check_ins"}


def ours() -> list[Migration]:
    loader = MigrationLoader(None)
    return [migration for (app, _), migration in sorted(loader.disk_migrations.items()) if app in APPS]


def path_of(migration: Migration) -> Path:
    return Path(migration.app_label) / "migrations" / f"{migration.name}.py"


def tree_of(migration: Migration) -> ast.Module:
    return ast.parse(path_of(migration).read_text())


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_one_first_and_one_last_migration_and_no_fork(app: str) -> None:
    graph = MigrationLoader(None).graph
    followers = Counter(
        parent.key
        for node in graph.nodes.values()
        for parent in graph.node_map[node.app_label, node.name].parents
        if node.app_label == app and parent.key[0] == app
    )

    assert len(graph.root_nodes(app)) == 1
    assert len(graph.leaf_nodes(app)) == 1
    assert [key for key, number in followers.items() if number > 1] == []


def test_every_migration_is_named_for_what_it_does() -> None:
    assert [migration.name for migration in ours() if "_auto_" in migration.name] == []


def test_every_step_has_a_way_back_or_the_file_says_why_not() -> None:
    one_way = [
        str(path_of(migration))
        for migration in ours()
        if not all(operation.reversible for operation in migration.operations)
        and "no way back" not in (ast.get_docstring(tree_of(migration)) or "").lower()
    ]

    assert one_way == []


def test_a_migration_runs_on_the_code_of_any_later_day() -> None:
    """A migration that imports use cases breaks when they change; it is history and must not."""
    imported = {
        (str(path_of(migration)), name)
        for migration in ours()
        for node in ast.walk(tree_of(migration))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if name.partition(".")[0] in {*APPS, "config"}
    }

    assert {(path, name) for path, name in imported if name not in NAMED_BY_COLUMNS} == set()


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_test_database_has_had_every_migration() -> None:
    loader = MigrationLoader(connections["owner"])

    assert {key for key in loader.disk_migrations if key[0] in APPS} <= set(loader.applied_migrations)
