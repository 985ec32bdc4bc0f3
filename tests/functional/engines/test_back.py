"""After signing out, Back shows nobody's page: over plain http and over https."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.config.web.proxy import proxy_before
from tests.functional.conftest import DESK
from tests.functional.engines.conftest import Site
from tests.functional.engines.drivers import until
from tests.functional.engines.ears import Ears
from tests.furnished import Furnished

BODY = "return document.body.innerText"
SETTLED_SECONDS = 1


@pytest.fixture(params=["http", "https"])
def door(request: pytest.FixtureRequest, site: Site, settings: Settings, tmp_path: Path) -> Iterator[Site]:
    """Return the product as it is reached from the machine itself, and through the proxy of a clinic."""
    if request.param == "http":
        yield site
        return
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with proxy_before(int(site.url.rpartition(":")[2]), tmp_path) as proxy:
        yield Site(f"https://127.0.0.1:{proxy.https_port}", site.engine)
        site.engine.go("about:blank")


def test_back_shows_nothing_of_who_signed_out(door: Site, furnished: Furnished) -> None:
    engine = door.engine
    engine.resize(**DESK)
    door.sign_in(furnished.people["clinician"])
    door.visit("/caseload/")
    assert "Ann Archer" in engine.run(BODY)

    engine.click("form[action='/accounts/logout/'] button")
    # WebKit's drivers answer nothing while a page changes or comes back from the cache: the server is asked instead.
    until(lambda: ("/accounts/login/", 200) in Ears.asked, "not signed out")
    time.sleep(SETTLED_SECONDS)
    Ears.asked.clear()
    engine.run("setTimeout(() => history.back(), 50)")

    until(lambda: ("/caseload/", 302) in Ears.asked, "Back shows the page of who signed out")
