"""What Prometheus is told: the numbers of /healthz, to who knows the token, with no name in any label."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from monitoring.operations import health, heartbeats, metrics, tasks
from tests.conftest import World

TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(autouse=True)
def scraped(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    settings.WATCHED_PROCESSES = list(heartbeats.PROCESSES)


def asked(client: Client, token: str = TOKEN) -> tuple[int, dict[tuple[str, str], float]]:
    """Return the status, and each number by its name and the value of its label."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    if answer.status_code != 200:
        return answer.status_code, {}
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return 200, {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}


def test_prometheus_reads_what_healthz_says(client: Client, world: World) -> None:
    heartbeats.show_life("worker")
    tasks.run_sweep(at=timezone.now())

    status, read = asked(client)

    assert status == 200
    assert read["tidemark_up", ""] == 1
    assert read["tidemark_ok", ""] == 0, "two processes never showed life"
    assert 0 <= read["tidemark_sweep_age_seconds", ""] < 60
    assert 0 <= read["tidemark_process_age_seconds", "worker"] < 60
    assert 0 < read["tidemark_disk_free_ratio", ""] <= 1
    assert ("tidemark_process_age_seconds", "beat") not in read, "what is not known is no zero"
    assert ("tidemark_backup_age_seconds", "") not in read


@pytest.mark.parametrize("token", ["", "x" * 27, TOKEN[:-1], f"{TOKEN} "])
def test_who_does_not_know_the_token_finds_no_such_page(client: Client, db: None, token: str) -> None:
    assert asked(client, token)[0] == 404
    assert client.get("/metrics").status_code == 404
    assert client.get(f"/metrics?token={TOKEN}").status_code == 404


def test_without_a_token_of_ours_there_is_no_such_page(client: Client, db: None, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert asked(client, "")[0] == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_labels_name_processes_and_nothing_else(client: Client, world: World) -> None:
    for process in heartbeats.PROCESSES:
        heartbeats.show_life(process)
    tasks.run_sweep(at=timezone.now())

    page = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()

    assert set(re.findall(r'(\w+)="([^"]*)"', page)) == {("process", name) for name in heartbeats.PROCESSES}
    assert not any(name in page for name in ("Ann", "North", "example", str(world.clinic.pk)))


def test_every_fact_has_a_name_for_prometheus(db: None) -> None:
    facts = {name for name in health.look(at=timezone.now()).facts if not name.endswith(metrics.PROCESS)}

    assert facts == set(metrics.NAMES)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.usefixtures("away")
def test_while_the_database_is_away_prometheus_is_told_that() -> None:
    assert asked(Client()) == (200, {("tidemark_up", ""): 0.0})
