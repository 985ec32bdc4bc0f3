"""The styles say what the pages need and nothing else: each class is written somewhere, each colour is a token."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.contrib.messages import constants
from django.template import Node, Template
from django.template.library import InclusionNode
from django.template.loader import get_template, render_to_string
from django.template.loader_tags import ExtendsNode, IncludeNode

from monitoring.course.drawing import charts, drawings, lane_rows
from monitoring.course.drawing.labels import ROOMS
from monitoring.course.pictures import Look
from monitoring.models.check_ins import DosesTaken
from monitoring.words.states import State
from tests.monitoring.course.drawing.test_charts import FULL, make_course

ROOT = Path(__file__).parents[1]
STYLES, TEMPLATES, SCRIPTS = ROOT / "static" / "css", ROOT / "templates", ROOT / "static" / "js"
LAYERS = ["tokens", "base", "controls", "pages", "charts", "print"]
FILES = sorted(path.name for path in STYLES.glob("*.css"))
# Other people's names: plotly.js looks for them, and sets them.
FOREIGN = re.compile(
    r"no-inline-styles|js-plotly-plot|plotly|main-svg|svg-container|draglayer|crisp|user-select-none|cursor-\w+"
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(")
# A class attribute of a template; what stands in tags and in braces is no name.
ATTRIBUTE = re.compile(r'class="((?:\{%.*?%\}|\{\{.*?\}\}|[^"{])*)"|\{% block \w+_class %\}([^{]*)\{%')
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
# Modules that write class names themselves.
WRITERS = [*(ROOT / "monitoring/course/drawing").glob("*.py"), *(ROOT / "monitoring/templatetags").glob("*.py")]
WRITERS.append(ROOT / "patients/accounts/forms.py")
SHAPES = {state.shape for state in State}
# Names that are put together of a word and what is being shown.
COMPOSED = (
    SHAPES
    | {f"{part}-{shape}" for part in ("mark", "text") for shape in SHAPES}
    | {f"mark-{look}" for look in Look}
    | {f"bar-{strength}" for strength in range(1, lane_rows.SOLID + 1)}
    | set(DosesTaken.values)
    | set(constants.DEFAULT_TAGS.values())
    | set(ROOMS)
)
# Short parts of names that are words; "kbd" is HTML's own word for a key.
WORDS = (
    "aim as at bad bar cut day dot end gap has in ink kbd me my no now one pin row say tab tip top two up who why yes"
)


@dataclass(frozen=True)
class Rule:
    """What applies to a selector: the at-rules around it, the outermost first."""

    file: str
    around: tuple[str, ...]
    selector: str
    body: str

    @property
    def layer(self) -> str:
        return next((at.removeprefix("@layer ") for at in self.around if at.startswith("@layer ")), "")

    @property
    def classes(self) -> set[str]:
        return set(CLASS.findall(self.selector))


def rules_of(file: str) -> Iterator[Rule]:
    """Return the rules of a file, without comments."""
    around: list[str] = []
    begun = ""
    for part in re.split(r"([{};])", COMMENT.sub("", (STYLES / file).read_text(encoding="utf-8"))):
        if part == "{":
            around.append(" ".join(begun.split()))
        elif part == "}":
            around.pop()
        elif part == ";":
            yield Rule(file, tuple(around[:-1]), around[-1] if around else "", " ".join(begun.split()))
        begun = "" if part in {"{", "}", ";"} else part


@cache
def all_rules() -> list[Rule]:
    return [rule for file in FILES for rule in rules_of(file)]


def selectors_of(text: str) -> list[str]:
    """Return the selectors of a list; a comma within brackets divides nothing."""
    depth, found = 0, [""]
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [one.strip() for one in found]


def defined(*files: str) -> set[str]:
    return {name for rule in all_rules() if rule.file in files for name in rule.classes}


@cache
def classes_of(template: str) -> frozenset[str]:
    """Return the class names that a template itself writes."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    written = (TAG.sub(" ", one or other) for one, other in ATTRIBUTE.findall(text))
    return frozenset(name for words in written for name in words.split())


