"""A backup that was made and reported is what /healthz counts from."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from monitoring.models import Heartbeat
from monitoring.operations import health, heartbeats


@pytest.mark.django_db
def test_a_backup_that_is_reported_counts_from_now() -> None:
    day_before = timezone.now() - timedelta(hours=30)
    Heartbeat.objects.create(name=heartbeats.BACKUP, last_started_at=day_before, last_ok_at=day_before)
    assert "backup_age_h" in health.look(at=timezone.now()).broken

    call_command("note_backup", stdout=StringIO())

    assert "backup_age_h" not in health.look(at=timezone.now()).broken
    assert health.look(at=timezone.now()).facts["backup_age_h"] == 0
