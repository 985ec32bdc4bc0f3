"""What no page may do: switch escaping off, carry code of its own, load from elsewhere, ask the database."""

import re
from pathlib import Path

import plotly.offline
import pytest

from tests.architecture.sources import ROOT, SOURCES, TEMPLATES, name_of

UNESCAPED = re.compile(r"\|\s*(safe|safeseq)\b|\{%\s*autoescape\s+off")


def test_no_page_switches_escaping_off() -> None:
    assert [name_of(path) for path in TEMPLATES if UNESCAPED.search(path.read_text())] == []


def test_only_the_drawings_make_markup_in_python() -> None:
    maker = re.compile(r"\b(mark_safe|format_html|format_html_join|html_safe|__html__)\b|\bSafe(String|Data)\(")
    found = {name_of(path) for path in SOURCES if maker.search(path.read_text())}

    # That these escape every text is shown in tests/monitoring/course/drawing/test_charts.py.
    assert found == {"monitoring/course/drawing/strokes.py"}


def test_pages_carry_no_script_style_or_handler_of_their_own() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:"
    )

    assert [name_of(path) for path in TEMPLATES if inline.search(path.read_text())] == []


def test_pages_load_nothing_from_elsewhere() -> None:
    remote = re.compile(r'(?:src|href|action)="(?:https?:)?//')

    assert [name_of(path) for path in TEMPLATES if remote.search(path.read_text())] == []


TRANSLATED = re.compile(
    r"\{%\s*(blocktranslate|blocktrans)\b.*?\{%\s*end\1\s*%\}|\{%\s*comment\b.*?endcomment\s*%\}|\{[%#].*?[%#]\}|\{\{.*?\}\}",
    re.DOTALL,
)


# Not read as language: the product's name, what is printed on a key, the class of a page.
UNTRANSLATABLE = {"Tidemark", "Enter"}


CLASS_OF_PAGE = re.compile(r"\{% block \w+_class %\}[\w -]*")


WRITTEN_IN_PAGES = re.compile(r'<[^>]*?\b(?:aria-label|placeholder|title|alt|label)="([^"]*)"[^>]*>|<[^>]*>')


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_word_of_a_page_can_be_translated(path: Path) -> None:
    without_tags = TRANSLATED.sub(" ", CLASS_OF_PAGE.sub(" ", path.read_text()))
    bare = WRITTEN_IN_PAGES.sub(lambda tag: f" {tag.group(1) or ''} ", without_tags)
    words = set(re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", bare)))

    assert words - UNTRANSLATABLE == set()


def test_the_chart_library_is_the_one_whose_figures_are_checked() -> None:
    """plotly.py validates figures in tests; plotly.js draws them. Both must mean the same by a figure."""
    script = (ROOT / "static/js/vendor/plotly-basic.min.js").read_text()[:200]

    assert f"v{plotly.offline.get_plotlyjs_version()}" in script


def test_a_view_contains_no_query_and_no_role() -> None:
    query = re.compile(r"\.objects\b|\._base_manager\b|cursor\(|\.role\s*==")
    views = [path for path in SOURCES if "views" in path.parts]

    assert views
    assert [name_of(path) for path in views if query.search(path.read_text())] in (
        [],
        ["monitoring/views/clinic/health.py"],
    )
