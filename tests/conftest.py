"""The people of the tests: ann (patient), ben (another), chris (ann's clinician), dana (clinician, other team),
cora (coordinator), sam (clinic admin); eve and zoe belong to another clinic."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from config.machine import embedded
from patients.models import Clinic, Episode, User
from patients.models.people import Role
from patients.tenancy import clinic_context
from tests import factories

# A property is about what holds, not about how busy the machine is.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

PASSWORD = "correct horse battery staple"


@dataclass
class World:
    """Two clinics with their people."""

    clinic: Clinic
    other_clinic: Clinic
    ann: User
    ben: User
    chris: User
    dana: User
    cora: User
    sam: User
    eve: User
    zoe: User
    episode: Episode
    bens_episode: Episode
    zoes_episode: Episode


def build_world() -> World:
    """Build both clinics through the use cases."""
    clinic = factories.make_clinic()
    other_clinic = factories.make_clinic("Southbank Clinic")
    with clinic_context(clinic_id=clinic.pk):
        chris = factories.make_user("chris@north.example", password=PASSWORD, roles=(Role.CLINICIAN,))
        dana = factories.make_user("dana@north.example", password=PASSWORD, roles=(Role.CLINICIAN,))
        cora = factories.make_user("cora@north.example", password=PASSWORD, roles=(Role.COORDINATOR,))
        sam = factories.make_user("sam@north.example", password=PASSWORD, roles=(Role.ADMIN,))
        ann = factories.make_user("ann@north.example", name="Ann Archer", password=PASSWORD, roles=(Role.PATIENT,))
        ben = factories.make_user("ben@north.example", name="Ben Brook", password=PASSWORD, roles=(Role.PATIENT,))
        episode = factories.make_episode(factories.make_patient("Ann Archer", user=ann), team=(chris,))
        bens_episode = factories.make_episode(factories.make_patient("Ben Brook", user=ben), team=(dana,))
    with clinic_context(clinic_id=other_clinic.pk):
        eve = factories.make_user("eve@south.example", password=PASSWORD, roles=(Role.CLINICIAN,))
        zoe = factories.make_user("zoe@south.example", name="Zoe Zimmer", password=PASSWORD, roles=(Role.PATIENT,))
        zoes_episode = factories.make_episode(factories.make_patient("Zoe Zimmer", user=zoe), team=(eve,))
    return World(clinic, other_clinic, ann, ben, chris, dana, cora, sam, eve, zoe, episode, bens_episode, zoes_episode)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Let the owner role make the database; the tests then use it as the application role, under row security.

    pytest-django sets up only the aliases that tests name, and the tests name the application's.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default", "owner"})
    yield
    with django_db_blocker.unblock():
        # A thread of a live server may still hold a connection; it would keep the owner from dropping the database.
        connections.close_all()
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            )
        connections.close_all()
        teardown_databases(made, verbosity=0)


@pytest.fixture
def world(db: None) -> World:
    """Return both clinics, outside any clinic context."""
    return build_world()


@pytest.fixture
def north(world: World) -> Iterator[World]:
    """Return both clinics, inside the context of Ann's clinic."""
    with clinic_context(clinic_id=world.clinic.pk):
        yield world


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """Return a data folder below a private one, as a clone in a home folder has it."""
    folder = tmp_path / "var"
    yield folder
    shutil.rmtree(embedded.socket_dir(folder), ignore_errors=True)
