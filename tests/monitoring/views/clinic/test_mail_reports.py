"""Reports of mail providers, in the words of each, from who knows the password alone."""

import base64
import json
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from monitoring.views.clinic.mail_reports import READERS
from patients.models import User
from tests.conftest import World

SECRET = "reports:a-password-nobody-guesses"
ADDRESS = "chris@north.example"
# What each provider posts about a message that came back for good, as its manual shows it, shortened.
REPORTS: dict[str, Any] = {
    "postmark": {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "Email": ADDRESS,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "BouncedAt": "2026-11-30T14:50:00Z",
        "ID": 4323372036854775807,
    },
    "brevo": {
        "event": "hard_bounce",
        "email": ADDRESS,
        "date": "2026-11-30 15:50:00",
        "ts_epoch": 1796050200000,
        "message-id": "<2026@smtp-relay.mailin.fr>",
        "reason": "user unknown",
    },
    "mailjet": [
        {
            "event": "bounce",
            "time": 1796050200,
            "MessageID": 19421777835146490,
            "email": ADDRESS,
            "hard_bounce": True,
            "blocked": False,
            "error_related_to": "recipient",
            "error": "user unknown",
        }
    ],
    "mailtrap": {
        "events": [
            {
                "event": "bounce",
                "email": ADDRESS,
                "timestamp": 1796050200,
                "message_id": "1df37d17-0286-4d8b-8edf-bc4ec5be86e6",
                "event_id": "bede7236-2284-43d6-a953-1fdcafd0fdbc",
                "response": "550 user unknown",
                "response_code": 550,
                "bounce_category": "badmailbox",
            }
        ]
    },
    "sparkpost": [
        {
            "msys": {
                "message_event": {
                    "type": "bounce",
                    "bounce_class": "10",
                    "rcpt_to": ADDRESS,
                    "raw_rcpt_to": ADDRESS,
                    "transmission_id": "65832150921904138",
                    "event_id": "92356927693813856",
                    "timestamp": "1796050200",
                    "raw_reason": "550 user unknown",
                }
            }
        }
    ],
}


@pytest.fixture(autouse=True)
def told_secret(settings: Settings) -> None:
    settings.MAIL_REPORTS, settings.MAIL_REPORTS_SECRET = "postmark", SECRET


def post(client: Client, report: Any, *, secret: str = SECRET) -> int:
    body = report if isinstance(report, str) else json.dumps(report)
    said = base64.b64encode(secret.encode()).decode()
    answer = client.post(
        "/mail/reports/", body, content_type="application/json", headers={"Authorization": f"Basic {said}"}
    )
    return answer.status_code


def returned() -> list[str]:
    return list(User.objects.filter(mail_returned_at__isnull=False).values_list("email", flat=True))


@pytest.mark.parametrize("provider", READERS)
def test_each_provider_is_understood(client: Client, world: World, settings: Settings, provider: str) -> None:
    settings.MAIL_REPORTS = provider

    assert post(client, REPORTS[provider]) == 204
    assert returned() == [ADDRESS]


@pytest.mark.parametrize("provider", READERS)
@pytest.mark.parametrize("secret", ["", "reports:", "reports:wrong-password-of-some-length", f"x{SECRET}"])
def test_who_does_not_know_the_password_finds_no_such_page(
    client: Client, world: World, settings: Settings, provider: str, secret: str
) -> None:
    settings.MAIL_REPORTS = provider

    assert post(client, REPORTS[provider], secret=secret) == 404
    assert client.post("/mail/reports/", json.dumps(REPORTS[provider]), content_type="application/json").status_code
    assert returned() == []


@pytest.mark.parametrize(
    "report", ["", "{", "[]", "null", "7", '{"RecordType": 5}', '[{"msys": 1}]', '{"events": [1]}']
)
@pytest.mark.parametrize("provider", READERS)
def test_nonsense_marks_nobody_and_breaks_nothing(
    client: Client, world: World, settings: Settings, provider: str, report: str
) -> None:
    settings.MAIL_REPORTS = provider

    assert post(client, report) in {204, 400}
    assert returned() == []


def test_where_no_provider_is_named_there_is_no_such_page(client: Client, world: World, settings: Settings) -> None:
    settings.MAIL_REPORTS = settings.MAIL_REPORTS_SECRET = ""

    assert post(client, REPORTS["postmark"]) == 404
    assert post(client, REPORTS["postmark"], secret="") == 404


def test_staff_and_patients_cannot_report(client: Client, world: World) -> None:
    for person in (world.sam, world.ann):
        client.force_login(person)
        assert client.post("/mail/reports/", "{}", content_type="application/json").status_code == 404