def _named(node: Node) -> str | None:
    """Return the template that a node brings in; None for one that the page decides on."""
    if isinstance(node, InclusionNode):
        return str(node.filename)
    expression = node.parent_name if isinstance(node, ExtendsNode) else node.template  # type: ignore[attr-defined]
    return expression.var.split("#")[0] if isinstance(expression.var, str) else None


@cache
def parts_of(template: str) -> frozenset[str]:
    """Return a template with all that it extends and includes."""
    found: set[str] = set()
    waiting = [template]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        compiled: Template = get_template(name).template  # type: ignore[attr-defined]
        nodes = compiled.nodelist.get_nodes_by_type((ExtendsNode, IncludeNode, InclusionNode))  # type: ignore[arg-type]
        waiting += [named for named in map(_named, nodes) if named]
    return frozenset(found)


@cache
def pages() -> dict[str, frozenset[str]]:
    """Return every page with its parts."""
    found = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        parts = parts_of(name)
        if "base.html" in parts and not path.name.startswith("base"):
            found[name] = parts
    return found


def linked_by(parts: frozenset[str]) -> set[str]:
    """Return the style files that a page links."""
    texts = [(TEMPLATES / part).read_text(encoding="utf-8") for part in parts]
    return {file for text in texts for file in re.findall(r"static 'css/([\w-]+\.css)'", text)}


