"""The command lines of the product's processes: one place for the supervisor, for compose and for the tests.

python -m config.processes web      (or worker, beat, sweep) becomes that process, as the containers do.
"""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from patients import walls

PYTHON = sys.executable

# No banner and no second run of Django's checks.
_CELERY = [PYTHON, "-m", "celery", "--quiet", "--skip-checks", "-A", "config"]

# Keeps its timetable in memory, and shows that it lives.
_SCHEDULER = "monitoring.operations.pulses:ShowingScheduler"

# A queue in a folder has no use for chatter between workers.
_QUIET_WORKER = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def web(*, host: str, port: int) -> list[str]:
    """Return the web server: two processes, each with the threads of config.web.front_door.

    Slow connections cost it a place among 400 and no thread: a header has ten seconds, the front door times the rest.
    The same ten seconds end a connection on which no one asks: a proxy must keep idle ones for less, or none.
    """
    limits = ["--workers", "2", "--backpressure", "400", "--http", "1", "--http1-header-read-timeout", "10000"]
    survival = ["--respawn-failed-workers", "--workers-kill-timeout", "1"]
    listen = ["--host", host, "--port", str(port), "--interface", "asginl", "--no-ws", "--log-level", "warning"]
    return [PYTHON, "-m", "granian", *listen, *limits, *survival, "config.asgi:application"]


def worker() -> list[str]:
    """Return the Celery worker."""
    return [*_CELERY, "worker", "--concurrency", "1", "--loglevel", "WARNING", *_QUIET_WORKER]


def beat() -> list[str]:
    """Return the Celery scheduler; what a night missed the sweep does, so it needs no memory of its own."""
    return [*_CELERY, "beat", "--scheduler", _SCHEDULER, "--pidfile=", "--loglevel", "WARNING"]


def sweep(*, every_seconds: int = 60) -> list[str]:
    """Return the process that makes sure: it needs PostgreSQL only, so it works while the broker does not."""
    return [PYTHON, "-m", "django", "sweep", "--every", str(every_seconds), "--settings", "config.settings"]


def check_role() -> None:
    """Refuse a database role for which row-level security does not hold."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    walls.check_at_start()


def main(arguments: list[str]) -> None:
    """Become the named process; a container's web server listens on all of the container's addresses."""
    commands = {
        "web": web(host="0.0.0.0", port=8000),  # noqa: S104
        "worker": worker(),
        "beat": beat(),
        "sweep": sweep(),
    }
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.exit(f"usage: python -m config.processes {' | '.join(commands)}")
    if os.geteuid() == 0:
        sys.exit(f"tidemark: {arguments[0]} does not run as root: start it as a user without rights of its own.")
    try:
        check_role()
    except ImproperlyConfigured as problem:
        sys.exit(f"tidemark: {problem}")
    os.execv(PYTHON, commands[arguments[0]])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
