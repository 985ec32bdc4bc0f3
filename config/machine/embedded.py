"""Starts the PostgreSQL that comes with the package; used only when DATABASE_URL is not set.

The server listens on a socket in a private folder, never on TCP. Its address follows from the data folder, so every
command finds it without asking. Whoever starts it owns it: `guard.py` stops it when that process ends, however. What
lies in its files is cluster.py's.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psycopg
from django.core.exceptions import ImproperlyConfigured

from config.machine import cluster, folders, users
from config.machine.cluster import APPLICATION, OWNER, STOP_SECONDS
from config.machine.users import SystemUser

DATABASE = "tidemark"

START_SECONDS = 30

# Commands that open no connection, or (serve) look after the server themselves.
WITHOUT_DATABASE = {
    "help", "--help", "-h", "version", "--version", "serve", "check", "diffsettings", "collectstatic", "findstatic",
    "makemessages", "compilemessages", "startapp", "test",
}  # fmt: skip

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The server's own log must not quote rows: no statement, no parameter, no detail, no message about a value.
    "log_statement": "none",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}

# A crash may lose a throw-away cluster of the tests; a clinic's never.
_THROW_AWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


# The socket's folder is the wall. As root two users must pass it: the server's, and by its group the application's.
_FOR_ONE_USER = 0o700
_FOR_TWO_USERS = 0o710


def for_command(command: str) -> AbstractContextManager[object]:
    """Return the server to run a management command on; nothing where one is configured or none is needed."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE") or command in WITHOUT_DATABASE:
        return nullcontext()
    return ensure_running(Path(os.environ.get("TIDEMARK_DATA_DIR") or users.PROJECT / "var").resolve())


def urls(data_dir: Path) -> tuple[str, str]:
    """Return the addresses for the application role and for the owner role; the server need not run."""
    tail = f"@/{DATABASE}?host={socket_dir(data_dir)}"
    return f"postgresql://{APPLICATION}{tail}", f"postgresql://{OWNER}{tail}"


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of the socket: short, because a socket's whole path may have 107 bytes only.

    It is named for who keeps the data folder, so that root and the application's own user mean the same one.
    """
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    keeper = data_dir.stat().st_uid if data_dir.exists() else os.getuid()
    return Path("/tmp") / f"tidemark-{keeper}-{digest}"  # noqa: S108  # made private and checked before use


@dataclass
class Server:
    """A running server; `process` is its guard if this process started it, else None."""

    data_dir: Path
    process: subprocess.Popen[bytes] | None

    def is_alive(self) -> bool:
        """Say whether the server still answers (or, if ours, still runs)."""
        return self.process.poll() is None if self.process else _answers(self.data_dir)

    def stop(self) -> None:
        """Stop the server if this process started it."""
        if self.process is None:
            return
        assert self.process.stdin  # noqa: S101  # it is a pipe
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS + 2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def ensure_running(data_dir: Path, *, durable: bool = True) -> Server:
    """Return the server of this data folder: the running one, or a new one that ends with this process."""
    folders.make(data_dir)
    users.check_keeper(data_dir)
    with _alone(data_dir):
        if _answers(data_dir):
            return Server(data_dir, process=None)
        server = _start(data_dir, users.of_database(), durable=durable)
        _make_database(data_dir)
        return server


def _start(data_dir: Path, user: SystemUser, *, durable: bool) -> Server:
    """Start the server and wait until it answers."""
    deadline = time.monotonic() + START_SECONDS
    cluster.make(data_dir, user)
    while True:
        problem = _prepare(data_dir, user)
        if not problem:
            server = Server(data_dir, process=_launch(data_dir, user, durable=durable))
            while server.is_alive() and time.monotonic() < deadline:
                if _answers(data_dir):
                    return server
                time.sleep(0.03)
            server.stop()
            problem = f"PostgreSQL does not start: {users.last_line(_log(data_dir).read_text())}"
        # After a crash the dying back ends of the last server hold its memory for a moment: try again.
        if time.monotonic() > deadline:
            raise ImproperlyConfigured(problem)
        time.sleep(0.5)


def _prepare(data_dir: Path, user: SystemUser) -> str:
    """Bring locks, socket folder and cluster up to what this version wants; return why that is not possible yet."""
    if running := _clear_stale_locks(data_dir):
        return f"PostgreSQL runs in {data_dir} already and does not let us in: end process {running} first."
    _make_socket_dir(data_dir, user)
    cluster.take_over(data_dir, user)
    try:
        cluster.settle_access(cluster.folder_of(data_dir), user)
    except cluster.NotReady as problem:
        return str(problem)
    return ""


def _make_socket_dir(data_dir: Path, user: SystemUser) -> None:
    """Make the socket's folder, or refuse one that someone else has put there."""
    folder = socket_dir(data_dir)
    if (
        user.is_other
        and folder.is_dir()
        and folder.lstat().st_uid == cluster.folder_of(data_dir).stat().st_uid != user.uid
    ):
        # Left by an earlier version, whose server ran as another system user.
        shutil.rmtree(folder)
    if not folder.exists():
        cluster.make_private(folder, user)
    status = folder.lstat()
    wanted = _FOR_TWO_USERS if user.is_other else _FOR_ONE_USER
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != user.uid or status.st_mode & 0o777 & ~wanted:
        raise ImproperlyConfigured(f"{folder} is not a private folder of ours: look at it and remove it.")
    if user.is_other:
        os.chown(folder, user.uid, users.of_application().gid)
        folder.chmod(wanted)


