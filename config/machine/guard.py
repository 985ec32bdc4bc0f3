"""Runs one program in a process group of its own and takes the whole group down with its parent.

    python -I -S guard.py --signal SIGTERM --grace 4 [--uid 105 --gid 110 --show /srv/tidemark] -- program arguments...

The parent holds the other end of standard input and never writes to it. When the parent closes it or dies, even by
`kill -9`, the read below returns, the group gets the signal, and after the grace period SIGKILL. Only the standard
library, so that it starts in milliseconds and works for PostgreSQL, granian and Celery alike.

With --uid the program and this guard leave root for good: no group, no capability, no way back. What the program needs
below a folder that only root may enter (--show) it sees in a mount namespace of its own, and nothing else of it.
"""

import argparse
import ctypes
import os
import pwd
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# linux/prctl.h, linux/capability.h
PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
LINUX_CAPABILITY_VERSION_3 = 0x20080522
# Two words of 32 bits; numbers that this kernel does not know are refused, which is as good.
CAPABILITIES = 64

# linux/sched.h, linux/mount.h
CLONE_NEWNS = 0x00020000
MS_NOSUID = 2
MS_NODEV = 4
MS_BIND = 4096
MS_REC = 16384
MS_SLAVE = 1 << 19

# A way with more links than the kernel itself would follow is a circle.
MOST_LINKS = 40

# sysexits.h: the program may not be run.
NOT_PERMITTED = 77


class NoWay(Exception):
    """The user cannot reach what the program needs; the text says which folder is closed."""


def main() -> int:
    """Run the program and return its exit status."""
    options = _options()
    try:
        if options.uid is not None:
            open_way(options.show, options.uid, options.gid)
            # Before the program, which then never was root: all that this guard needs of Python is imported.
            leave_root(options.uid, options.gid)
        child = _start(options)
    except NoWay as problem:
        sys.stderr.write(f"tidemark: {problem}\n")
        return NOT_PERMITTED
    except OSError as problem:
        who = "" if options.uid is None else f" as {_name(options.uid)}"
        sys.stderr.write(f"tidemark: {options.program[0]} cannot run{who}: {problem.strerror or problem}.\n")
        return NOT_PERMITTED
    # The parent alone decides: a Ctrl-C in its terminal must not reach the group half-way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _stop(child, options))
    threading.Thread(target=_stop_with_parent, args=(child, options), daemon=True).start()
    status = child.wait()
    _signal_group(child, signal.SIGKILL)
    return status if status >= 0 else 128 - status


def _options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", type=lambda name: signal.Signals[name], default=signal.SIGTERM)
    parser.add_argument("--grace", type=float, default=4)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--show", action="append", default=[], metavar="PATH", help="what the user must be able to see")
    parser.add_argument("--input", default="", help="what the program reads from its standard input")
    parser.add_argument("program", nargs="+")
    return parser.parse_args()


