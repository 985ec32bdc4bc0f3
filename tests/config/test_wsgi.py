"""The door for WSGI servers: whatever even Django could not answer ends here, without a trace of its content."""

import gc
import logging
from typing import Any

import pytest
from django.core.signals import got_request_exception, request_finished, request_started
from django.test import RequestFactory

from config import wsgi

Answer = tuple[str, list[tuple[str, str]]]


def ask(environ: dict[str, Any]) -> tuple[Answer, bytes]:
    """Ask the application as a server does; the signals would close the test's connection to the database."""
    told: list[Answer] = []
    receivers = [(signal, signal.receivers) for signal in (request_started, request_finished, got_request_exception)]
    try:
        for signal, _known in receivers:
            signal.receivers = []
            signal.sender_receivers_cache.clear()
        body = b"".join(wsgi.application(environ, lambda status, headers: told.append((status, headers))))
    finally:
        for signal, known in receivers:
            signal.receivers = known
            signal.sender_receivers_cache.clear()
    return told[-1], body


def test_a_page_is_djangos() -> None:
    (status, _headers), body = ask(RequestFactory().get("/livez").environ)

    assert status == "200 OK"
    assert b"went wrong" not in body


def test_what_breaks_outside_of_django_is_told_in_plain_words_and_logged_without_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Without a method and a path even Django cannot begin.
    with caplog.at_level(logging.ERROR, logger="config.wsgi"):
        (status, headers), body = ask({"QUERY_STRING": "note=zqx-canary"})

    assert status == "500 Internal Server Error"
    assert dict(headers)["Content-Type"] == "text/plain; charset=utf-8"
    assert b"may not have been saved" in body
    assert [record.getMessage() for record in caplog.records] == ["a request failed outside of Django"]
    assert b"zqx-canary" not in body


def test_what_was_loaded_at_the_start_is_left_out_of_later_searches_for_garbage() -> None:
    threshold, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        wsgi.settle()

        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold()[0] == wsgi.YOUNG_OBJECTS
    finally:
        gc.set_threshold(*threshold)
        if not frozen:
            gc.unfreeze()
