"""What other people keep to themselves is used by the modules that docs/private-doors.md names, as it was tried."""

import ast
import importlib
import inspect
import platform
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.template.context import Context
from django.template.loader import get_template

from tests.architecture.sources import ROOT, modules, name_of

OURS = {"config", "monitoring", "patients", "bench", "tests", "bootstrap"}
PROGRAMS = sorted(
    path
    for place in ("config", "monitoring", "patients", "bench", "docker", "manage.py", "bootstrap.py")
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)
# Whatever Python writes into a class by itself.
PYTHONS_OWN = re.compile(r"__\w+__|_abc_impl|_is_protocol|_is_runtime_protocol|_\w+_")


@dataclass(frozen=True)
class Door:
    """One line of the table."""

    module: str
    names: list[str]
    tried_on: list[str]
    tests: str


def doors() -> list[Door]:
    rows = re.findall(r"^\| (`.*) \|$", (ROOT / "docs/private-doors.md").read_text(), re.MULTILINE)
    found = []
    for row in rows:
        module, names, tried_on, *_reasons, tests = row.split(" | ")
        dotted = [name for name in re.findall(r"`([\w.]+)`", names) if "." in name]
        found.append(Door(module.strip("`"), dotted, tried_on.split(", "), tests.strip("`")))
    return found


DOORS = doors()
NAMES = [name for door in DOORS for name in door.names]

# How each is called. What is set on each object only is no function: it must be there.
CALLED = {
    "django.db.models.sql.query.Query.get_compiler": "(self, using=None, connection=None, elide_empty=True)",
    "django.db.models.sql.compiler.SQLCompiler.as_sql": "(self, with_limits=True, with_col_aliases=False)",
    "django.db.models.sql.compiler.SQLCompiler.execute_sql": (
        "(self, result_type='multi', chunked_fetch=False, chunk_size=100)"
    ),
    "django.db.models.sql.compiler.SQLCompiler.get_converters": "(self, expressions)",
    "django.template.context.make_context": "(context, request=None, **kwargs)",
    "allauth.account.adapter.DefaultAccountAdapter._get_login_attempts_cache_key": (
        "(self, request: 'HttpRequest', **credentials: 'Any') -> 'str'"
    ),
}


def queryset() -> models.QuerySet[Any]:
    return get_user_model()._default_manager.all()


def compiler() -> Any:
    """Return a compiler after its work: part of what it knows it knows only then."""
    made: Any = queryset().query.get_compiler(using=DEFAULT_DB_ALIAS)
    made.as_sql()
    return made


OBJECTS: dict[str, Callable[[], Any]] = {
    "django.db.models.sql.compiler.SQLCompiler": compiler,
    "django.db.models.query.QuerySet": queryset,
    "django.db.backends.base.base.BaseDatabaseWrapper": lambda: connection,
    "django.template.context.Context": Context,
    "django.template.backends.django.Template": lambda: get_template("base.html"),
}


def find(name: str) -> Any:
    """Return what a dotted name leads to, in a module, a class, or an object of the class."""
    owner, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(owner), attribute)
    except ModuleNotFoundError:
        kind = find(owner)
    return getattr(kind, attribute) if hasattr(kind, attribute) else getattr(OBJECTS[owner](), attribute)


def test_the_table_is_read() -> None:
    assert len(DOORS) >= 5
    assert set(CALLED) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_used_is_there_and_is_called_as_it_was(name: str) -> None:
    used = find(name)

    is_function = inspect.isfunction(used)
    assert is_function == (name in CALLED)
    if is_function:
        assert str(inspect.signature(used)) == CALLED[name]


def series(number: str) -> list[str]:
    return number.split(".")[:2]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.module)
def test_it_was_tried_on_what_is_installed(door: Door) -> None:
    tried: dict[str, list[list[str]]] = {}
    for one in door.tried_on:
        package, number = one.split(" ")
        tried.setdefault(package, []).append(series(number))

    for package, numbers in tried.items():
        installed = platform.python_version() if package == platform.python_implementation() else version(package)
        assert series(installed) in numbers, f"try {door.tests}, then write {package} {installed} into the table"


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.module)
def test_a_door_says_that_it_is_one_and_has_its_tests(door: Door) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / door.module).read_text())) or ""

    assert "docs/private-doors.md" in docstring
    assert "def test_" in (ROOT / door.tests).read_text()


def test_the_linter_lets_no_other_module_through() -> None:
    ignores = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["per-file-ignores"]
    excused = {path for path, rules in ignores.items() if any(rule.startswith("SLF") for rule in rules)}
    by_comment = {name_of(path) for path in PROGRAMS if re.search(r"noqa:.*SLF", path.read_text())}

    assert (excused | by_comment) - {"tests/**"} <= {door.module for door in DOORS}


def private_imports(text: str) -> Iterator[str]:
    """Return the imports of other people's modules or names that begin with an underscore or are called internal."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{one.name}" for one in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] not in OURS and any(re.match(r"internal$|_(?!_)", part) for part in parts):
                yield name


def test_a_private_import_is_seen() -> None:
    text = "import a._b\nfrom c.internal.d import e\nfrom f import _g, h\nfrom __future__ import i\nimport patients._j"

    assert list(private_imports(text)) == ["a._b", "c.internal.d.e", "f._g"]


def test_nobody_imports_what_is_private() -> None:
    found = [f"{name_of(path)}: {name}" for path in PROGRAMS for name in private_imports(path.read_text())]

    assert found == []


def overridden() -> Iterator[str]:
    """Return the private methods of other people's classes that classes of ours override."""
    ours = {found.__name__: found for found in modules()}
    ours |= {name: found for name, found in sys.modules.items() if name.startswith("config.")}
    kinds = {kind for found in ours.values() for kind in vars(found).values() if inspect.isclass(kind)}
    for kind in kinds:
        if kind.__module__ not in ours:
            continue
        for base in kind.__mro__[1:]:
            if base.__module__.partition(".")[0] not in OURS:
                own = {name for name, value in vars(kind).items() if inspect.isfunction(value)}
                names = own & {name for name, value in vars(base).items() if inspect.isfunction(value)}
                yield from (
                    f"{base.__module__}.{base.__qualname__}.{name}"
                    for name in names
                    if name.startswith("_") and not PYTHONS_OWN.fullmatch(name)
                )


def test_nobody_overrides_what_is_private() -> None:
    found = set(overridden())

    assert found <= set(NAMES)
    assert "allauth.account.adapter.DefaultAccountAdapter._get_login_attempts_cache_key" in found
