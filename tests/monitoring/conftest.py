"""What several packages test with: Ann's weekly plan and her browser, a sheet of paper, a clinic with everything."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from monitoring import engine
from monitoring.assessments import assessments
from monitoring.course.paper.paper import Sheet
from monitoring.models import Signal
from monitoring.plans import plans
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.furnished import Furnished, furnish
from tests.monitoring.assessments.acted import MOODS
from tests.monitoring.assessments.anew import DEAF, FALL, STEADY, give
from tests.monitoring.exchange.series import GOOD


@pytest.fixture
def planned(north: World) -> World:
    """Ann has a weekly plan since ten weeks, Mondays at nine; it is Monday at ten."""
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 10).date())
    return north


@pytest.fixture
def ann(world: World, client: Client) -> Client:
    """Ann is signed in; her week is open, and the weeks before were missed."""
    now = timezone.now()
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(now - WEEK * 4).date())
        plans.open_due_slots(at=now)
        plans.mark_missed(at=now)
    client.force_login(world.ann)
    return client


@pytest.fixture
def sheet() -> Iterator[Sheet]:
    """A page; writing it closes the files of its fonts."""
    sheet = Sheet()
    yield sheet
    sheet.output()


@pytest.fixture
def furnished(world: World) -> Furnished:
    """Both clinics, with something in every table."""
    return furnish(world)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = tmp_path / "toy.csv"
    path.write_text("\n".join(GOOD), encoding="utf-8")
    return path


@pytest.fixture
def past(north: World) -> World:
    """Ann got worse and stayed so; Ben is steady for as long."""
    for episode, user, moods in (
        (north.episode, north.ann, MOODS),
        (north.bens_episode, north.ben, [6, 7] * 15),
    ):
        factories.make_plan(episode, starts_on=(NOW - WEEK * 29).date())
        others = {name: list(moods) for name in ("sleep", "energy", "function")}
        factories.make_history(episode, by=user, moods=list(moods), **others)
    return north


@pytest.fixture
def unheard(north: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Ann has fallen, and an engine that hears nothing has assessed her; then the present engine is installed."""
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    give(north, [*STEADY, *FALL])
    with monkeypatch.context() as old:
        old.setattr(engine, "ENGINE_VERSION", "0.9.0")
        old.setattr(engine, "DEFAULT", replace(engine.DEFAULT, **DEAF))
        assessments.assess_episode(episode_id=north.episode.pk, at=NOW)
    assert not Signal.objects.filter(kind="deterioration").exists()
    return north


@pytest.fixture
def away(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No database: the connection leads to a socket where no one listens."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nobody-listens-here")
        yield
    connections.close_all()
