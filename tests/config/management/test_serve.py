"""The command that runs the product on one machine."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from config.machine import users
from config.management.commands import serve
from config.management.commands.serve import lowest_open_port
from monitoring.operations import heartbeats
from tests import factories
from tests.config.conftest import ROOT, clean_environment


@pytest.mark.slow
def test_a_taken_port_is_refused_in_one_sentence(installation: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=clean_environment(TIDEMARK_DATA_DIR=str(installation), TIDEMARK_PORT=str(port)),
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode != 0
    assert refused.stderr == f"CommandError: Port {port} is in use: stop the other program or set TIDEMARK_PORT.\n"


@pytest.mark.slow
@pytest.mark.skipif(not users.is_root(), reason="an ordinary user's web server has that user's rights anyway")
def test_a_port_that_only_root_may_open_is_refused_in_one_sentence(installation: Path) -> None:
    if lowest_open_port() == 0:
        pytest.skip("this machine opens every port to everybody")

    refused = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=clean_environment(TIDEMARK_DATA_DIR=str(installation), TIDEMARK_PORT="1"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode != 0
    assert refused.stderr.startswith("CommandError: Port 1 is for root, and nothing here runs as root")
    assert refused.stderr.count("\n") == 1


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert serve.port_is_free(port)

        other.listen()

        assert not serve.port_is_free(port)


def test_only_the_web_server_shares_connections_and_none_fights_over_cores() -> None:
    children = {child.name: child for child in serve.children_of(port=8000)}

    assert list(children) == ["web", "worker", "beat", "sweep"]
    assert {name for name, child in children.items() if child.environment["DATABASE_POOL"] == "1"} == {"web"}
    assert {child.environment["OMP_NUM_THREADS"] for child in children.values()} == {"1"}


def test_static_files_are_collected_again_when_one_of_them_changed(tmp_path: Path, settings: Settings) -> None:
    settings.STATICFILES_DIRS = [tmp_path]
    (tmp_path / "base.css").write_text("a { }")
    before = serve.static_state()
    assert serve.static_state() == before

    (tmp_path / "base.css").write_text("a { color: red }")
    changed = serve.static_state()
    (tmp_path / "new.css").write_text("")

    assert len({before, changed, serve.static_state()}) == 3


def test_the_greeting_names_the_sign_ins_of_the_demo_in_columns(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    assert "Demo sign-ins" not in serve.welcome()
    entries = [
        {"who": "Patient", "email": "amira@northgate.example", "password": "aaaa-bbbb"},
        {"who": "Clinic admin", "email": "admin@northgate.example", "password": "cccc-dddd"},
    ]
    (tmp_path / "demo.json").write_text(json.dumps({"sign_ins": entries}))

    lines = serve.welcome().splitlines()

    [amira, admin] = [line for line in lines if "@northgate.example" in line]
    assert amira.index("amira@") == admin.index("admin@")
    assert amira.index("aaaa-bbbb") == admin.index("cccc-dddd")
    assert any(serve.address() in line for line in lines)


def test_the_demo_is_wanted_on_a_first_start_and_until_it_is_full(db: None, settings: Settings) -> None:
    settings.EMBEDDED = True
    assert serve.wants_demo()
    begun = heartbeats.find(heartbeats.DEMO)
    assert begun is not None and begun.items < begun.total

    factories.make_clinic("Northgate Clinic")
    assert serve.wants_demo()

    heartbeats.reach(heartbeats.DEMO, items=begun.total)
    assert not serve.wants_demo()
    settings.EMBEDDED = False
    assert not serve.wants_demo()


def test_a_clinic_of_ones_own_is_no_demo(db: None, settings: Settings) -> None:
    settings.EMBEDDED = True
    factories.make_clinic("Westside Clinic")

    assert not serve.wants_demo()
    assert heartbeats.find(heartbeats.DEMO) is None
