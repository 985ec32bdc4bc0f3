"""An alert is raised once, has a life, and returns only when its signal does."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.alerts import alerts, evidence
from monitoring.course import persons
from monitoring.engine.records import Tier
from monitoring.messages import notifications
from monitoring.models import Alert, AlertEvent, Notification
from monitoring.models.alerts import ActionCode, AlertEventKind, AlertKind, AlertState
from patients.models import Episode
from tests.conftest import World
from tests.factories import NOW
from tests.monitoring.alerts.raising import close_it, raise_one


def test_the_care_team_is_told_once_and_without_clinical_words(north: World, mailoutbox) -> None:
    raise_one(north)
    raise_one(north, at=NOW + timedelta(hours=1))

    owed = Notification.objects.all()
    assert [row.recipient for row in owed] == [north.chris]
    subject, body = notifications.wording(clinic=north.clinic)
    for word in ("Ann", "Archer", "mood", "depress", "worse", "Clinic"):
        assert word.lower() not in (subject + body).lower()


def test_closing_needs_a_note(north: World) -> None:
    alert = raise_one(north)

    with pytest.raises(alerts.NoteMissing):
        alerts.close(alert=alert, by=north.chris, version=1, action=ActionCode.TALKED, note="  ", at=NOW)
    alert.refresh_from_db()
    assert alert.state == AlertState.NEW


def test_two_people_acting_on_one_page_meet_a_conflict(north: World) -> None:
    alert = raise_one(north)
    alerts.acknowledge(alert=alert, by=north.chris, version=1, at=NOW)

    with pytest.raises(alerts.AlertConflict) as conflict:
        alerts.acknowledge(alert=alert, by=north.cora, version=1, at=NOW)
    assert conflict.value.alert.owner == north.chris


def test_a_person_opens_a_closed_alert_again_with_a_reason(north: World) -> None:
    alert = close_it(north, raise_one(north))
    with pytest.raises(alerts.NoteMissing):
        alerts.reopen(alert=alert, by=north.cora, version=alert.version, note=" ", at=NOW)

    opened = alerts.reopen(
        alert=alert, by=north.cora, version=alert.version, note="Not settled.", at=NOW + timedelta(days=1)
    )

    assert (opened.state, opened.owner, opened.raised_at) == (AlertState.NEW, None, NOW + timedelta(days=1))
    assert opened.due_at is not None and opened.due_at > opened.raised_at
    newest = alerts.history(opened)[0]
    assert (newest.kind, newest.by, newest.note) == (AlertEventKind.REOPENED, north.cora, "Not settled.")
    assert Notification.objects.filter(alert=opened, occasion=opened.version).count() == 1
    with pytest.raises(alerts.StepNotAllowed):
        alerts.reopen(alert=opened, by=north.cora, version=opened.version, note="Again.", at=NOW)


@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(AlertKind), st.sampled_from([Tier.REVIEW, Tier.PRIORITY, Tier.URGENT]),
                  st.booleans(), st.integers(-100, 100)),
        min_size=2, max_size=8, unique_by=lambda one: one[0],
    )
)  # fmt: skip
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_safety_comes_first_everywhere_then_the_tier_then_what_is_due(
    north: World, kinds: list[tuple[AlertKind, Tier, bool, int]]
) -> None:
    sid = transaction.savepoint()
    for kind, tier, comes_first, hours in kinds:
        alert = evidence.raise_alert(episode=north.episode, kind=kind, tier=tier, comes_first=comes_first, at=NOW)
        Alert.objects.filter(pk=alert.pk).update(due_at=NOW + timedelta(hours=hours))
    wanted = [
        kind.value
        for kind, *_rest in sorted(
            kinds, key=lambda one: (one[0] != AlertKind.RISK_ANSWER, -one[1].rank, not one[2], one[3])
        )
    ]

    queue = alerts.queue(episodes=Episode.objects.all(), which=alerts.QueueFilter.OPEN, user=north.chris)
    page = persons.load_person(north.episode, at=NOW)

    known = {str(one.pk): one.kind for one in queue}
    in_queue = [(one.due_at, one.tier, one.comes_first) for one in queue if one.kind != AlertKind.RISK_ANSWER]
    assert [one.kind for one in queue] == wanted or len(set(in_queue)) < len(in_queue)
    assert [known[str(one.id)] for one in page.alerts] == [one.kind for one in queue]
    transaction.savepoint_rollback(sid)


def test_the_database_refuses_a_step_that_the_table_does_not_have(north: World) -> None:
    alert = alerts.start_work(alert=raise_one(north), by=north.chris, version=1, note="Rang.", at=NOW)

    with pytest.raises(DatabaseError, match="does not go from in_progress to acknowledged"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(state=AlertState.ACKNOWLEDGED)


@pytest.mark.parametrize("start", AlertState)
@pytest.mark.parametrize("end", AlertState)
def test_code_and_database_have_the_same_table_of_steps(north: World, start: str, end: str) -> None:
    if start == end:
        return
    alert = raise_one(north)
    if start == AlertState.CLOSED:
        alert = close_it(north, alert)
    elif start == AlertState.ACKNOWLEDGED:
        alert = alerts.acknowledge(alert=alert, by=north.chris, version=1, at=NOW)
    elif start == AlertState.IN_PROGRESS:
        alert = alerts.start_work(alert=alert, by=north.chris, version=1, note="x", at=NOW)
    closed = {"closed_at": NOW, "closed_by": north.chris, "closed_action": ActionCode.TALKED}
    opened = {"closed_at": None, "closed_by": None, "closed_action": ""}

    def update() -> None:
        with transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(state=end, **(closed if end == AlertState.CLOSED else opened))

    if end in alerts.TRANSITIONS[start]:
        update()
    else:
        with pytest.raises(DatabaseError):
            update()


def test_every_state_has_its_steps_event_and_audit_line() -> None:
    for table in (alerts.TRANSITIONS, alerts.EVENT_OF, alerts.AUDIT_OF):
        assert set(table) == set(AlertState)


def test_alert_events_can_only_be_added(north: World) -> None:
    raise_one(north)

    with pytest.raises(DatabaseError), transaction.atomic():
        AlertEvent.objects.update(note="rewritten")
    with pytest.raises(DatabaseError), transaction.atomic():
        AlertEvent.objects.all().delete()
