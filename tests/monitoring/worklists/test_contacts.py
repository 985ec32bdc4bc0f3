"""A try to reach somebody is kept, and the alert about the silence tells it too."""

import pytest
from django.db import DatabaseError, transaction

from monitoring.models import Alert, AlertEvent, Contact
from monitoring.models.alerts import AlertState
from monitoring.models.care import ContactOutcome
from monitoring.take_home import columns
from monitoring.worklists import contacts
from patients.rights import access_log
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.worklists.silences import fall_silent


def test_a_try_is_kept_and_the_newest_is_told(north: World) -> None:
    for number, outcome in enumerate((ContactOutcome.NO_ANSWER, ContactOutcome.MESSAGE_LEFT)):
        contacts.record(episode=north.episode, outcome=outcome, by=north.cora, at=NOW + number * WEEK)

    newest = contacts.last_of([north.episode.pk, north.bens_episode.pk])

    assert {pk: row.outcome for pk, row in newest.items()} == {north.episode.pk: "message_left"}
    assert [row.outcome for row in contacts.of_episode(north.episode)] == ["message_left", "no_answer"]


def test_an_open_alert_about_the_silence_gets_the_try_and_stays_open(north: World) -> None:
    alert = fall_silent(north, weeks=4)

    contacts.record(episode=north.episode, outcome=ContactOutcome.NO_ANSWER, note="Rang twice.", by=north.cora, at=NOW)

    event = AlertEvent.objects.get(alert=alert, by=north.cora)
    assert (event.action, event.note, event.by) == ("no_answer", "Rang twice.", north.cora)
    assert Alert.objects.get(pk=alert.pk).state == AlertState.IN_PROGRESS


def test_a_try_can_neither_be_changed_nor_deleted(north: World) -> None:
    contact = contacts.record(episode=north.episode, outcome=ContactOutcome.SPOKEN, by=north.cora, at=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(outcome="no_answer")
    with pytest.raises(DatabaseError), transaction.atomic():
        contact.delete()


def test_the_patient_reads_who_tried_and_takes_it_home(north: World) -> None:
    contacts.record(episode=north.episode, outcome=ContactOutcome.SPOKEN, by=north.cora, at=NOW)

    [table] = [one for one in columns.load(north.episode.patient) if one.name == "contacts"]
    log = access_log.read(north.episode.patient, with_own=False, page=1)

    assert [(row["made_by"], row["outcome"]) for row in table.rows] == [("Cora", "spoken")]
    assert "Recorded that the clinic tried to reach you" in str(log)
