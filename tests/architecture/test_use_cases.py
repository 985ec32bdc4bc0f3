"""Every use case works, leaves its trace, and leaves nothing behind when the trace cannot be written."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from patients.models import AuditEvent
from patients.tenancy import clinic_context
from tests import monitoring as monitoring_tests
from tests import patients as patients_tests
from tests.architecture.sources import SOURCES, modules, name_of
from tests.conftest import World
from tests.furnished import Furnished, furnish, our_models
from tests.scenes import Scene

Case = Callable[..., Any]


def written_down() -> tuple[dict[Case, Callable[[Scene], dict[str, Any]]], set[Case]]:
    """Return the examples of all packages, and the functions that need none."""
    examples: dict[Case, Callable[[Scene], dict[str, Any]]] = {}
    no_trace: set[Case] = set()
    for root in (monitoring_tests, patients_tests):
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            if found.name.endswith(".use_cases"):
                module = importlib.import_module(found.name)
                examples |= getattr(module, "EXAMPLES", {})
                no_trace |= getattr(module, "NO_TRACE", set())
    return examples, no_trace


EXAMPLES, NO_TRACE = written_down()


@pytest.fixture
def furnished(world: World) -> Furnished:
    return furnish(world)


def use_cases() -> Iterator[Case]:
    """Return every public function of ours that takes the actor and the clock by name."""
    for module in modules():
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_"):
                parameters = inspect.signature(function).parameters.values()
                if {"by", "at"} <= {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}:
                    yield function


def test_a_role_is_given_by_nothing_but_an_accepted_invitation() -> None:
    """What gives a role without a second person must not be called from a page, a job or a command."""
    calls = {name_of(path) for path in SOURCES if "people.grant_role(" in path.read_text()}

    assert calls == {"patients/accounts/invitations.py"}


def test_every_use_case_has_an_example() -> None:
    unknown = {f"{case.__module__}.{case.__name__}" for case in set(use_cases()) - set(EXAMPLES) - NO_TRACE}

    assert unknown == set(), "say in EXAMPLES with which arguments it works"


def contents() -> dict[str, str]:
    """Return table -> fingerprint of its rows, in the present clinic."""
    found = {}
    with connection.cursor() as cursor:
        for model in our_models():
            table = model._meta.db_table
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            [(found[table],)] = cursor.fetchall()
    return found


@pytest.mark.parametrize("use_case", EXAMPLES, ids=lambda case: f"{case.__module__}.{case.__name__}")
def test_a_use_case_leaves_nothing_behind_when_its_trace_cannot_be_written(
    furnished: Furnished, use_case: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, by, at = Scene(furnished), furnished.world.chris, timezone.now() + timedelta(seconds=1)

    class DiskFull(Exception):
        pass

    def refuse(*_: object, **__: object) -> None:
        raise DiskFull

    with clinic_context(clinic_id=scene.world.clinic.pk, user_id=by.pk):
        arguments = EXAMPLES[use_case](scene)
        before = contents()
        with monkeypatch.context() as patch:
            patch.setattr(AuditEvent.objects, "create", refuse)
            with pytest.raises(DiskFull):
                use_case(**arguments, by=by, at=at)
        assert contents() == before

        with transaction.atomic():
            use_case(**EXAMPLES[use_case](scene), by=by, at=at)
        assert contents() != before
