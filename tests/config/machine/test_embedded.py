"""The embedded PostgreSQL: found, shared, crashed, started again; never with more rights than it needs."""

import os
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

from config.machine import embedded, users
from tests.config.conftest import ROOT, run_alone, wait_until
from tests.config.machine.databases import ask, needs_root


def postmaster(data_dir: Path) -> psutil.Process:
    pid = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    return psutil.Process(pid)


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
        "import signal, sys, time; from pathlib import Path; from config.machine import embedded\n"
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
