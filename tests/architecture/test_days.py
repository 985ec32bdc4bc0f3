"""An instant becomes a day in one place, in Python: never in the database, never in the browser."""

import re

from django.apps import apps
from django.db.models import DateField, DateTimeField

from tests.architecture.sources import ROOT, SOURCES, name_of

THE_PLACE = "patients/zones.py"
OURS = {name_of(path): path.read_text() for path in SOURCES if "migrations" not in path.parts}


def found(pattern: str) -> set[str]:
    return {name for name, text in OURS.items() if re.search(pattern, text, re.IGNORECASE)} - {THE_PLACE}


def test_no_query_counts_days() -> None:
    """PostgreSQL has rules of clocks of its own, and reads a repeated hour and names such as CET in its own way."""
    assert found(r"at time zone|::date\b(?!\[)|current_date|date_trunc") == set()
    assert found(r"\w__(date|week|month|year|week_day|iso_week_day|hour)(__\w+)?\s*=") == set()


def test_what_a_query_cuts_to_weeks_or_months_is_a_day_already() -> None:
    cut = {name for text in OURS.values() for name in re.findall(r"(?:Trunc|Extract)[A-Z]\w*\(\s*\"(\w+)\"", text)}
    fields = [field for model in apps.get_models() for field in model._meta.get_fields() if field.name in cut]

    assert cut
    assert {field.name for field in fields if isinstance(field, DateField)} == cut
    assert [field for field in fields if isinstance(field, DateTimeField)] == []


def test_python_counts_days_in_one_place() -> None:
    assert found(r"astimezone\((?:[^()]|\([^()]*\))*\)\s*\.date\(\)") == set()


def test_no_script_counts_days() -> None:
    scripts = [
        path for path in (ROOT / "static").rglob("*.js") if ".min." not in path.name and "vendor" not in path.parts
    ]
    counting = r"new Date\(|Intl\.|toLocale(Date|Time)?String|getTimezoneOffset|getDay\(|getDate\("

    assert scripts
    assert [path.name for path in scripts if re.search(counting, path.read_text())] == []
