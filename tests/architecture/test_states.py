"""An alert's states are whole: in code, in the audit log and in the database."""

import re

from django.db import connection

from monitoring.alerts import alerts
from monitoring.models.alerts import AlertState


def test_every_state_of_an_alert_has_its_steps_its_event_and_its_trace() -> None:
    assert set(alerts.TRANSITIONS) == set(alerts.EVENT_OF) == set(alerts.AUDIT_OF) == set(AlertState.values)
    assert set().union(*alerts.TRANSITIONS.values()) == set(AlertState.values)


def test_the_database_knows_the_same_steps(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tidemark_alert_step'")
        [(body,)] = cursor.fetchall()
    in_database = set(re.findall(r"\('(\w+)', '(\w+)'\)", body))

    assert in_database == {(str(old), str(new)) for old, steps in alerts.TRANSITIONS.items() for new in steps}
