"""Gives the tests a PostgreSQL of their own, thrown away afterwards, where DATABASE_URL names none.

One server per run: the process that collects the tests starts it when the first test asks for the database (with
xdist: before the workers start) and stops it at the end, Ctrl-C included.
"""

import os
import shutil
from pathlib import Path

import pytest

from config.machine import embedded

_servers: list[embedded.Server] = []


def _ensure_database() -> None:
    """Start the run's server once; xdist's workers find it running."""
    if not os.environ.get("DATABASE_URL") and not _servers:
        data_dir = Path(os.environ["TIDEMARK_TEST_DATA_DIR"])
        _servers.append(embedded.ensure_running(data_dir, durable=False))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Start the server before xdist's first worker runs a test."""
    _ensure_database()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the server when the first test needs it (pytest-django asks for this before it makes its database)."""
    _ensure_database()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove its files, unless another process (xdist's controller) owns them."""
    for server in _servers:
        server.stop()
        if server.process:
            shutil.rmtree(server.data_dir, ignore_errors=True)
            shutil.rmtree(embedded.socket_dir(server.data_dir), ignore_errors=True)
