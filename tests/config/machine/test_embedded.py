"""The embedded PostgreSQL: found, shared, crashed, started again; never with more rights than it needs."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from config.machine import cluster, embedded, users
from tests.config.conftest import ROOT, run_alone, wait_until

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root has other users to become")


def postmaster(data_dir: Path) -> psutil.Process:
    pid = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    return psutil.Process(pid)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


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


def test_neither_role_is_a_superuser_and_only_the_owner_passes_row_security(data_dir: Path) -> None:
    app, owner = embedded.urls(data_dir)
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"

    with embedded.ensure_running(data_dir), psycopg.connect(app) as as_app, psycopg.connect(owner) as as_owner:
        assert as_app.execute(rights).fetchone() == (False, False, False, False)
        assert as_owner.execute(rights).fetchone() == (False, False, True, True)


def test_it_listens_on_a_private_socket_only_and_does_not_run_as_root(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        server = postmaster(data_dir)

        assert stat.S_IMODE(embedded.socket_dir(data_dir).stat().st_mode) == (0o710 if users.is_root() else 0o700)
        assert [link for link in server.net_connections() if link.family.name != "AF_UNIX"] == []
        assert server.uids().effective != 0


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


@needs_root
def test_not_even_the_superuser_reads_what_only_root_may(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        assert postmaster(data_dir).uids().effective == users.of_database().uid
        of_root = data_dir / "of_root"
        of_root.touch(mode=0o600)
        of_root.write_text("of root")

    printed = run_alone(data_dir, f"SELECT pg_read_file('{of_root}')")

    assert "Permission denied" in printed
    assert "of root" not in printed


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


@needs_root
def test_a_data_folder_that_another_user_keeps_is_refused_with_the_users_name(data_dir: Path) -> None:
    data_dir.mkdir()
    shutil.chown(data_dir, "nobody")

    with pytest.raises(ImproperlyConfigured, match="belongs to nobody: run this as nobody"):
        embedded.ensure_running(data_dir)


def test_a_living_server_is_never_prepared_again_but_named(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        problem = embedded._prepare(data_dir, users.of_database())

        assert f"end process {postmaster(data_dir).pid} first" in problem
        assert ask(embedded.urls(data_dir)[0], "SELECT 1") == 1


def test_log_and_lock_are_closed_to_others(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        assert stat.S_IMODE((data_dir / "postgres.log").stat().st_mode) == 0o600
        assert stat.S_IMODE((data_dir / "postgres.lock").stat().st_mode) == 0o600


def test_a_second_caller_uses_the_running_server_and_does_not_stop_it(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir) as first:
        with embedded.ensure_running(data_dir) as second:
            assert second.process is None
        assert first.is_alive()
        assert second.is_alive()
        assert ask(embedded.urls(data_dir)[0], "SELECT 1") == 1

    assert not second.is_alive()


@pytest.mark.parametrize("round_", range(3))
def test_a_killed_server_is_noticed_and_a_new_one_keeps_what_was_committed(data_dir: Path, round_: int) -> None:
    owner = embedded.urls(data_dir)[1]
    with embedded.ensure_running(data_dir) as server:
        with psycopg.connect(owner) as connection:
            connection.execute("CREATE TABLE kept (value int)")
            connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
        with psycopg.connect(owner):  # a back end that outlives its postmaster for a moment
            postmaster(data_dir).kill()
            wait_until(lambda: not server.is_alive(), seconds=5, message="the handle says it lives")

    with embedded.ensure_running(data_dir):
        assert ask(owner, "SELECT count(*) FROM kept") == 1000


def test_a_lock_file_with_the_number_of_another_program_is_removed(data_dir: Path) -> None:
    with embedded.ensure_running(data_dir):
        lock = data_dir / "postgres" / "postmaster.pid"
        left_behind = lock.read_text()
    lock.write_text(left_behind.replace(left_behind.split()[0], str(os.getpid()), 1))

    with embedded.ensure_running(data_dir):
        assert ask(embedded.urls(data_dir)[0], "SELECT 1") == 1


def test_a_half_made_cluster_is_made_again(data_dir: Path) -> None:
    draft = data_dir / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")

    with embedded.ensure_running(data_dir):
        assert ask(embedded.urls(data_dir)[0], "SELECT 1") == 1


def test_a_socket_folder_of_somebody_else_is_refused(data_dir: Path) -> None:
    folder = embedded.socket_dir(data_dir)
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)

    with pytest.raises(ImproperlyConfigured, match="not a private folder of ours"):
        embedded.ensure_running(data_dir)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_the_server_ends_with_the_process_that_started_it(data_dir: Path, number: signal.Signals) -> None:
    # A suite that runs in the background hands down a SIGINT that is ignored.
    program = (
        "import signal, sys, time; from pathlib import Path; from config import embedded\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "embedded.ensure_running(Path(sys.argv[1])); print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", program, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE)
    assert starter.stdout
    assert starter.stdout.readline() == b"up\n"
    server = postmaster(data_dir)

    starter.send_signal(number)
    starter.communicate()

    wait_until(lambda: not server.is_running(), seconds=5, message="the server outlived its starter")
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()


def test_the_log_of_the_server_does_not_quote_rows(data_dir: Path) -> None:
    app, owner = embedded.urls(data_dir)
    with embedded.ensure_running(data_dir):
        with psycopg.connect(owner) as connection:
            connection.execute("CREATE TABLE notes (note text CHECK (length(note) < 5))")
            connection.execute("GRANT INSERT ON notes TO tidemark_app")
        with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO notes VALUES (%s)", ["zqx-canary"])
        with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("SELECT zqx-canary FROM")

    assert "canary" not in (data_dir / "postgres.log").read_text()
