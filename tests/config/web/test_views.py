"""Where browsers report what the content security policy stopped."""

import json
import logging

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

REPORT = json.dumps({"csp-report": {"document-uri": "https://care.example.org/p/zqx-canary/"}})


def test_a_report_is_counted_and_its_content_not_kept(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answer = client.post("/csp", REPORT, content_type="application/csp-report")

    assert (answer.status_code, answer.content) == (204, b"")
    assert [record.getMessage() for record in caplog.records if record.name == "config.web.views"] == [
        "content security policy report"
    ]
    assert "zqx-canary" not in caplog.text


def test_a_browser_has_no_token_for_its_report() -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/csp", REPORT, content_type="application/csp-report").status_code == 204


def test_nothing_is_there_to_be_read(client: Client) -> None:
    assert client.get("/csp").status_code == 405
