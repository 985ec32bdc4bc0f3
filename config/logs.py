"""Log lines as JSON from an allow-list of fields, so that no health data can reach a log file.

A message's arguments and an exception's text may quote a row ("Failing row contains ..."), a path or a name. What is
printed is the message as the programmer wrote it, and of an exception its type and the places it passed.
"""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What our own code may add with `extra=`; all of it is opaque.
FIELDS = ("route", "method", "status", "ms", "clinic", "user", "episode", "alert", "count", "child")

# Their messages are ours or carry no data; for all others the arguments stay out.
TRUSTED = ("tidemark", "config", "_granian", "granian")


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        if request_id.get():
            line["request"] = request_id.get()
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1]:
            line["error"] = describe(record.exc_info[1])
        return json.dumps(line, default=str, ensure_ascii=False)


def describe(problem: BaseException) -> str:
    """Return an exception's type and the places it passed, never its text."""
    frames = traceback.extract_tb(problem.__traceback__)
    places = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-8:])
    return f"{type(problem).__name__} at {places or 'unknown place'}"


def _event(record: logging.LogRecord) -> str:
    """Return the message with its arguments only where the logger is known to carry none of a person's."""
    if record.name.split(".", 1)[0] in TRUSTED:
        return record.getMessage()
    # Some hand over the exception itself: its text is as talkative as an argument.
    return record.msg if isinstance(record.msg, str) else type(record.msg).__name__
