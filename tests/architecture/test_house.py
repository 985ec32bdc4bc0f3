"""The house: packages of a size that one keeps in mind, contracts that name packages, one meaning for a name."""

import ast
import importlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, SOURCES, name_of

MOST_MODULES, MOST_ROWS = 10, 12
# The settings of the tests are tried by every test, the laboratory by its benchmark.
WITHOUT_TEST_FILE = {
    "config/settings_test.py",
    *(
        f"monitoring/engine/lab/{name}.py"
        for name in ("contrast", "people/simulate", "people/simulate_other", "report", "rivals", "speed", "trials")
    ),
}
# Django finds these by their name.
DJANGOS = {"Command", "Meta"}
OURS = [path for path in SOURCES if "migrations" not in path.parts]


def test_a_package_holds_no_more_modules_than_one_keeps_in_mind() -> None:
    held: dict[str, int] = defaultdict(int)
    for path in OURS:
        held[name_of(path.parent)] += path.name != "__init__.py"

    # Django finds commands in one folder only.
    held.pop("monitoring/management/commands")
    assert held["monitoring/alerts"] > 1
    assert {package: count for package, count in held.items() if count > MOST_MODULES} == {}


def test_a_module_has_a_test_file_of_its_name() -> None:
    """The invented people of the demo are data; nothing is decided in them."""
    tested = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    modules = [path for path in OURS if path.name != "__init__.py" and path.parent.name != "cast"]
    without = {name_of(path) for path in modules if f"test_{path.name}" not in tested}

    assert without - WITHOUT_TEST_FILE == set()
    assert len(WITHOUT_TEST_FILE) <= 10


def test_the_contract_of_monitoring_names_packages_and_few_rows() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["id"] == "monitoring-layers"]
    named = [name for row in layers for name in row.split(" | ")]

    assert len(layers) <= MOST_ROWS
    assert [name for name in named if not (ROOT / "monitoring" / name).is_dir()] == ["urls"]


def test_a_package_says_in_a_sentence_what_it_is_for() -> None:
    packages = [path for path in OURS if path.name == "__init__.py"]
    said = {name_of(path): ast.get_docstring(ast.parse(path.read_text())) for path in packages}

    assert [name for name, words in said.items() if not words or not words.endswith(".")] == []


def classes() -> Iterator[tuple[str, str]]:
    """Return each class of ours with the file it is defined in."""
    for path in OURS:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name not in DJANGOS:
                yield node.name.lstrip("_"), name_of(path)


def test_no_class_name_stands_for_two_things() -> None:
    defined = defaultdict(list)
    for name, path in classes():
        defined[name].append(path)

    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}


def words() -> list[str]:
    """Return what docs/words.md says where its words are in code."""
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| `([\w.]+)` \|", (ROOT / "docs" / "words.md").read_text(), re.MULTILINE)
    return list(dict.fromkeys(rows))


@pytest.mark.parametrize("name", words())
def test_every_word_is_where_the_list_of_words_says(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, member = name.rpartition(".")
        assert hasattr(importlib.import_module(module), member)