def _launch(data_dir: Path, user: SystemUser, *, durable: bool) -> subprocess.Popen[bytes]:
    """Start the server's guard with the server below it."""
    settings = _SETTINGS | ({} if durable else _THROW_AWAY_SETTINGS)
    settings["unix_socket_directories"] = str(socket_dir(data_dir))
    settings["unix_socket_permissions"] = "0777" if user.is_other else "0700"
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    folder = cluster.folder_of(data_dir)
    command = cluster.command(user, "postgres", "-D", str(folder), *options, show=[folder, socket_dir(data_dir)])
    with _private_file(_log(data_dir)).open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=users.environment(user, home=folder),
        )


def _make_database(data_dir: Path) -> None:
    """Make the database where it is missing (at every start, so a crash in between heals)."""
    with _connect(data_dir) as connection:
        databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if DATABASE not in databases:
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _connect(data_dir: Path) -> psycopg.Connection[tuple[str]]:
    """Connect as the owner role to the database that is always there."""
    return psycopg.connect(
        host=str(socket_dir(data_dir)), user=OWNER, dbname="postgres", connect_timeout=3, autocommit=True
    )


def _answers(data_dir: Path) -> bool:
    """Say whether a server takes connections on this folder's socket."""
    try:
        _connect(data_dir).close()
    except psycopg.OperationalError:
        return False
    return True


def _clear_stale_locks(data_dir: Path) -> int:
    """Remove lock files whose process number now belongs to another program; return the number of a living server.

    A dead number PostgreSQL clears by itself, after checking that no back end of the crashed server is left.
    """
    folder = cluster.folder_of(data_dir)
    for lock in (folder / "postmaster.pid", socket_dir(data_dir) / ".s.PGSQL.5432.lock"):
        if not lock.exists():
            continue
        # Negative where the server ran alone, to bring its roles up to date.
        pid = abs(int(lock.read_text().split()[0]))
        if not _lives(pid):
            continue
        if _is_server(pid, folder):
            return pid
        lock.unlink()
    return 0


def _lives(pid: int) -> bool:
    """Say whether there is a process of this number, whoever it belongs to."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_server(pid: int, folder: Path) -> bool:
    """Say whether the living process is the server of this cluster."""
    process = Path("/proc") / str(pid)
    if not process.exists():  # no /proc on this system, or another user's that is hidden
        shown = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
        return "postgres" in shown.stdout
    try:
        return (process / "cwd").readlink() == folder
    except OSError:  # a zombie, or another user's; ours runs as the user who starts it, or below root
        return False


def _log(data_dir: Path) -> Path:
    """Return the server's log file."""
    return data_dir / "postgres.log"


def _private_file(path: Path) -> Path:
    """Return a file that only its keeper may open, made if it is missing."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Let one process at a time look for and start the server; no one else may hold the lock, or keep us waiting."""
    with _private_file(data_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
