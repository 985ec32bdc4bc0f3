"""A file that is sent: kept in memory where one is expected, refused elsewhere."""

import tempfile
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.web import limits
from tests.conftest import World

LARGEST = limits.LARGEST_BODY_BYTES


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_file_is_refused_where_none_is_expected_and_written_nowhere(
    client: Client, world: World, temporary: Path
) -> None:
    file = SimpleUploadedFile("x.csv", b"x" * (LARGEST // 2))

    refused = client.post("/accounts/login/", {"login": "ann@north.example", "file": file})

    assert refused.status_code == HTTPStatus.BAD_REQUEST
    assert list(temporary.iterdir()) == []


def test_a_file_is_kept_in_memory_where_one_is_expected(client: Client, world: World, temporary: Path) -> None:
    client.force_login(world.sam)
    file = SimpleUploadedFile("pairs.csv", b"first,second,note,source\nA,B,c,d\n" + b"x" * 300_000)

    shown = client.post("/clinic/interactions/", {"file": file})

    assert shown.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The file is too large." in shown.text
    assert list(temporary.iterdir()) == []
