"""Whether somebody must look: each rule alone makes it so, and the dead man's switch is asked only when none is broken."""

import http.server
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from monitoring.alerts import evidence
from monitoring.assessments.assessments import LOUD_AFTER
from monitoring.engine.records import Tier
from monitoring.messages.notifications import REFUSED_TRIES
from monitoring.models import Heartbeat, MonitoringPlan, Notification
from monitoring.models.alerts import AlertKind
from monitoring.operations import health, heartbeats, tasks
from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def all_is_well(settings: Settings, tmp_path: Path) -> None:
    """Every process shows life, and the sweep ended well."""
    settings.WATCHED_PROCESSES = list(heartbeats.PROCESSES)
    settings.WATCHED_FOLDERS = [str(tmp_path)]
    for process in heartbeats.PROCESSES:
        heartbeats.show_life(process)
    with heartbeats.beat(heartbeats.SWEEP):
        pass


def found() -> health.Health:
    return health.look(at=timezone.now())


def age(name: str, **ago: float) -> None:
    """Let the last good end, and the begin, of a duty or process be some time ago."""
    moment = timezone.now() - timedelta(**ago)
    facts = {"last_ok_at": moment, "last_started_at": moment}
    Heartbeat.objects.update_or_create(name=name, defaults=facts)


def trouble(name: str, *, items: int = 1, seconds: float = 0) -> None:
    heartbeats.show_trouble(name, items=items, since=timezone.now() - timedelta(seconds=seconds))


def test_nobody_has_to_look_while_all_is_well() -> None:
    assert found().broken == ()
    assert found().is_well


@pytest.mark.parametrize("name", [heartbeats.SWEEP, *map(heartbeats.of_process, heartbeats.PROCESSES)])
def test_what_shows_no_life_for_three_minutes_is_looked_at(name: str) -> None:
    age(name, seconds=170)
    assert found().is_well

    age(name, seconds=190)
    assert found().broken == (f"{name.replace(' ', '_')}_age_s",)


@pytest.mark.parametrize("process", heartbeats.PROCESSES)
def test_a_process_that_never_showed_life_is_looked_at_unless_nobody_waits_for_it(
    process: str, settings: Settings
) -> None:
    Heartbeat.objects.filter(name=heartbeats.of_process(process)).delete()
    assert found().broken == (f"{process}_process_age_s",)

    settings.WATCHED_PROCESSES = [name for name in heartbeats.PROCESSES if name != process]
    assert found().is_well


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        (heartbeats.MAIL, "mail_refused"),
        (heartbeats.UNSEEN, "alerts_nobody_sees"),
        (heartbeats.UNWATCHED, "alerts_without_next_step"),
        (heartbeats.FAILING, "not_assessable"),
    ],
)
def test_a_trouble_of_which_one_is_too_many_is_looked_at(name: str, fact: str) -> None:
    trouble(name)
    assert found().broken == (fact,)

    trouble(name, items=0)
    assert found().is_well


def test_a_step_of_an_alert_that_nobody_made_for_two_minutes_is_looked_at() -> None:
    trouble(heartbeats.ESCALATION, seconds=110)
    assert found().is_well

    trouble(heartbeats.ESCALATION, seconds=130)
    assert found().broken == ("oldest_due_escalation_s",)


def test_an_assessment_that_waits_for_five_minutes_is_looked_at() -> None:
    trouble(heartbeats.WAITING, seconds=290)
    assert found().is_well

    trouble(heartbeats.WAITING, seconds=310)
    assert found().broken == ("oldest_unassessed_s",)


def test_a_night_without_a_backup_is_looked_at_from_the_first_one_on() -> None:
    assert found().facts["backup_age_h"] is None

    age(heartbeats.BACKUP, hours=25.5)
    assert found().is_well

    age(heartbeats.BACKUP, hours=26.5)
    assert found().broken == ("backup_age_h",)


