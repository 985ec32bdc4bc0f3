"""Keeps the product's processes running: starts them below a guard, prefixes their lines, restarts what dies.

Not a replacement for systemd or compose in a clinic; it is what makes one command enough on one machine.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.machine import users
from config.machine.users import SystemUser

GRACE_SECONDS = 2
STEADY_SECONDS = 60
LONGEST_PAUSE_SECONDS = 30

_writing = threading.Lock()


def say(line: str, *, by: str = "") -> None:
    """Write one whole line, with the name of who says it."""
    prefix = f"{by:<6} | " if by else ""
    with _writing:
        sys.stdout.write(f"{prefix}{line}\n")
        sys.stdout.flush()


@dataclass
class Child:
    """One process of the product, below its guard."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    retry_at: float = 0
    user: SystemUser = field(default_factory=users.ourselves)
    # What that user must be able to see, and the home folder it gets, where it is not ourselves.
    needs: Sequence[Path] = ()
    home: Path = users.PROJECT

    def start(self, *, at: float) -> None:
        """Start the process and a thread that passes on what it prints."""
        self.process = subprocess.Popen(
            users.guarded(self.user, self.command, stop="SIGTERM", grace=GRACE_SECONDS, show=self.needs),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**users.environment(self.user, home=self.home), **self.environment},
            cwd=users.PROJECT,
            # A user of its own keeps what it writes to itself; what we write, the others may have to read.
            umask=0o077 if self.user.is_other else -1,
            start_new_session=True,
        )
        self.started = at
        threading.Thread(target=self._pass_on, args=(self.process,), daemon=True).start()

    def watch(self, *, at: float) -> None:
        """Start the process again if it died, each time after a longer pause."""
        if self.process is None:
            if at >= self.retry_at:
                self.start(at=at)
            return
        status = self.process.poll()
        if status is None:
            return
        self.failures = 1 if at - self.started > STEADY_SECONDS else self.failures + 1
        pause = min(2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS)
        say(f"ended with status {status}; starting again in {pause} s", by=self.name)
        self.process, self.retry_at = None, at + pause

    def status(self) -> int:
        """Wait for a process that ends by itself and return its exit status."""
        return self.process.wait() if self.process else 0

    def let_go(self) -> None:
        """Close the guard's input: it stops the process and all that came of it."""
        if self.process and self.process.stdin:
            self.process.stdin.close()

    def wait(self, *, seconds: float) -> None:
        """Wait for the guard to end; kill it when it does not, which ends its process too."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _pass_on(self, process: subprocess.Popen[bytes]) -> None:
        """Print the process's lines as they come."""
        assert process.stdout  # noqa: S101  # it is a pipe
        for line in process.stdout:
            say(printable(line.decode(errors="replace").rstrip()), by=self.name)


def printable(line: str) -> str:
    """Return a line without what a terminal would obey: the one before ours may be root's."""
    return "".join(sign if sign.isprintable() or sign == "\t" else "\N{REPLACEMENT CHARACTER}" for sign in line)


def stop_all(children: Sequence[Child]) -> None:
    """Stop all children at once, within the grace period."""
    for child in children:
        child.let_go()
    deadline = time.monotonic() + GRACE_SECONDS + 1
    for child in children:
        child.wait(seconds=max(0.1, deadline - time.monotonic()))
