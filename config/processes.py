"""The command lines of the product's processes: one place for the supervisor, for compose and for the tests.

python -m config.processes web      (or worker, or beat) becomes that process, as the containers do.
"""

import os
import sys

PYTHON = sys.executable

# A queue in a folder has no use for chatter between workers.
_QUIET_WORKER = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def web(*, host: str, port: int) -> list[str]:
    """Return the web server: two processes with four threads each."""
    limits = [
        "--workers",
        "2",
        "--blocking-threads",
        "4",
        "--backpressure",
        "64",
        "--http1-header-read-timeout",
        "10000",
    ]
    survival = ["--respawn-failed-workers", "--workers-kill-timeout", "2"]
    listen = ["--host", host, "--port", str(port), "--interface", "wsgi", "--no-ws", "--log-level", "warning"]
    return [PYTHON, "-m", "granian", *listen, *limits, *survival, "config.wsgi:application"]


def worker() -> list[str]:
    """Return the Celery worker."""
    return [PYTHON, "-m", "celery", "-A", "config", "worker", "--concurrency", "1", "-l", "WARNING", *_QUIET_WORKER]


def beat() -> list[str]:
    """Return the Celery scheduler; its timetable is a minute long, so it needs no memory of its own."""
    return [
        PYTHON,
        "-m",
        "celery",
        "-A",
        "config",
        "beat",
        "--scheduler",
        "celery.beat:Scheduler",
        "--pidfile=",
        "-l",
        "WARNING",
    ]


def main(arguments: list[str]) -> None:
    """Become the named process; a container's web server listens on all of the container's addresses."""
    commands = {"web": web(host="0.0.0.0", port=8000), "worker": worker(), "beat": beat()}  # noqa: S104
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.exit(f"usage: python -m config.processes {' | '.join(commands)}")
    os.execv(PYTHON, commands[arguments[0]])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
