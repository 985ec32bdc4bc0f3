"""Files for a patient to take home: everything that is kept, to read, for a program, and as tables.

Built inside the request's transaction, so that all parts show the same moment; nothing is kept on the server.
"""

import base64
import csv
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from monitoring.take_home import cards, columns, own_course
from monitoring.take_home.columns import LEFT_OUT
from patients import audit
from patients.models import AuditEvent, Patient, User
from patients.models.audit import AuditAction
from patients.rights.own_record import StoredTable
from patients.tenancy import current_clinic_id

# docs/safety.md#rates.
DOWNLOADS_AN_HOUR = 5
HOUR = timedelta(hours=1)
# A spreadsheet runs a cell that begins like this; the last four are the full-width forms. Source: docs/safety.md#files,
# OWASP "CSV injection".
STARTS_A_FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


class FileKind(StrEnum):
    """In which form the data comes."""

    EVERYTHING = "zip"
    PROGRAM = "json"
    PAGE = "html"


class TooManyDownloads(Exception):
    """The hour's number is used up."""

    def __init__(self, again_at: datetime) -> None:
        """Keep when the next one is possible."""
        super().__init__(str(again_at))
        self.again_at = again_at


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to send."""

    name: str
    content_type: str
    content: bytes


@transaction.atomic
def download(*, patient: Patient, kind: FileKind, by: User, at: datetime) -> File:
    """Return everything that is kept about a patient as a file, and record how many rows went out.

    Raises:
        TooManyDownloads: five within the hour.
    """
    check_can_download(user=by, at=at)
    tables = columns.load(patient)
    audit.record(
        AuditAction.DATA_DOWNLOADED,
        by=by,
        about=patient,
        at=at,
        counts={table.name: len(table.rows) for table in tables},
    )
    day = timezone.localtime(at).date().isoformat()
    build = {FileKind.EVERYTHING: _archive, FileKind.PROGRAM: _document, FileKind.PAGE: _page}[kind]
    types = {
        FileKind.EVERYTHING: "application/zip",
        FileKind.PROGRAM: "application/json",
        FileKind.PAGE: "text/html; charset=utf-8",
    }
    return File(name=f"my-data-{day}.{kind}", content_type=types[kind], content=build(tables, at, patient.name))


def check_can_download(*, user: User, at: datetime) -> None:
    """Refuse more downloads than a person needs.

    Raises:
        TooManyDownloads: five within the hour.
    """
    recent = AuditEvent.objects.filter(
        clinic_id=current_clinic_id(), actor_id=user.pk, action=AuditAction.DATA_DOWNLOADED, at__gt=at - HOUR
    )
    times = list(recent.order_by("-at").values_list("at", flat=True)[:DOWNLOADS_AN_HOUR])
    if len(times) == DOWNLOADS_AN_HOUR:
        raise TooManyDownloads(times[-1] + HOUR)


# ---------- for a program ----------


def _document(tables: list[StoredTable], at: datetime, _who: str) -> bytes:
    """Return all tables as JSON; each says what its columns mean."""
    document = {
        "made_at": at,
        "format": "tidemark-patient-record",
        "format_version": 1,
        "not_included": {name: str(reason) for name, reason in LEFT_OUT.items()},
        "tables": {
            table.name: {
                "title": str(table.title),
                "columns": {name: str(meaning) for name, meaning in table.columns.items()},
                "rows": table.rows,
            }
            for table in tables
        },
    }
    return json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


# ---------- as tables ----------


def csv_of(table: StoredTable) -> bytes:
    """Return a table as RFC 4180: everything quoted, and no text that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_csv_cell(row[name]) for name in table.columns] for row in table.rows)
    return text.getvalue().encode()


def _csv_cell(value: Any) -> str:
    """Return a value as a cell; text is disarmed, numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(STARTS_A_FORMULA) else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, dict)):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _archive(tables: list[StoredTable], at: datetime, who: str) -> bytes:
    """Return everything in one file: the page to read, the document for a program, and a table each."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my-data.html", _page(tables, at, who))
        archive.writestr("my-data.json", _document(tables, at, who))
        for table in tables:
            archive.writestr(f"tables/{table.name}.csv", csv_of(table))
    return packed.getvalue()


# ---------- to read ----------

STATIC = Path(settings.BASE_DIR) / "static"
# Plotly, then what draws with it.
SCRIPTS = ("js/vendor/plotly-basic.min.js", "js/take_home.js")


@dataclass(frozen=True, slots=True)
class PackedScripts:
    """The scripts that are packed into the page, and their checksums: the page lets no other script run."""

    tags: bytes
    checksums: tuple[str, ...]


@cache
def _packed() -> PackedScripts:
    contents = [(STATIC / name).read_bytes() for name in SCRIPTS]
    return PackedScripts(
        tags=b"".join(b"<script>" + content + b"</script>\n" for content in contents),
        checksums=tuple(base64.b64encode(hashlib.sha256(content).digest()).decode() for content in contents),
    )


def _page(tables: list[StoredTable], at: datetime, who: str) -> bytes:
    """Return a page that needs nothing else and asks for nothing: what it draws with is in it."""
    packed, course = _packed(), own_course.own_course(tables)
    page = {
        "made_at": at,
        "who": who,
        # The product's pages may hold no style of their own; a file at home has nowhere else to take it from.
        "style": _as_address(render_to_string("monitoring/take_home/my_download.css")),
        "plotly_style": _as_address((STATIC / "css/plotly.css").read_text()),
        "checksums": packed.checksums,
        "course": course,
        "chapters": cards.chapters(tables),
        "left_out": LEFT_OUT.values(),
    }
    body = render_to_string("monitoring/take_home/my_download_file.html", page).encode()
    if course is None:
        return body
    before, end, after = body.rpartition(b"</body>")
    return before + packed.tags + end + after


def _as_address(style: str) -> str:
    return "data:text/css," + quote(style)
