"""One line per request, tied to the audit log by its id, without the address that was asked for."""

import json
import logging
import uuid

import pytest
from django.test import Client

from config.logs import JsonLines
from patients.models import AuditEvent
from patients.tenancy import clinic_context
from tests.conftest import World


def test_a_request_leaves_one_line_without_its_address(
    client: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="config.web.middleware")

    response = client.get("/p/00000000-0000-7000-8000-000000000001/?note=zqx-canary")

    [record] = [record for record in caplog.records if record.name == "config.web.middleware"]
    line = json.loads(JsonLines().format(record))
    assert line["route"] == "trajectory"
    assert line["status"] == response.status_code
    assert "zqx-canary" not in json.dumps(line)
    assert "0000-7000" not in json.dumps(line)


def test_the_id_that_the_caller_gets_finds_the_audit_lines(client: Client, world: World) -> None:
    client.force_login(world.chris)

    response = client.get(f"/p/{world.episode.pk}/")

    assert response.status_code == 200
    assert uuid.UUID(response["X-Request-ID"])
    with clinic_context(clinic_id=world.clinic.pk):
        assert AuditEvent.objects.filter(request_id=response["X-Request-ID"]).exists()


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_monitors_do_not_fill_the_log(client: Client, db: None, path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="config.web.middleware")

    client.get(path)

    assert [record for record in caplog.records if record.name == "config.web.middleware"] == []
