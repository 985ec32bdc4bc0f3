"""A database role that passes row-level security is refused, by whichever door it comes in."""

from pathlib import Path

import psycopg
import pytest

from config.machine import cluster, embedded
from patients.walls import RoleTooPowerful, check_role
from tests.config.commands import run
from tests.config.conftest import run_alone

WORK = (
    "from django.db import transaction; from patients.tenancy import clinic_context\n"
    "with transaction.atomic(), clinic_context(clinic_id=None): print('worked')"
)


def make_a_wall(data_dir: Path) -> None:
    """Make one table with row-level security."""
    with embedded.ensure_running(data_dir), psycopg.connect(embedded.urls(data_dir)[1]) as connection:
        connection.execute("CREATE TABLE walled (value int)")
        connection.execute("ALTER TABLE walled ENABLE ROW LEVEL SECURITY")


def test_the_application_role_is_let_in(data_dir: Path) -> None:
    make_a_wall(data_dir)

    with embedded.ensure_running(data_dir), psycopg.connect(embedded.urls(data_dir)[0]) as connection:
        check_role(connection)


@pytest.mark.parametrize(
    ("power", "told"),
    [
        (f"ALTER ROLE {cluster.APPLICATION} SUPERUSER", "passes row-level security"),
        (f"ALTER ROLE {cluster.APPLICATION} BYPASSRLS", "passes row-level security"),
        (f"GRANT {cluster.OWNER} TO {cluster.APPLICATION}", "passes row-level security"),
        (f"REASSIGN OWNED BY {cluster.OWNER} TO {cluster.APPLICATION}", "owns the tables"),
    ],
)
def test_a_role_with_such_a_power_is_refused(data_dir: Path, power: str, told: str) -> None:
    make_a_wall(data_dir)
    assert "ERROR" not in run_alone(data_dir, power, database=embedded.DATABASE)

    with (
        embedded.ensure_running(data_dir),
        psycopg.connect(embedded.urls(data_dir)[0]) as connection,
        pytest.raises(RoleTooPowerful, match=told),
    ):
        check_role(connection)


def test_a_power_that_was_laid_down_for_the_moment_counts_too(data_dir: Path) -> None:
    make_a_wall(data_dir)
    run_alone(data_dir, f"GRANT {cluster.APPLICATION} TO {cluster.OWNER}")

    with embedded.ensure_running(data_dir), psycopg.connect(embedded.urls(data_dir)[1]) as connection:
        connection.execute(f"SET ROLE {cluster.APPLICATION}")
        with pytest.raises(RoleTooPowerful):
            check_role(connection)


def test_start_first_work_and_check_refuse_the_owner_in_one_sentence(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        app, owner = embedded.urls(data_dir)
        started = run("manage.py", "serve", url=owner, folder=data_dir)
        worked = run("manage.py", "shell", "--no-imports", "-c", WORK, url=owner, folder=data_dir)
        checked = run("manage.py", "check", "--database", "default", url=owner, folder=data_dir)
        fine = run("manage.py", "shell", "--no-imports", "-c", WORK, url=app, folder=data_dir)

    for refused in (started, worked):
        assert refused.returncode != 0
        assert refused.stderr.startswith("tidemark: DATABASE_URL signs in as a role that passes row-level security")
        assert refused.stderr.count("\n") == 1
    assert "(tidemark.E001)" in checked.stderr
    assert fine.stdout == "worked\n"


def test_a_database_that_is_away_does_not_keep_the_product_from_starting(data_dir: Path) -> None:
    checked = run("manage.py", "check", "--database", "default", url=embedded.urls(data_dir)[0], folder=data_dir)

    assert checked.returncode == 0, checked.stderr
