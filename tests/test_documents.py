"""What is written can be followed: every link, every citation of a section, a decision, a file or a test leads somewhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.config.conftest import ROOT
from tests.test_repository import texts

DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
GUIDES = DOCS / "guides"
# A decision stays as it was written: what it says of files and tests was true on its day.
HISTORY = frozenset(DECISIONS.glob("*.md"))

# Written as expressions, so that this file does not find itself.
SECTION = re.compile(
    r"(?<![\w/])((?:docs/)[\w/-]+\.md|(?:README|CONTRIBUTING|SECURITY|GOVERNANCE|CHANGELOG)\.md)" + r"#([\w-]+)"
)
OLD_CITATION = re.compile(r"\b(?:SAFETY|ENGINE|DESIGN|PRODUCT|CLINICAL|SURPRISES|STACK)(?:\.md)? " + r"[A-Z]?\d")
DECISION = re.compile(r"[Dd]ecisions? (\d{1,4})(?:(?:,| and| to) (\d{1,4}))*")
DECISION_FILE = re.compile(r"docs/decisions/(\d{4})([\w-]*\.md)?")
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|\!\[[^\]]*\]\(([^)\s]+)\)")
FILE = re.compile(
    r"(?<![\w/.-])((?:bench|config|docker|docs|findings|monitoring|patients|requirements|static|templates|tests)/"
    r"[\w/.-]*\w\.(?:cfg|css|csv|html|js|json|md|py|sh|svg|toml|txt|yml))\b(?:::(\w+))?"
)
LABEL = re.compile(r"\*\*(.+?)\*\*", flags=re.DOTALL)


@cache
def sources() -> tuple[tuple[Path, str], ...]:
    """Return every text of the repository but drawings, scripts of others and long data."""
    skipped = {".svg", ".csv", ".txt", ".po", ".mo"}
    return tuple((path, text) for path, text in texts() if path.suffix not in skipped)


def documents() -> list[Path]:
    return [path for path, _ in sources() if path.suffix == ".md"]


@cache
def anchors(path: Path) -> frozenset[str]:
    """Return the names under which a reader's browser finds the headings of a document."""
    prose = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found: list[str] = []
    for title in re.findall(r"^#{1,6} (.+)$", prose, flags=re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return frozenset(found)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def dead_sections(path: Path, text: str) -> Iterator[str]:
    """Name each citation of a section that leads to no heading."""
    for hit in SECTION.finditer(text):
        target = ROOT / hit.group(1)
        if not target.is_file() or hit.group(2) not in anchors(target):
            yield f"{path.relative_to(ROOT)}:{line_of(text, hit.start())}: {hit.group()}"


def dead_links(path: Path, text: str) -> Iterator[str]:
    """Name each relative link of a document that leads nowhere."""
    for hit in LINK.finditer(text):
        address = hit.group(1) or hit.group(2)
        if re.match(r"[a-z]+:", address):
            continue
        name, _, anchor = address.partition("#")
        target = (path.parent / name).resolve() if name else path
        is_there = target.exists() and (not anchor or anchor in anchors(target))
        if not is_there:
            yield f"{path.relative_to(ROOT)}:{line_of(text, hit.start())}: {address}"


def numbers_of_decisions() -> set[int]:
    return {int(path.name[:4]) for path in HISTORY}


def test_every_cited_section_has_its_heading() -> None:
    assert [dead for path, text in sources() for dead in dead_sections(path, text)] == []


def test_sections_are_cited_at_all() -> None:
    cited = {hit.group(1) for _, text in sources() for hit in SECTION.finditer(text)}

    assert {"docs/safety.md", "docs/engine.md", "docs/design.md"} <= cited


def test_a_section_that_is_gone_is_found_out(tmp_path: Path) -> None:
    text = (
        "docs/safety.md"
        + "#one-tier is there, docs/safety.md"
        + "#two-tiers is not, docs/now"
        + "here.md"
        + "#x neither"
    )

    assert [one.rpartition(" ")[2] for one in dead_sections(ROOT / "x.py", text)] == [
        "docs/safety.md" + "#two-tiers",
        "docs/now" + "here.md" + "#x",
    ]


def test_nothing_cites_a_document_that_is_not_here() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line_of(text, hit.start())}: {hit.group()}"
        for path, text in sources()
        for hit in OLD_CITATION.finditer(text)
    ]

    assert found == []


def test_every_relative_link_leads_somewhere() -> None:
    links = [(path, text) for path, text in sources() if path.suffix == ".md"]

    assert [dead for path, text in links for dead in dead_links(path, text)] == []


def test_a_link_that_leads_nowhere_is_found_out() -> None:
    text = "[here](README.md), [gone](gone.md), ![drawing](engine-calibration.svg), [section](safety.md#gone)"

    assert [one.rpartition(" ")[2] for one in dead_links(DOCS / "x.md", text)] == ["gone.md", "safety.md#gone"]


