"""The product in Firefox and in two WebKits. `make prove` runs this, `make test` does not: docs/decisions/0161."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from patients.models import User
from tests.functional.conftest import key_of
from tests.functional.engines import drivers
from tests.functional.engines.drivers import Engine
from tests.functional.engines.ears import Ears

EARS = f"{Ears.__module__}.{Ears.__qualname__}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs another engine; one worker does it, and each engine is closed before the next begins."""
    for item in items:
        if item.path.parent.name == "engines":
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "owner"]))


def engine_or_skip(name: str) -> Callable[..., object]:
    """Return what starts an engine; one that is not installed is left out with a loud line, in CI it is an error."""
    packages = drivers.missing(name)
    message = f"{name.upper()} IS NOT INSTALLED: ITS TESTS ARE LEFT OUT (Debian: apt install {packages})."
    assert not (packages and os.environ.get("CI")), message
    if packages:
        pytest.skip(message)
    return drivers.ENGINES[name]


@pytest.fixture(scope="session", params=list(drivers.ENGINES))
def running_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    start = engine_or_skip(request.param)
    with start(tmp_path_factory.mktemp(request.param)) as engine:  # type: ignore[attr-defined]
        yield engine


@dataclass
class Site:
    """The product as a server of its own, with what listens to its pages."""

    url: str
    engine: Engine

    def visit(self, path: str) -> None:
        """Open a page of the product."""
        self.engine.go(self.url + path)

    def sign_in(self, user: User | None, **cookies: str) -> None:
        """Let the browser be somebody's, and nobody's if there is none."""
        own = {settings.SESSION_COOKIE_NAME: key_of(user)} if user else {}
        self.engine.enter(self.url, **own, **cookies)


@pytest.fixture
def site(running_engine: Engine, settings: Settings, transactional_db: None) -> Iterator[Site]:
    """Every page of the test is listened to: no error of a script, no policy report."""
    settings.MIDDLEWARE = [EARS, *settings.MIDDLEWARE]
    Ears.heard, Ears.reports, Ears.asked = [], [], []
    server = LiveServer("127.0.0.1")
    yield Site(server.url, running_engine)
    running_engine.go("about:blank")
    server.stop()
    assert Ears.heard == []
    assert Ears.reports == []
