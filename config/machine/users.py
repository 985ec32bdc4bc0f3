"""The system users that the processes run as: whoever started the product, or two users of its own where that is root.

Two, because a web process under the database's user could read the database's files, past row-level security. Not for
the people who sign in (patients), nor for the roles inside PostgreSQL (cluster.py).
"""

import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

APPLICATION = "tidemark"
DATABASE = "tidemark-db"

GUARD = Path(__file__).with_name("guard.py")
PROJECT = Path(__file__).resolve().parents[2]

# What belongs to root's own session, not to another user's processes.
_SESSION_VARIABLES = ("SUDO_", "SSH_", "XDG_", "DBUS_", "MAIL")


@dataclass(frozen=True)
class SystemUser:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Say whether becoming this user is a step down from root."""
        return self.uid != os.getuid()


def is_root() -> bool:
    """Say whether we are root, who starts processes under other users."""
    return os.geteuid() == 0


def ourselves() -> SystemUser:
    """Return the user of this process; PostgreSQL knows people of this machine by name only."""
    uid = os.getuid()
    try:
        return SystemUser(pwd.getpwuid(uid).pw_name, uid, os.getgid())
    except KeyError:
        raise ImproperlyConfigured(
            f"User number {uid} has no name on this machine, and PostgreSQL needs one: "
            "start as a user that has one, or set DATABASE_URL."
        ) from None


def of_application() -> SystemUser:
    """Return who web, worker, beat and sweep run as."""
    return _own(APPLICATION, "runs the web server and its workers") if is_root() else ourselves()


def of_database() -> SystemUser:
    """Return who PostgreSQL runs as."""
    return _own(DATABASE, "owns the database's files") if is_root() else ourselves()


def check_keeper(data_dir: Path) -> None:
    """Refuse a data folder that another user keeps: its files would soon belong to both, and work for neither."""
    keeper = data_dir.stat().st_uid
    if keeper == os.getuid():
        return
    try:
        name = pwd.getpwuid(keeper).pw_name
    except KeyError:
        name = f"user number {keeper}"
    raise ImproperlyConfigured(
        f"{data_dir} belongs to {name}: run this as {name}, or set TIDEMARK_DATA_DIR to a folder of your own."
    )


def guarded(
    user: SystemUser, command: Sequence[str], *, stop: str, grace: float, show: Sequence[Path] = (), reads: str = ""
) -> list[str]:
    """Return the command below a guard, as the given user; `show` is what it must be able to see, `reads` its input."""
    line = [sys.executable, "-I", "-S", str(GUARD), "--signal", stop, "--grace", str(grace)]
    if reads:
        line += ["--input", reads]
    if user.is_other:
        line += ["--uid", str(user.uid), "--gid", str(user.gid)]
        line += [part for path in show for part in ("--show", str(path))]
    return [*line, "--", *command]


def run(line: Sequence[str], *, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a guarded command to its end; return its status and what it printed."""
    # Its input stays open meanwhile: the guard would take the end of it for our death.
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=PROJECT
    ) as process:
        assert process.stdout  # noqa: S101  # it is a pipe
        output = process.stdout.read().decode(errors="replace")
        return process.wait(), output


def last_line(output: str) -> str:
    """Return the last line of a program's output, for a one-sentence message."""
    return (output.strip().splitlines() or ["no message"])[-1]


def environment(user: SystemUser, *, home: Path) -> Mapping[str, str]:
    """Return our environment as that user should have it: without what belongs to root's session."""
    if not user.is_other:
        return os.environ
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SESSION_VARIABLES)}
    return kept | {"HOME": str(home), "USER": user.name, "LOGNAME": user.name}


def needs_of_python() -> list[Path]:
    """Return where the project, its packages and the interpreter lie."""
    return [PROJECT, Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable)]


def _own(name: str, duty: str) -> SystemUser:
    """Return a user of the product's own, made on this machine's first start."""
    if (user := _find(name)) is None:
        _make(name, duty)
        user = _find(name)
    if user is None:
        raise ImproperlyConfigured(f"The system user {name} was made and cannot be found.")
    if user.uid == 0:
        raise ImproperlyConfigured(f"The system user {name} is root under another name: give it a number of its own.")
    if not _exists_here(user.uid):
        raise ImproperlyConfigured(
            f"Nothing may run as root here, and this container has no room for the system user {name} "
            f"(number {user.uid} is not mapped): start as an ordinary user, or set DATABASE_URL."
        )
    return user


def _exists_here(uid: int) -> bool:
    """Say whether this user namespace knows the number; a container may map root's alone."""
    mapped = Path("/proc/self/uid_map")
    if not mapped.exists():
        return True
    ranges = [line.split() for line in mapped.read_text().splitlines()]
    return any(int(first) <= uid < int(first) + int(count) for first, _, count in ranges)


def _find(name: str) -> SystemUser | None:
    """Look a user up by name."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _make(name: str, duty: str) -> None:
    """Make a system user that no one can sign in as."""
    advice = f"make it (useradd --system {name}), or start as an ordinary user."
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise ImproperlyConfigured(
            f"Nothing may run as root here, and there is neither a system user {name} nor useradd: {advice}"
        )
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"]
    problem = ""
    # Another start may be at it: useradd locks its files, and the user is there a moment later.
    for pause in (0.5, 1, 2, 0):
        made = subprocess.run([program, *options, name], capture_output=True, text=True, check=False)
        if made.returncode == 0:
            sys.stderr.write(f"tidemark: made the system user {name}, which {duty}.\n")
            return
        if _find(name):
            return
        problem = last_line(made.stderr)
        time.sleep(pause)
    raise ImproperlyConfigured(f"The system user {name} could not be made ({problem}): {advice}")
