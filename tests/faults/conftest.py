"""One installation for all fault tests: each test leaves it whole."""

import os
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.faults.plant import Plant, build, redis_binary


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """Return the installation; nothing of it is left afterwards."""
    if not redis_binary():
        message = "No redis-server was found (Debian: `apt install redis-server`): THE FAULT TESTS ARE LEFT OUT."
        assert not os.environ.get("CI"), message
        pytest.skip(message)
    plant = build(tmp_path_factory.mktemp("faults"))
    yield plant
    plant.shut_down()


@pytest.fixture
def plant(installation: Plant) -> Iterator[Plant]:
    """Return the installation with PostgreSQL and web up; a test starts and breaks the rest."""
    installation.start("postgres", "web")
    yield installation
    installation.kill(*[name for name in installation.running if name != "web"])


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that notes a figure in the test's report (`pytest -rP` prints it)."""

    def note(figure: str) -> None:
        record_property("measured", figure)
        sys.stdout.write(f"{figure}\n")

    return note
