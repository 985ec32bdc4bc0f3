"""What a patient takes home, to be read: one card for each row, in words; a check-in as its questions and answers.

No file, no query: monitoring.take_home.columns brings the rows, monitoring.take_home.files makes the file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from monitoring import engine
from monitoring.engine.records import Domain
from monitoring.words import wording
from patients.rights.own_record import StoredTable

# Columns of a check-in that are told as questions and answers instead.
_ANSWERS = ("own_item", "own_item_wording", "own_rating", "answers", "side_effects")
# What another row is called where a row points to it; its number is left out.
_POINTS_TO = {
    "intervention_name": gettext_lazy("My treatments"),
    "check_in_about_on": gettext_lazy("Check-in of"),
    "corrects_about_on": gettext_lazy("Corrects the check-in of"),
    "slot_week_of": gettext_lazy("Week of"),
}
RATINGS = {domain.value for domain in Domain}


@dataclass(frozen=True, kw_only=True)
class CardLine:
    """One question, or one heading, and what belongs to it."""

    about: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One row of a table; empty title: the lines say it all."""

    title: str
    lines: tuple[CardLine, ...]


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One table as cards."""

    name: str
    title: str
    cards: tuple[Card, ...]


def chapters(tables: Iterable[StoredTable]) -> list[Chapter]:
    """Return the tables that hold something, each row as a card."""
    return [
        Chapter(name=table.name, title=str(table.title), cards=tuple(_cards(table))) for table in tables if table.rows
    ]


def _cards(table: StoredTable) -> Iterable[Card]:
    """Return the rows of a table; numbers of rows mean nothing to people and are left out."""
    numbers = {name for name in table.columns if any(isinstance(row[name], UUID) for row in table.rows)}
    for row in table.rows:
        if table.name == "check_ins":
            yield _check_in(table, row, numbers)
        else:
            yield Card(title="", lines=tuple(_lines(table, row, numbers)))


def _check_in(table: StoredTable, row: Mapping[str, Any], numbers: set[str]) -> Card:
    """Return a check-in: the answers first, in the order in which they were asked, then what surrounds them."""
    answers = [*_ratings(row), *_questionnaires(row["answers"]), *_side_effects(row["side_effects"])]
    rest = _lines(table, row, numbers | RATINGS | {"about_on", *_ANSWERS})
    title = _("Check-in of %(day)s") % {"day": date_format(row["about_on"], "j F Y")}
    return Card(title=title, lines=(*answers, *rest))


def _ratings(row: Mapping[str, Any]) -> Iterable[CardLine]:
    """Return the five ratings and the own question, skipped ones too."""
    for domain in Domain:
        yield CardLine(about=str(wording.DOMAIN_NAMES[domain]), words=_out_of_ten(row[domain.value]))
    if row["own_item"] is not None:
        yield CardLine(about=str(row["own_item_wording"]), words=_out_of_ten(row["own_rating"]))


def _out_of_ten(value: int | None) -> str:
    """Return a rating in words."""
    return _("skipped") if value is None else _("%(value)s of %(maximum)s") % {"value": value, "maximum": 10}


def _questionnaires(answers: Mapping[str, Any]) -> Iterable[CardLine]:
    """Return every item of the questionnaires that were asked, with the words of the answer."""
    for code, items in answers.items():
        spec = engine.INSTRUMENTS.get(code)
        if spec is None or not isinstance(items, Mapping):
            yield CardLine(about=code, words=in_words(items))
            continue
        form = _form(code, get_language())
        for item in form.items:
            yield CardLine(about=f"{code}: {item.text}", words=wording.answer_words(form, item, items.get(item.code)))


@lru_cache
def _form(code: str, language: str | None) -> engine.InstrumentSpec:
    """Return a questionnaire in a language; ten years ask it five hundred times."""
    return engine.instrument_in(engine.INSTRUMENTS[code], language)


def _side_effects(symptoms: Mapping[str, Any]) -> Iterable[CardLine]:
    """Return every symptom that was asked about, absent ones too."""
    for code, parts in symptoms.items():
        yield CardLine(about=wording.symptom_name(code), words=wording.symptom_words(code, parts.get("severity")))


def _lines(table: StoredTable, row: Mapping[str, Any], left_out: set[str]) -> Iterable[CardLine]:
    """Return the columns of a row that hold something, each under its meaning in plain words."""
    for name, meaning in table.columns.items():
        value = row[name]
        if name in left_out or value in (None, "", [], {}):
            continue
        # What an empty cell would mean need not be said of one that is filled.
        about = str(_POINTS_TO.get(name, meaning)).partition(";")[0]
        yield CardLine(about=about, words=in_words(value, table.choices.get(name, {})))


def in_words(value: Any, choices: Mapping[Any, Any] | None = None) -> str:
    """Return a value as people read it."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {in_words(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(in_words(inner) for inner in value)
    if isinstance(value, float | Decimal):
        return str(number_format(f"{value:.2f}".rstrip("0").rstrip(".")))
    return str((choices or {}).get(value, value))
