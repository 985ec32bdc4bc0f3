"""The document of clinical rules is printed from the rules that run, whole, and short enough to be read."""

import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command, get_commands

from monitoring.engine.rules import RuleSet
from monitoring.engine.sources.rule_source import SourceKind
from monitoring.rulebook import rulebook
from monitoring.rulebook.rows import SOURCES
from tests.config.conftest import ROOT

DOCUMENT = ROOT / "docs" / "clinical.md"
# A reader takes in about 220 words a minute; sources are looked up.
TEN_MINUTES = 2200


def printed(*options: str) -> str:
    out = StringIO()
    call_command("rules", *options, stdout=out)
    return out.getvalue()


def test_the_document_is_what_the_command_prints() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == printed("--markdown"), (
        "run: python manage.py rules --markdown > docs/clinical.md"
    )


def test_every_number_of_the_engine_stands_in_it_with_its_source() -> None:
    used = Counter(name for row in rulebook.clinical_rules() for name in row.uses)

    assert {name for name in RuleSet.__dataclass_fields__ if name != "version"} == set(SOURCES)
    assert set(used) | set(rulebook.arithmetic()) == set(SOURCES)
    for name in (*used, *rulebook.arithmetic()):
        words = SOURCES[name].partition(": ")[2]
        assert words in DOCUMENT.read_text(encoding="utf-8")


def test_a_clinician_reads_it_in_ten_minutes() -> None:
    told = printed("--markdown").partition("## Numbers of the arithmetic")[0]
    without_sources = ["|".join(line.split("|")[:5]) if line.startswith("|") else line for line in told.splitlines()]

    assert 1000 < len(re.findall(r"\w[\w'.-]*", "\n".join(without_sources))) <= TEN_MINUTES


def test_every_simulation_names_a_command_that_is_there() -> None:
    sources = [source for row in rulebook.clinical_rules() for source in row.every_source] + [*SOURCES.values()]
    commands = {source.command for source in sources if source.kind is SourceKind.SIMULATION}

    assert commands and commands <= set(get_commands())


@pytest.mark.parametrize("kind", SourceKind)
def test_each_kind_of_source_is_used(kind: SourceKind) -> None:
    assert any(source.kind is kind for row in rulebook.clinical_rules() for source in row.every_source)


def test_the_command_prints_one_rule_a_line() -> None:
    lines = printed().splitlines()

    assert len(lines) == len(rulebook.clinical_rules())
    assert any(line.startswith("Contact lost | review | 3 missed running") for line in lines)