def test_every_cited_decision_is_there() -> None:
    known = numbers_of_decisions()
    found = []
    for path, text in sources():
        for hit in DECISION.finditer(text):
            numbers = [int(number) for number in re.findall(r"\d+", hit.group())]
            found += [f"{path.relative_to(ROOT)}: {hit.group()}" for number in numbers if number not in known]
        for hit in DECISION_FILE.finditer(text):
            is_there = (ROOT / hit.group()).is_file() if hit.group(2) else int(hit.group(1)) in known
            found += [] if is_there else [f"{path.relative_to(ROOT)}: {hit.group()}"]

    assert found == []


def has_test(path: Path, name: str) -> bool:
    return re.search(rf"^(async )?def {name}\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE) is not None


def test_every_file_and_test_that_is_named_is_there() -> None:
    found = []
    for path, text in sources():
        if path in HISTORY:
            continue
        for hit in FILE.finditer(text):
            # Templates are named as Django finds them.
            named = [ROOT / hit.group(1), ROOT / "templates" / hit.group(1)]
            target = next((one for one in named if one.is_file()), None)
            is_there = target is not None and (not hit.group(2) or has_test(target, hit.group(2)))
            if not is_there:
                found.append(f"{path.relative_to(ROOT)}:{line_of(text, hit.start())}: {hit.group()}")

    assert found == []


def hazards() -> dict[str, str]:
    log = (DOCS / "safety.md").read_text().partition("## Hazard log")[2]
    parts = re.split(r"^### (H\d+)$", log, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_hazards_are_numbered_without_a_gap() -> None:
    assert list(hazards()) == [f"H{number:02}" for number in range(1, len(hazards()) + 1)]


@pytest.mark.parametrize("name", hazards())
def test_a_hazard_says_its_cause_effect_control_test_and_what_remains(name: str) -> None:
    entry = hazards()[name]
    fields = dict(re.findall(r"^\* (\w+):\s+(.+(?:\n  .+)*)", entry, flags=re.MULTILINE))

    assert list(fields) == ["Cause", "Effect", "Control", "Test", "Remains"]
    assert FILE.search(fields["Control"]), "a control without its place"
    held = [hit.group(2) for hit in FILE.finditer(fields["Test"])]
    assert all(held), "a test without its name"
    assert held or fields["Test"].startswith("by hand")


def test_the_index_names_every_document() -> None:
    index = (DOCS / "README.md").read_text()
    linked = {(DOCS / (hit.group(1) or "")).resolve() for hit in LINK.finditer(index) if hit.group(1)}
    expected = {path for path in documents() if path.is_relative_to(DOCS) and path != DOCS / "README.md"}
    expected |= {
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "GOVERNANCE.md", "CHANGELOG.md")
    }

    assert expected - linked == set()


def test_every_decision_has_one_line_in_the_index_in_order() -> None:
    lines = re.findall(
        r"^\| \[(\d+)\]\(decisions/(\d{4})[\w-]+\.md\) \| (.+) \|$", (DOCS / "README.md").read_text(), re.M
    )

    assert [int(number) for number, _, _ in lines] == [int(file) for _, file, _ in lines]
    assert [int(number) for number, _, _ in lines] == sorted(numbers_of_decisions())
    assert all(10 <= len(words) <= 140 for _, _, words in lines)


@cache
def visible_words() -> frozenset[str]:
    """Return what pages say in English: the words that templates and code hand to gettext."""
    found: set[str] = set()
    for path, text in sources():
        if path.is_relative_to(ROOT / "templates"):
            found |= set(re.findall(r"\{% translate \"([^\"]+)\"", text))
            blocks = re.findall(r"\{% blocktranslate[^%]*%\}(.*?)\{% (?:plural|endblock)", text, flags=re.DOTALL)
            found |= {" ".join(block.split()) for block in blocks}
        elif path.suffix == ".py" and path.relative_to(ROOT).parts[0] in {"monitoring", "patients"}:
            found |= {
                one.value
                for one in ast.walk(ast.parse(text))
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }
    return frozenset(found)


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda path: path.stem)
def test_a_guide_names_every_button_as_the_page_does(guide: Path) -> None:
    labels = {" ".join(label.split()) for label in LABEL.findall(guide.read_text())}

    assert labels
    assert labels - visible_words() == set()


def test_every_role_has_its_guide() -> None:
    assert {path.stem for path in GUIDES.glob("*.md")} == {
        "patient",
        "clinician",
        "coordinator",
        "admin",
        "operator",
        "rollout",
    }


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda path: path.stem)
def test_a_guide_is_about_two_pages(guide: Path) -> None:
    assert 400 <= len(guide.read_text().split()) <= 1300
