"""The files of the embedded PostgreSQL: who may sign in, as what, and how old files are brought up to date."""

import pwd
import shutil
from pathlib import Path

import psycopg
import pytest

from config.machine import cluster, embedded, users
from tests.config.conftest import run_alone
from tests.config.machine.databases import ask, needs_root


def sign_in(data_dir: Path, role: str, *, as_user: users.SystemUser) -> str:
    """Sign in as another system user; return who that is for the database, or its refusal."""
    where = ["-h", str(embedded.socket_dir(data_dir)), "-d", "postgres"]
    command = [str(cluster.binaries() / "psql"), *where, "-U", role, "-Atc", "SELECT USER"]
    line = users.guarded(as_user, command, stop="SIGTERM", grace=1, show=[cluster.binaries().parent])
    return users.run(line)[1].strip()


def make_as_earlier_versions_did(data_dir: Path, *, owner: str) -> None:
    """Let everyone into the database of a stopped server, and let another system user own it, as root once did."""
    (data_dir / "postgres" / "pg_hba.conf").write_text("local all all trust\n")
    (data_dir / "postgres" / "pg_ident.conf").write_text("")
    if users.is_root():
        for path in [data_dir / "postgres", *(data_dir / "postgres").rglob("*"), embedded.socket_dir(data_dir)]:
            shutil.chown(path, owner, owner if owner == "postgres" else None)
        embedded.socket_dir(data_dir).chmod(0o700)


def test_nobody_signs_in_as_the_superuser_not_even_who_owns_the_files(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        for user in {users.ourselves(), users.of_application(), users.of_database()}:
            assert "no pg_hba.conf entry" in sign_in(data_dir, cluster.SUPERUSER, as_user=user), user.name


@needs_root
def test_the_applications_own_user_is_the_application_role_and_never_the_owner(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        assert sign_in(data_dir, cluster.APPLICATION, as_user=users.of_application()) == cluster.APPLICATION
        assert "Peer authentication failed" in sign_in(data_dir, cluster.OWNER, as_user=users.of_application())


@needs_root
def test_another_system_user_does_not_get_in_even_where_the_folder_was_opened(data_dir: Path) -> None:
    found = pwd.getpwnam("nobody")
    nobody = users.SystemUser("nobody", found.pw_uid, found.pw_gid)
    with embedded.ensure_running(data_dir):
        assert "Permission denied" in sign_in(data_dir, cluster.APPLICATION, as_user=nobody)

        embedded.socket_dir(data_dir).chmod(0o755)

        for role in (cluster.APPLICATION, cluster.OWNER, cluster.SUPERUSER):
            assert "FATAL" in sign_in(data_dir, role, as_user=nobody)


@pytest.mark.parametrize("owner", ["nobody", "postgres"])
def test_a_filled_cluster_that_trusted_everybody_is_brought_up_to_date_at_the_next_start(
    data_dir: Path, owner: str
) -> None:
    url = embedded.urls(data_dir)[1]
    with embedded.ensure_running(data_dir), psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS value")
    try:
        pwd.getpwnam(owner)
    except KeyError:
        pytest.skip(f"this machine has no user {owner}")
    run_alone(data_dir, "ALTER ROLE tidemark_app SUPERUSER")
    make_as_earlier_versions_did(data_dir, owner=owner)

    with embedded.ensure_running(data_dir):
        assert ask(url, "SELECT count(*) FROM kept") == 1000
        assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = 'tidemark_app'") is False
        assert "no pg_hba.conf entry" in sign_in(data_dir, cluster.SUPERUSER, as_user=users.ourselves())
        owners = {path.lstat().st_uid for path in [data_dir / "postgres", *(data_dir / "postgres").rglob("*")]}
        assert owners == {users.of_database().uid}


def test_roles_that_a_crash_kept_from_being_made_are_made_at_the_next_start(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        pass
    (data_dir / "postgres" / "pg_hba.conf").unlink()
    for line in (
        f"DROP DATABASE {embedded.DATABASE}",
        f"DROP ROLE {cluster.OWNER}",
        f"DROP ROLE {cluster.APPLICATION}",
    ):
        assert "ERROR" not in run_alone(data_dir, line)

    with embedded.ensure_running(data_dir):
        assert ask(embedded.urls(data_dir)[0], "SELECT current_user::text") == cluster.APPLICATION


def test_a_half_made_cluster_is_made_again(data_dir: Path) -> None:
    draft = data_dir / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")

    with embedded.ensure_running(data_dir):
        assert ask(embedded.urls(data_dir)[0], "SELECT 1") == 1
