"""The files that a person takes home, and how often."""

import csv
import io
import json
import time
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from monitoring.models import CheckIn, Score
from monitoring.take_home import files
from monitoring.take_home.files import FileKind, TooManyDownloads, csv_of
from patients.rights.own_record import StoredTable
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.furnished import Furnished
from tests.monitoring.taking_home import SOURCES, archive_of

YEARS = 10


def test_the_file_holds_every_table_of_the_patient_and_nothing_of_others(furnished: Furnished) -> None:
    archive = archive_of(furnished, "ann")
    document = json.loads(archive.read("my-data.json"))

    filled = {name for name, table in document["tables"].items() if table["rows"]}
    assert filled == {source.name for source in SOURCES} | {"account", "access_log"}
    assert [row["name"] for row in document["tables"]["patient"]["rows"]] == ["Ann Archer"]
    assert len(document["tables"]["episodes"]["rows"]) == 1
    everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "The new job wears me out." in everything
    for stranger in ("Ben Brook", "Zoe Zimmer", "Words of the other clinic", "Called, no answer."):
        assert stranger not in everything


def test_every_key_of_the_document_is_explained(furnished: Furnished) -> None:
    document = json.loads(archive_of(furnished, "ann").read("my-data.json"))

    for name, table in document["tables"].items():
        for row in table["rows"]:
            assert set(row) == set(table["columns"]), name
        assert all(table["columns"].values()), name
    assert document["not_included"]


def test_tables_and_document_have_the_same_rows(furnished: Furnished) -> None:
    archive = archive_of(furnished, "ann")
    document = json.loads(archive.read("my-data.json"))

    for name, table in document["tables"].items():
        if name != "access_log":
            rows = list(csv.reader(io.StringIO(archive.read(f"tables/{name}.csv").decode(), newline="")))
            assert rows[0] == list(table["columns"])
            assert len(rows) - 1 == len(table["rows"]), name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_run_by_a_spreadsheet_and_numbers_stay_numbers(start: str) -> None:
    rows: list[dict[str, Any]] = [{"words": f'{start}cmd|" /C calc"!A0', "number": -2.5}]
    table = StoredTable(name="t", title="T", columns={"words": "W", "number": "N"}, rows=rows, choices={})

    [_head, cells] = csv.reader(io.StringIO(csv_of(table).decode(), newline=""))

    assert cells == [f"'{rows[0]['words']}", "-2.5"]
    assert csv_of(table).endswith(b'"-2.5"\r\n')


def test_six_downloads_within_an_hour_are_one_too_many(north: World) -> None:
    def get(minutes: int) -> None:
        files.download(
            patient=north.episode.patient,
            kind=FileKind.PROGRAM,
            by=north.ann,
            at=NOW + timedelta(minutes=minutes),
        )

    for minute in range(5):
        get(minute)
    with pytest.raises(TooManyDownloads) as refused:
        get(6)

    assert refused.value.again_at == NOW + timedelta(minutes=60)
    get(61)


@pytest.mark.slow
def test_ten_years_of_weekly_data_fit_into_one_file(north: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Measured on two busy cores: 520 weeks in 1.4 s, 480 kB, 400 of them the program of the chart."""
    weeks = YEARS * 52
    stored = CheckIn.objects.bulk_create(
        CheckIn(
            clinic=north.clinic,
            episode=north.episode,
            client_key=f"00000000-0000-7000-8000-{number:012d}",
            about_on=NOW.date() - WEEK * number,
            submitted_at=NOW - WEEK * number,
            sleep=6,
            answers={"PHQ-9": factories.phq9()},
            note="An ordinary week, with a few words about it.",
        )
        for number in range(weeks)
    )
    Score.objects.bulk_create(
        Score(
            clinic=north.clinic,
            episode=north.episode,
            check_in=row,
            instrument="PHQ-9",
            instrument_version="1",
            about_on=row.about_on,
            entered_at=row.submitted_at,
            value=8,
        )
        for row in stored
    )

    begun = time.perf_counter()
    file = files.download(patient=north.episode.patient, kind=FileKind.EVERYTHING, by=north.ann, at=NOW)
    seconds = time.perf_counter() - begun

    document = json.loads(zipfile.ZipFile(io.BytesIO(file.content)).read("my-data.json"))
    assert len(document["tables"]["check_ins"]["rows"]) == weeks
    assert len(document["tables"]["scores"]["rows"]) == weeks
    with capsys.disabled():
        print(f"{weeks} weeks in {seconds:.2f} s, {len(file.content) / 1024:.0f} kB")  # noqa: T201
