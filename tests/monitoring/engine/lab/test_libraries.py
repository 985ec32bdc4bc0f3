"""The laboratory's libraries stay in the laboratory, and a machine without them is told what to install."""

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring.engine.lab import libraries

ROOT = Path(__file__).parents[4]


def test_a_missing_library_is_named_with_what_brings_it() -> None:
    with pytest.raises(libraries.LabMissing, match=r"needs no_such_library: pip install -r requirements/lab\.txt"):
        libraries.load("no_such_library.part")


@pytest.mark.parametrize("calibrate", [False, True])
def test_the_benchmark_says_in_one_sentence_what_to_install(
    monkeypatch: pytest.MonkeyPatch, *, calibrate: bool
) -> None:
    monkeypatch.setattr(libraries, "NEEDED", ("scipy", "no_such_library"))

    with pytest.raises(CommandError) as refusal:
        call_command("evaluate_engine", patients=100, calibrate=calibrate)

    assert str(refusal.value) == "The benchmark needs no_such_library: pip install -r requirements/lab.txt brings them."


def test_nothing_outside_the_laboratory_asks_for_its_libraries() -> None:
    """The import contract sees import statements; this sees names that are imported as text."""
    named = re.compile(rf"[\"'](?:{'|'.join((*libraries.NEEDED, 'ruptures', 'kaleido'))})\b[.\w]*[\"']")
    sources = [path for app in ("config", "monitoring", "patients") for path in (ROOT / app).rglob("*.py")]
    outside = [path for path in sources if "lab" not in path.relative_to(ROOT).parts]

    assert len(outside) < len(sources)
    assert [str(path) for path in outside if named.search(path.read_text())] == []