def test_the_fullest_disk_counts_and_a_folder_that_is_not_there_does_not(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    free = {"/full": 9, "/half": 50}

    def usage(folder: str) -> SimpleNamespace:
        if folder not in free:
            raise FileNotFoundError(folder)
        return SimpleNamespace(total=100, used=100 - free[folder], free=free[folder])

    monkeypatch.setattr(shutil, "disk_usage", usage)
    settings.WATCHED_FOLDERS = ["/half", "/nowhere"]
    assert found().is_well and found().facts["disk_free_percent"] == 50

    settings.WATCHED_FOLDERS = ["/half", "/full"]
    assert found().broken == ("disk_free_percent",)


@pytest.mark.parametrize("seconds", [-6, 6])
def test_a_clock_that_is_off_is_looked_at(seconds: int) -> None:
    assert "clock_skew_s" in health.look(at=timezone.now() + timedelta(seconds=seconds)).broken


@pytest.mark.parametrize(("ahead", "seconds"), [(-90, 90), (0, 0), (30, 0)])
def test_a_clock_that_is_ahead_makes_no_negative_age(ahead: int, seconds: float) -> None:
    now = timezone.now()
    Heartbeat.objects.filter(name=heartbeats.SWEEP).update(last_ok_at=now + timedelta(seconds=ahead))

    assert health.look(at=now).facts["sweep_age_s"] == seconds


def test_the_sweep_counts_what_it_left_undone(world: World, settings: Settings) -> None:
    settings.WATCHED_PROCESSES = []
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=now.date())
        plans.make_due(episode_ids=[world.episode.pk], at=now)
        evidence.raise_alert(episode=world.episode, kind=AlertKind.DETERIORATION, tier=Tier.REVIEW, at=now)
        Notification.objects.update(tries=REFUSED_TRIES, due_at=now + timedelta(hours=1))
        MonitoringPlan.objects.update(failed_assessments=LOUD_AFTER, assessment_due_at=now + timedelta(hours=1))

    tasks.run_sweep(at=now)

    facts = found().facts
    assert (facts["not_assessable"], facts["unassessed"], facts["oldest_unassessed_s"]) == (1, 0, 0)
    assert facts["mail_queued"] == facts["mail_refused"] == 1
    assert set(found().broken) == {"not_assessable", "mail_refused"}


def test_an_assessment_that_waits_is_counted_from_when_it_became_due(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=now.date())
        plans.make_due(episode_ids=[world.episode.pk], at=now - timedelta(minutes=6))

    def taken(**_: object) -> bool:
        """Another process has it, and stands still."""
        return False

    monkeypatch.setattr(tasks, "assess", taken)
    tasks.run_sweep(at=now)

    assert found().facts["unassessed"] == 1
    assert found().broken == ("oldest_unassessed_s",)


# ---------- the dead man's switch ----------


class Watcher(http.server.ThreadingHTTPServer):
    """What is behind the address: it keeps each question whole, and answers as it is told."""

    status = 200

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), KeepingQuestions)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ping/abc"


class KeepingQuestions(http.server.BaseHTTPRequestHandler):
    server: Watcher

    def do_GET(self) -> None:
        self._keep()

    def do_POST(self) -> None:
        self._keep()

    def _keep(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def watcher(settings: Settings) -> Iterator[Watcher]:
    with Watcher() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.DEAD_MAN_URL = server.address
        yield server
        server.shutdown()


def test_a_good_sweep_asks_the_dead_mans_switch_once_and_says_nothing_with_it(world: World, watcher: Watcher) -> None:
    tasks.run_sweep(at=timezone.now())

    [(method, path, headers, body)] = watcher.asked
    assert (method, path, body) == ("GET", "/ping/abc", b"")
    assert headers.pop("Host").startswith("127.0.0.1:")
    assert headers == {"User-Agent": "Tidemark", "Connection": "close", "Accept-Encoding": "identity"}


def test_a_sweep_that_failed_does_not_ask(world: World, watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> int:
        raise LookupError

    monkeypatch.setattr(tasks, "sweep_clinic", fail)

    with pytest.raises(RuntimeError):
        tasks.run_sweep(at=timezone.now())

    assert watcher.asked == []


@pytest.mark.parametrize("process", heartbeats.PROCESSES)
def test_while_a_process_stands_still_the_dead_mans_switch_is_not_asked(
    world: World, watcher: Watcher, process: str
) -> None:
    age(heartbeats.of_process(process), minutes=4)

    tasks.run_sweep(at=timezone.now())

    assert watcher.asked == []


@pytest.mark.parametrize("status", [301, 302, 404, 500])
def test_a_watcher_that_does_not_take_it_breaks_nothing_and_is_followed_nowhere(watcher: Watcher, status: int) -> None:
    watcher.status = status

    assert not health.tell_dead_man(at=timezone.now())
    assert [path for _method, path, _headers, _body in watcher.asked] == ["/ping/abc"]


def test_a_watcher_that_is_away_breaks_nothing(settings: Settings) -> None:
    with Watcher() as gone:
        settings.DEAD_MAN_URL = gone.address

    assert not health.tell_dead_man(at=timezone.now())


def test_without_an_address_nobody_is_asked(settings: Settings) -> None:
    assert settings.DEAD_MAN_URL == ""
    assert not health.tell_dead_man(at=timezone.now())