def _start(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    """Start the program in a process group of its own."""
    return subprocess.Popen(
        options.program,
        stdin=_input(options.input),
        process_group=0,
        preexec_fn=lambda: _prepare(options),  # noqa: PLW1509  # this process has one thread so far
    )


def _stop_with_parent(child: subprocess.Popen[bytes], options: argparse.Namespace) -> None:
    """Wait until the parent lets go of standard input, then stop the group."""
    os.read(0, 1)
    _stop(child, options)


def _stop(child: subprocess.Popen[bytes], options: argparse.Namespace) -> None:
    """Ask the program to end, which it does in its own order; end the whole group when the grace period is over."""
    child.send_signal(options.signal)
    killer = threading.Timer(options.grace, _signal_group, args=(child, signal.SIGKILL))
    killer.daemon = True
    killer.start()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal everything that the program started, as far as it still lives."""
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _input(text: str) -> int:
    """Return a descriptor to read a short text from; without one, nothing can be read."""
    if not text:
        return subprocess.DEVNULL
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def _prepare(options: argparse.Namespace) -> None:
    """Between fork and exec: ask Linux to end the program should this guard be killed."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        # No set-user-id program (sudo, su) gives anything to it or to what it starts, whoever it runs as.
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(PR_SET_PDEATHSIG, int(options.signal))


def leave_root(uid: int, gid: int) -> None:
    """Become an unprivileged user for good, with no group but its own and nothing in any set of capabilities."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc:
        # First, because it takes a capability to give up what could be had again.
        for number in range(CAPABILITIES):
            libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        header, nothing = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
        # The change of user clears the effective and the permitted set; the inheritable one would stay.
        if libc.capset(header, nothing) or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "the capabilities of root could not be given up")
    if not os.getuid() or not os.geteuid():
        raise PermissionError("root could not be left")


def open_way(paths: list[str], uid: int, gid: int) -> None:
    """Let a user reach these paths where a folder on the way is closed, and see nothing else of that folder.

    A clone or an interpreter below /root is the usual case. Each turn opens one closed folder; one inside it, if any,
    is the next turn's.

    Raises:
        NoWay: a folder stays closed.
    """
    needed = [step for path in paths for step in steps(path)]
    while folder := next((closed for path in needed if (closed := closed_folder(path, uid, gid))), None):
        if folder in needed:
            raise NoWay(_no_entry(folder, uid))
        try:
            _show(folder, [path for path in needed if path.startswith(f"{folder}/")])
        except OSError as problem:
            raise NoWay(_advice(folder, uid, problem.strerror or "")) from problem
        if closed_folder(f"{folder}/", uid, gid) == folder:
            raise NoWay(_advice(folder, uid, "it stays closed"))
    for path in needed:
        if os.path.isdir(path) and closed_folder(f"{path}/", uid, gid):
            raise NoWay(_no_entry(path, uid))


def _no_entry(path: str, uid: int) -> str:
    """Return the sentence for a closed folder that is needed as a whole."""
    return f"{_name(uid)} may not enter {path}: let others read it with `chmod -R go+rX {path}`."


def _name(uid: int) -> str:
    """Return how people call a user."""
    try:
        return f"the system user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user number {uid}"


def _advice(folder: str, uid: int, reason: str) -> str:
    """Return the sentence for someone who stands before a closed folder."""
    return (
        f"{_name(uid)} may not pass {folder}, and root could not show it what it needs there ({reason}): "
        f"let others pass with `chmod o+x {folder}`, or move the project and its Python out of there."
    )


def steps(path: str) -> list[str]:
    """Return each symbolic link on the way to a path, as they are met, and the real path at last."""
    links: list[str] = []
    done, rest = "/", path.split("/")
    while rest:
        name = rest.pop(0)
        here = os.path.normpath(os.path.join(done, name))
        if not os.path.islink(here):
            done = here
        elif len(links) == MOST_LINKS:
            break
        else:
            links.append(here)
            rest = [*os.readlink(here).split("/"), *rest]
            done = "/" if os.readlink(here).startswith("/") else done
    return [*links, done]


def closed_folder(path: str, uid: int, gid: int) -> str | None:
    """Return the first folder on the way to a path that the user may not pass."""
    folders = ["/".join(path.split("/")[:depth]) for depth in range(2, path.count("/") + 1)]
    with _acting_as(uid, gid):
        for folder in folders:
            try:
                os.stat(f"{folder}/.")
            except PermissionError:
                return folder
            except OSError:
                return None
    return None


@contextmanager
def _acting_as(uid: int, gid: int) -> Iterator[None]:
    """Let the kernel judge as it would for this user; root comes back afterwards."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _show(folder: str, paths: list[str]) -> None:
    """Cover a closed folder, for this process and its children only, by an empty one that holds just these paths."""
    if sys.platform != "linux":
        raise OSError(0, "this system cannot show a part of a folder")
    libc = ctypes.CDLL(None, use_errno=True)
    _call(libc.unshare(CLONE_NEWNS))
    # What is covered here stays here; what the system unmounts is let go here too.
    _mount(libc, "none", "/", flags=MS_REC | MS_SLAVE)
    here = os.getcwd()
    links = {path: os.readlink(path) for path in paths if os.path.islink(path)}
    real = [path for path in paths if path not in links and os.path.lexists(path)]
    # Held open: once the folder is covered, no path leads to what was in it.
    held = {
        path: os.open(path, os.O_PATH) for path in real if not any(path.startswith(f"{parent}/") for parent in real)
    }
    _mount(libc, "tmpfs", folder, kind="tmpfs", flags=MS_NOSUID | MS_NODEV, options="mode=755")
    mask = os.umask(0o022)
    for path, descriptor in held.items():
        _make_place(path, is_folder=stat.S_ISDIR(os.fstat(descriptor).st_mode))
        _mount(libc, f"/proc/self/fd/{descriptor}", path, flags=MS_BIND | MS_REC)
        os.close(descriptor)
    for path, target in links.items():
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
    os.umask(mask)
    os.chdir(here if os.path.isdir(here) else "/")


def _make_place(path: str, *, is_folder: bool) -> None:
    """Make the empty folder or file on which something is shown."""
    os.makedirs(path if is_folder else os.path.dirname(path), mode=0o755, exist_ok=True)
    if not is_folder:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))


def _mount(libc: ctypes.CDLL, source: str, target: str, *, flags: int, kind: str = "", options: str = "") -> None:
    """Call mount(2)."""
    texts = [text.encode() if text else None for text in (source, target, kind)]
    _call(libc.mount(*texts, ctypes.c_ulong(flags), options.encode() or None))


def _call(status: int) -> None:
    """Turn a refusal of the kernel into an exception."""
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    sys.exit(main())
