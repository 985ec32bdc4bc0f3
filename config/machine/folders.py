"""What lies in the data folder besides the database, and who may read it.

The folder itself stays its keeper's: a link that another user put there could turn root's next write anywhere.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.machine.users import SystemUser

# Written by the application's processes; closed to everyone else.
PRIVATE = ("mail", "queue", "queue-control")

KEY_FOR_ITS_USER = 0o600
KEY_FOR_A_GROUP = 0o640
PASSABLE = 0o711
WRITABLE_BY_OTHERS = 0o022


def make(data_dir: Path) -> None:
    """Make the data folder, which others may pass but not list; no other user may write into it."""
    if not data_dir.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Whatever umask we were started with: PostgreSQL's own user must get through.
        data_dir.chmod(PASSABLE)
    status = data_dir.stat()
    if status.st_uid == os.getuid() and status.st_mode & WRITABLE_BY_OTHERS:
        data_dir.chmod(stat.S_IMODE(status.st_mode) & ~WRITABLE_BY_OTHERS)


def secret_key(data_dir: Path) -> str:
    """Return this installation's own secret key, made on the first start and readable by its user only."""
    path = data_dir / "secret_key"
    make(data_dir)
    for name in PRIVATE:
        (data_dir / name).mkdir(exist_ok=True, mode=0o700)
    if not path.exists():
        draft = data_dir / f"secret_key.{os.getpid()}"
        draft.touch(mode=KEY_FOR_ITS_USER)
        draft.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        # Two first starts at once must agree: the first link wins, the other draft is dropped.
        with _ignoring_existing():
            path.hardlink_to(draft)
        draft.unlink()
    try:
        return path.read_text(encoding="utf-8").strip()
    except PermissionError:
        raise ImproperlyConfigured(f"{path} may be read by others only: run this as the user who keeps it.") from None


def needs_of_application(data_dir: Path) -> list[Path]:
    """Return what the application's processes use of the data folder."""
    return [data_dir / name for name in ("secret_key", "static", *PRIVATE)]


def hand_over(data_dir: Path, user: SystemUser) -> None:
    """Let the application's own user work where root started it, also on what earlier runs as root left there."""
    if not user.is_other:
        return
    make(data_dir)
    for name in PRIVATE:
        folder = data_dir / name
        folder.mkdir(exist_ok=True, mode=0o700)
        give(folder, user)
    key = data_dir / "secret_key"
    if key.exists():
        # To be read, not to be changed.
        os.chown(key, 0, user.gid)
        key.chmod(KEY_FOR_A_GROUP)


def give(folder: Path, user: SystemUser) -> int:
    """Make a user the owner of a folder and all in it; return how many entries were another's.

    Who owned the folder may have put anything there. A file with a second name may be one of the system's and is left
    as it is; links are never followed.
    """
    changed = 0
    for _, _, files, descriptor in os.fwalk(folder, follow_symlinks=False):
        changed += _give(descriptor, user)
        for name in files:
            with _opened(name, descriptor) as file:
                changed += _give(file, user) if file is not None else 0
    return changed


def _give(descriptor: int, user: SystemUser) -> int:
    """Change the owner of an open folder, or of an open file that has one name."""
    status = os.fstat(descriptor)
    has_one_name = stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1)
    if status.st_uid == user.uid or not has_one_name:
        return 0
    os.fchown(descriptor, user.uid, user.gid)
    return 1


@contextmanager
def _opened(name: str, folder: int) -> Iterator[int | None]:
    """Open a file without following a link or waiting for a pipe; nothing where that is not possible."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _ignoring_existing() -> Iterator[None]:
    """Let a file that is already there be."""
    try:
        yield
    except FileExistsError:
        return
