"""The catalogues of messages: complete, sure, with the places of the original, and compiled as they stand."""

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import get_format

from tests.catalogues import Entry, entries

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po"))
PLACES = re.compile(r"%\(\w+\)[sdgf]|%[sd%]|(?<!\{)\{\w+\}(?!\})")
SOURCES = [path for folder in ("config", "monitoring", "patients") for path in sorted((ROOT / folder).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))


def language_of(path: Path) -> str:
    return path.parts[-3]


def places(text: str) -> list[str]:
    """Return the places that are filled at run time; a percent sign by itself is no place of a message without any."""
    found = sorted(PLACES.findall(text))
    return [place for place in found if place != "%%"]


def problems_of(entry: Entry) -> list[str]:
    """Return what is wrong with a translation."""
    found = []
    if entry.is_fuzzy or not all(entry.translations):
        found.append("guessed or empty")
    # A form for one may say "one" in a word.
    several = entry.plural or entry.message
    for number, text in enumerate(entry.translations):
        wanted = {tuple(places(several))} | ({tuple(places(entry.message))} if number == 0 else set())
        if text and tuple(places(text)) not in wanted:
            found.append(f"other places: {text}")
    ends = {(text.startswith("\n"), text.endswith("\n")) for text in (entry.message, *entry.translations) if text}
    return [*found, "other line ends"] if len(ends) > 1 else found


def test_there_is_a_catalogue_for_every_language_but_the_one_of_the_source() -> None:
    assert [language_of(path) for path in CATALOGUES] == [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.mark.parametrize("path", CATALOGUES, ids=language_of)
def test_every_message_is_translated_and_keeps_its_places(path: Path) -> None:
    wrong = {entry.message: problems for entry in entries(path) if (problems := problems_of(entry))}

    assert wrong == {}


@pytest.mark.parametrize("path", CATALOGUES, ids=language_of)
def test_the_compiled_catalogue_says_what_the_edited_one_says(path: Path) -> None:
    """People who run the product have no gettext tools, so the compiled file is in the repository."""
    with path.with_suffix(".mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)

    for entry in entries(path):
        if entry.context:
            said = [known.pgettext(entry.context, entry.message)]
        elif entry.plural:
            said = [known.ngettext(entry.message, entry.plural, number) for number in (1, 2)]
        else:
            said = [known.gettext(entry.message)]
        assert said == list(entry.translations)
    assert len(known._catalog) - 1 == sum(len(entry.translations) for entry in entries(path))  # type: ignore[attr-defined]


def test_the_image_carries_the_catalogues() -> None:
    assert "COPY locale locale" in (ROOT / "Dockerfile").read_text()
    assert "!locale" in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.fixture(scope="module")
def messages_of_the_source(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str, str]]:
    """Return every message that gettext finds in a copy of the source."""
    if shutil.which("xgettext") is None:
        if os.environ.get("CI"):
            pytest.fail("GNU gettext must be there in CI.")
        pytest.skip("NO GNU GETTEXT FOUND: the catalogues were not compared (Debian: apt install gettext).")
    copy = tmp_path_factory.mktemp("source")
    for folder in ("config", "monitoring", "patients", "templates"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "*.ttf", "*.json"))
    (copy / "locale").mkdir()
    without_settings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "xx", "--no-location"]
    subprocess.run(command, cwd=copy, env=without_settings, check=True, capture_output=True)
    return {entry.key for entry in entries(copy / "locale/xx/LC_MESSAGES/django.po")}


@pytest.mark.parametrize("path", CATALOGUES, ids=language_of)
def test_the_catalogue_holds_the_messages_of_the_source_and_no_others(
    path: Path, messages_of_the_source: set[tuple[str, str, str]]
) -> None:
    """`make messages` brings them into step."""
    known = {entry.key for entry in entries(path)}

    assert messages_of_the_source - known == set()
    assert known - messages_of_the_source == set()


EAGER = {"gettext", "ngettext", "pgettext", "npgettext"}


def translated_at_import(path: Path) -> list[int]:
    """Return the lines of a module on which a message is translated before anyone has a language."""
    tree = ast.parse(path.read_text())
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in EAGER
    }
    waiting: list[ast.AST] = [tree]
    found = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            found.append(node.lineno)
        # What stands in a function waits until it is called; its defaults and decorators do not.
        body = {id(one) for one in node.body} if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else set()
        if not isinstance(node, ast.Lambda):
            waiting += [child for child in ast.iter_child_nodes(node) if id(child) not in body]
    return found


def test_no_message_is_translated_while_modules_load() -> None:
    """It would stay in the language of the process for everyone."""
    assert {str(path): lines for path in SOURCES if (lines := translated_at_import(path))} == {}


def translated_in_an_f_string(path: Path) -> list[int]:
    """Return the lines of a module on which a message is asked for inside an f-string."""
    asked = EAGER | {"_"}
    return [
        call.lineno
        for text in ast.walk(ast.parse(path.read_text()))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in asked
        if any(isinstance(argument, ast.Constant) for argument in call.args)
    ]


def test_no_message_is_hidden_in_an_f_string() -> None:
    """xgettext does not look there: the message would be in no catalogue, and would be read in English by everybody."""
    assert {str(path): lines for path in SOURCES if (lines := translated_in_an_f_string(path))} == {}


def forms_of_dates() -> set[str]:
    """Return the form of every date that our pages and messages write."""
    in_templates = re.compile(r"\|date:\"([^\"]*)\"")
    in_python = re.compile(r"(?:date_format|day_words)\([^\n]*?, ['\"]([^'\"]+)['\"]\)")
    found = {form for path in TEMPLATES for form in in_templates.findall(path.read_text())}
    found |= {form for path in SOURCES for form in in_python.findall(path.read_text())}
    return found


def test_german_puts_a_point_behind_the_day_of_every_date() -> None:
    with translation.override("de"):
        written = {form: str(get_format(form)) for form in forms_of_dates()}

    with_a_day = {form: german for form, german in written.items() if re.search(r"\bj\b", form)}
    assert len(with_a_day) > 8
    assert [form for form, german in with_a_day.items() if "j." not in german] == []


def test_english_writes_dates_as_our_pages_name_them() -> None:
    with translation.override("en"):
        assert {form for form in forms_of_dates() if get_format(form) != form} == set()
