"""Runs one program in a process group of its own and takes the whole group down with its parent.

    python -I -S guard.py --signal SIGTERM --grace 4 [--uid 105 --gid 110] -- program arguments...

The parent holds the other end of standard input and never writes to it. When the parent closes it or dies, even by
`kill -9`, the read below returns, the group gets the signal, and after the grace period SIGKILL. Only the standard
library, so that it starts in milliseconds and works for PostgreSQL, granian and Celery alike.
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading

# linux/prctl.h, linux/capability.h
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
SECBIT_NO_SETUID_FIXUP = 1 << 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def main() -> int:
    """Run the program and return its exit status."""
    options = _options()
    child = subprocess.Popen(
        options.program,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=lambda: _prepare(options),  # noqa: PLW1509  # this process has one thread so far
    )
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
    parser.add_argument("program", nargs="+")
    return parser.parse_args()


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


def _prepare(options: argparse.Namespace) -> None:
    """Between fork and exec: leave root, and ask Linux to end the program should this guard be killed."""
    if options.uid is not None:
        _leave_root(options.uid, options.gid)
    if sys.platform == "linux":
        # After the change of user: the kernel forgets this request when credentials change.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(options.signal))


def _leave_root(uid: int, gid: int) -> None:
    """Become an unprivileged user who can still reach a folder below a private one, such as /root.

    PostgreSQL refuses to run as root, yet its files may lie where only root may pass. On Linux the one capability to
    pass is kept; elsewhere the folder must be reachable.
    """
    if sys.platform != "linux":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    # Without this bit access(2) would still answer as if the capability were not there, and initdb asks access(2).
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    keep = 1 << CAP_DAC_OVERRIDE
    # effective, permitted, inheritable of the low word, then the same for the high word
    sets = (ctypes.c_uint32 * 6)(keep, keep, keep, 0, 0, 0)
    if libc.capset(header, sets) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