def words_in(path: Path) -> set[str]:
    """Return the words of the strings of a Python module that are markup or names, not those of its sentences."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    names = [text for text in strings if "class=" in text or re.fullmatch(r"[a-z0-9 -]+", text)]
    return {word for text in names for word in re.findall(r"[\w-]+", text)}


@cache
def written() -> frozenset[str]:
    """Return every class name that the product may put on a page."""
    names = {name for path in TEMPLATES.rglob("*.html") for name in classes_of(str(path.relative_to(TEMPLATES)))}
    names |= {word for path in WRITERS for word in words_in(path)}
    for script in SCRIPTS.glob("*.js"):
        texts = re.findall(r'(?:className = |classList\.\w+\()"([^"]+)"', script.read_text(encoding="utf-8"))
        names |= {name for text in texts for name in text.split()}
    return frozenset(names | COMPOSED)


# ---------- layers ----------


def test_the_layers_are_declared_once_and_first() -> None:
    declared = re.findall(r"@layer ([\w, ]+);", "".join((STYLES / file).read_text(encoding="utf-8") for file in FILES))

    assert [names.split(", ") for names in declared] == [LAYERS]
    assert COMMENT.sub("", (STYLES / "base.css").read_text(encoding="utf-8")).lstrip().startswith("@layer ")


def test_every_rule_is_in_a_layer() -> None:
    outside = {
        rule.selector for rule in all_rules() if rule.layer not in LAYERS and "@" not in rule.selector + rule.body
    }

    assert outside == set()
    assert {rule.layer for rule in all_rules()} >= set(LAYERS)


# ---------- colours ----------


def test_a_colour_stands_in_the_tokens_alone() -> None:
    """The margin of a printed page knows no tokens."""
    literal = [rule for rule in all_rules() if COLOUR.search(rule.body) and rule.layer != "tokens"]

    assert {rule.selector for rule in literal} == {"@bottom-right"}


def test_every_colour_is_written_once_for_light_and_once_for_dark() -> None:
    tokens = [rule.body for rule in all_rules() if rule.layer == "tokens" and rule.body.startswith("--")]
    names = [body.split(":")[0] for body in tokens if body.split(":")[0] not in {"--light", "--dark"}]
    one_sided = [body for body in tokens if ("var(--light, " in body) != ("var(--dark, " in body)]

    assert len(names) == len(set(names)) > 40
    assert one_sided == []


def test_no_token_is_without_use() -> None:
    text = "".join((STYLES / file).read_text(encoding="utf-8") for file in FILES)
    text += "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js"))
    tokens = {rule.body.split(":")[0] for rule in all_rules() if rule.layer == "tokens" and rule.body.startswith("--")}

    assert {token for token in tokens if f"var({token}" not in text} == set()


# ---------- browsers that do not know everything ----------


def test_a_list_of_selectors_with_has_holds_nothing_else() -> None:
    """A browser that does not know one selector of a list drops the rule for all of them."""
    lists = {(rule.file, rule.selector) for rule in all_rules() if ":has(" in rule.selector and rule.layer}
    mixed = {(file, text) for file, text in lists if not all(":has(" in one for one in selectors_of(text))}

    assert mixed == set()
    assert len(lists) > 20


def test_no_colour_is_mixed_by_the_browser() -> None:
    """A fallback before it would not help: a value with var() counts as known until it is used, and then there is none."""
    assert [rule for rule in all_rules() if "color-mix(" in rule.body] == []


def test_what_is_as_high_as_the_screen_is_so_on_screens_only() -> None:
    """On paper it would begin another sheet."""
    high = [rule for rule in all_rules() if re.search(r"\d[dls]?vh\b", rule.body)]

    assert {rule.selector for rule in high if "@media screen" not in rule.around} == set()
    assert high


# ---------- classes ----------


def test_every_class_in_the_styles_is_used() -> None:
    unused = {name for name in defined(*FILES) if not FOREIGN.fullmatch(name)} - written()

    assert unused == set()


def test_every_class_in_a_page_is_defined_in_a_file_it_links() -> None:
    missing = {
        (page, name)
        for page, parts in pages().items()
        for name in {name for part in parts for name in classes_of(part)} - defined(*linked_by(parts))
        if not FOREIGN.fullmatch(name)
    }

    assert missing == set()


def test_class_names_are_words() -> None:
    names = {name for name in defined(*FILES) if not FOREIGN.fullmatch(name)}
    short = {part for name in names for part in re.split(r"[-_]", name) if len(part) < 4 and not part.isdigit()}

    assert {part for part in short if part not in WORDS.split()} == set()


# ---------- audiences ----------


def test_a_patients_page_links_nothing_of_the_teams() -> None:
    of_patients = {page: parts for page, parts in pages().items() if "base_team.html" not in parts}

    assert all(linked_by(parts) <= {"base.css", "patient.css"} for parts in of_patients.values())
    assert len([page for page in of_patients if "patient.css" in linked_by(of_patients[page])]) > 20


def test_a_teams_page_links_nothing_of_the_patients() -> None:
    of_teams = [parts for parts in pages().values() if "base_team.html" in parts]

    assert all("patient.css" not in linked_by(parts) and "team.css" in linked_by(parts) for parts in of_teams)


def test_the_page_without_a_connection_is_kept_with_all_its_styles() -> None:
    """The worker keeps what the page names, and throws it away when a file changes that it names itself."""
    worker = (TEMPLATES / "service-worker.js").read_text(encoding="utf-8")

    assert linked_by(pages()["offline.html"]) == set(re.findall(r"static 'css/([\w-]+\.css)'", worker))


def test_a_patients_own_course_needs_nothing_of_the_teams() -> None:
    course = charts.draw(make_course(FULL), frame=drawings.PATIENT_FRAME)
    page = render_to_string("monitoring/patient/parts/own_course.html", {"course": course})
    drawn = {name for words in re.findall(r'class="([^"]*)"', page) for name in words.split()}

    assert drawn - {"lane", "ticks"} <= defined("base.css", "patient.css")


@pytest.mark.parametrize("file", FILES)
def test_a_file_is_linked_somewhere(file: str) -> None:
    assert any(file in linked_by(parts) for parts in pages().values())
