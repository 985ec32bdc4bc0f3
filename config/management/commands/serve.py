"""`manage.py serve`, the supervisor behind `make run`: everything the product needs, on one machine, until Ctrl-C."""

import hashlib
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config import processes
from config.machine import embedded, folders, users
from config.machine.supervisor import Child, say, stop_all
from monitoring.operations import heartbeats
from patients import walls
from patients.models.people import Clinic

HOST = "127.0.0.1"
TICK_SECONDS = 0.5
# One thread for linear algebra each: two processes with a thread per core would fight over them.
CALM = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Command(BaseCommand):
    """Start PostgreSQL, web, worker, scheduler and sweep; look after them; stop them together."""

    help = "Runs the whole product on this machine."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Let a first start stay empty."""
        parser.add_argument("--no-demo", action="store_true", help="Do not fill an empty database with a demo clinic.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal says stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        if not port_is_free(settings.PORT):
            raise CommandError(f"Port {settings.PORT} is in use: stop the other program or set TIDEMARK_PORT.")
        supervised = Supervised()
        try:
            supervised.set_up(with_demo=not options["no_demo"])
            supervised.watch()
        except KeyboardInterrupt:
            say("\nStopping.")
        finally:
            supervised.stop()


class Supervised:
    """The processes of one installation."""

    def __init__(self) -> None:
        self.server: embedded.Server | None = None
        self.children: list[Child] = []
        self.demo: Child | None = None
        self.has_greeted = False

    def set_up(self, *, with_demo: bool) -> None:
        """Bring the database up to date, start the processes, and say where they answer."""
        children = as_their_own_user(children_of(port=settings.PORT))
        if settings.EMBEDDED:
            self.server = embedded.ensure_running(settings.DATA_DIR)
        walls.check_at_start()
        bring_up_to_date(meanwhile=self._start_demo if with_demo else None)
        # The web server first: the page is what someone waits for. The demo clinic, on the other core, is what it shows.
        web, *others = children
        self.children = [web]
        web.start(at=time.monotonic())
        wait_for_web(web)
        if self.demo is None:
            say(welcome())
        else:
            say(f"\n  {address()} answers, and says how far the demo clinic is.\n")
        self.children += others
        for child in others:
            child.start(at=time.monotonic())

    def _start_demo(self) -> None:
        """Begin to fill the demo clinic, or go on with it, where that is wanted."""
        is_wanted = wants_demo()
        connections.close_all()
        if is_wanted:
            self.demo = Child("demo", [sys.executable, "manage.py", "seed_demo"], CALM)
            self.demo.start(at=time.monotonic())

    def watch(self) -> None:
        """Start again whatever dies, for ever."""
        while True:
            now = time.monotonic()
            if any(child.process is None for child in self.children):
                # It may have died of a file that an earlier version, run by root, has put into its folders.
                folders.hand_over(settings.DATA_DIR, self.children[0].user)
            for child in self.children:
                child.watch(at=now)
            self._watch_database()
            self._finish_demo()
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        """Stop the processes, then the database below them."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stop_all([*self.children, *([self.demo] if self.demo else [])])
        if self.server:
            self.server.stop()

    def _watch_database(self) -> None:
        """Start PostgreSQL again if it is gone; a start that fails is tried again at the next look."""
        if self.server is None or self.server.is_alive():
            return
        say("is gone; starting it again", by="db")
        try:
            self.server = embedded.ensure_running(settings.DATA_DIR)
        except ImproperlyConfigured as problem:
            say(str(problem), by="db")

    def _finish_demo(self) -> None:
        """Greet when one can sign in to the demo clinic, and say when it is full, or that it could not be filled."""
        if self.demo is None or self.demo.process is None:
            return
        if not self.has_greeted and sign_ins().exists():
            self.has_greeted = True
            say(welcome())
        status = self.demo.process.poll()
        if status is not None:
            self.demo = None
            if status:
                say("The demo clinic could not be filled: see the lines marked `demo` above.")


def bring_up_to_date(*, meanwhile: Callable[[], None] | None = None) -> None:
    """Put the static files where the web processes look and, at the same time, make or change the tables.

    Args:
        meanwhile: what begins as soon as the tables are there.
    """
    stamp, state = settings.STATIC_ROOT / ".collected", static_state()
    begin = meanwhile or (lambda: None)
    if stamp.exists() and stamp.read_text() == state:
        change_tables()
        begin()
        return
    # htmx comes from our own static folder; the copies of its Django package would take seconds to compress.
    options = ["--clear", "--no-input", "--verbosity", "0", "--ignore", "django_htmx"]
    collecting = Child("static", [sys.executable, "manage.py", "collectstatic", *options])
    try:
        collecting.start(at=time.monotonic())
        change_tables()
        begin()
        if collecting.status():
            raise CommandError("The static files could not be collected: see the lines marked `static` above.")
    finally:
        stop_all([collecting])
    stamp.write_text(state)


