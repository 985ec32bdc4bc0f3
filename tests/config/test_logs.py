"""What a log line may carry: named fields, the programmer's words, the places of an error; nothing of a person."""

import json
import logging
import sys

import pytest

from config.logs import JsonLines

CANARY = "zqx-canary"


def line_of(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert "\n" not in text
    parsed: dict[str, object] = json.loads(text)
    return parsed


def record_of(name: str, message: str, *args: object, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, exc_info=None)
    record.__dict__.update(fields)
    return record


@pytest.mark.parametrize("name", ["django.request", "celery.worker", "root", "allauth.account"])
def test_arguments_of_other_peoples_messages_stay_out(name: str) -> None:
    line = line_of(record_of(name, "Not Found: %s", f"/p/{CANARY}"))

    assert line["event"] == "Not Found: %s"
    assert CANARY not in json.dumps(line)


def test_our_own_messages_are_written_out() -> None:
    assert line_of(record_of("config.web.middleware", "%d rows", 3))["event"] == "3 rows"


def test_only_named_extra_fields_are_written() -> None:
    line = line_of(record_of("monitoring.tasks", "swept", count=4, note=CANARY))

    assert line["count"] == 4
    assert CANARY not in json.dumps(line)


def test_an_error_is_its_type_and_its_places_never_its_text() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, __file__, 1, "failed", (), exc_info=sys.exc_info())

    line = line_of(record)

    assert "ValueError at test_logs.py:" in str(line["error"])
    assert CANARY not in json.dumps(line)


def test_an_exception_logged_as_the_message_is_not_quoted() -> None:
    problem = ValueError(CANARY)

    assert CANARY not in json.dumps(line_of(record_of("kombu", problem)))  # type: ignore[arg-type]