def change_tables() -> None:
    """Run the migrations that have not run, as the role that owns the tables."""
    if "owner" not in settings.DATABASES:
        return
    try:
        # Asked first, because `migrate` looks through all models even when there is nothing to do.
        call_command("migrate", database="owner", check_unapplied=True, verbosity=0)
    except SystemExit:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        call_command("createcachetable", database="owner", verbosity=0)
    connections["owner"].close()


def static_state() -> str:
    """Return a checksum of the names, sizes and times of our static files: collecting them takes seconds."""
    files = sorted(path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*") if path.is_file())
    facts = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def children_of(*, port: int) -> list[Child]:
    """Return the processes to look after; only the web processes share connections among threads."""
    return [
        Child("web", processes.web(host=HOST, port=port), CALM | {"DATABASE_POOL": "1"}),
        Child("worker", processes.worker(), CALM | {"DATABASE_POOL": "0"}),
        Child("beat", processes.beat(), CALM | {"DATABASE_POOL": "0"}),
        Child("sweep", processes.sweep(), CALM | {"DATABASE_POOL": "0"}),
    ]


def as_their_own_user(children: list[Child]) -> list[Child]:
    """Let children run as a user of their own instead of root; refuse where that user cannot reach what they need."""
    user = users.of_application()
    if not user.is_other:
        return children
    lowest = lowest_open_port()
    if lowest > settings.PORT:
        raise CommandError(
            f"Port {settings.PORT} is for root, and nothing here runs as root: put a proxy there, "
            f"and set TIDEMARK_PORT to {lowest} or more."
        )
    # Static files and compiled modules are written by root and read by that user.
    os.umask(0o022)
    folders.hand_over(settings.DATA_DIR, user)
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    needs = [*users.needs_of_python(), *folders.needs_of_application(settings.DATA_DIR), settings.STATIC_ROOT]
    for child in children:
        child.user, child.home, child.needs = user, settings.DATA_DIR, needs
    trial = [sys.executable, "-c", "import granian, celery; from django.conf import settings; settings.SECRET_KEY"]
    status, output = users.run(
        users.guarded(user, trial, stop="SIGTERM", grace=1, show=needs),
        environment=users.environment(user, home=settings.DATA_DIR),
    )
    if status:
        reason = users.last_line(output).removeprefix("tidemark: ")
        raise CommandError(f"The web server and its workers do not run as root but as {user.name}: {reason}")
    return children


def wait_for_web(web: Child, *, seconds: float = 60) -> None:
    """Wait until a page answers; the other processes have their own time."""
    deadline = time.monotonic() + seconds
    while not page_answers():
        web.watch(at=time.monotonic())
        if time.monotonic() > deadline:
            raise CommandError(f"{address()} does not answer: see the lines marked `web` above.")
        time.sleep(0.25)


def page_answers() -> bool:
    """Say whether the web server serves."""
    connection = http.client.HTTPConnection(HOST, settings.PORT, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def port_is_free(port: int) -> bool:
    """Say whether no one listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) != 0


def lowest_open_port() -> int:
    """Return the lowest port that a program may listen on without root's rights."""
    setting = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    return int(setting.read_text()) if setting.exists() else 1024


def wants_demo() -> bool:
    """Say whether this is a first start, an own database without a clinic, or a demo clinic that was not filled."""
    if not settings.EMBEDDED or "seed_demo" not in get_commands():
        return False
    if heartbeats.remaining(heartbeats.DEMO):
        return True
    if Clinic.objects.exists():
        return False
    # The page on which one signs in knows of it before the first person is there.
    heartbeats.start(heartbeats.DEMO, total=1)
    return True


def sign_ins() -> Path:
    """Return where the demo's sign-ins are written down."""
    return Path(settings.DATA_DIR) / "demo.json"


def address() -> str:
    """Return where the product answers."""
    return f"http://{HOST}:{settings.PORT}"


def welcome() -> str:
    """Return the friendly block: where, who, mail, how to stop."""
    lines = ["", "  Tidemark is running", "", f"    {address()}", ""]
    if sign_ins().exists():
        lines += [
            "  Demo sign-ins (synthetic people)",
            *_sign_in_lines(json.loads(sign_ins().read_text())["sign_ins"]),
            "",
        ]
    if settings.EMBEDDED:
        lines += [f"  Mail lands in {settings.DATA_DIR / 'mail'}"]
    return "\n".join([*lines, "  Ctrl-C stops everything.", ""])


def _sign_in_lines(entries: list[dict[str, str]]) -> list[str]:
    """Return the demo's sign-ins as columns: who, address, password."""
    who, email = (max(len(entry[name]) for entry in entries) + 2 for name in ("who", "email"))
    return [f"    {entry['who']:<{who}}{entry['email']:<{email}}{entry['password']}" for entry in entries]
