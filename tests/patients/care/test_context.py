"""Context of a person: kept with its history."""

import pytest
from django.db import InternalError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from patients.care import context
from patients.models import AuditEvent, ContextNote
from patients.models.context import ContextKind
from tests.conftest import World
from tests.factories import NOW
from tests.patients.care.trying import TODAY


def test_context_keeps_its_history_and_the_newest_day_counts(north: World, client: Client) -> None:
    client.force_login(north.chris)
    there = reverse("episode_context", args=[north.episode.pk])
    for day, text in (("2026-03-01", "Second trimester"), ("2025-01-01", "<b>Regular</b> cycle")):
        answer = client.post(there, {"kind": "hormonal", "text": text, "from_on": day})
        assert answer.status_code == 302

    topic = next(topic for topic in context.topics(north.episode) if topic.kind == ContextKind.HORMONAL)
    page = client.get(there).content.decode()

    assert topic.present.text == "Second trimester"
    assert [note.text for note in topic.earlier] == ["<b>Regular</b> cycle"]
    assert "&lt;b&gt;Regular&lt;/b&gt;" in page
    assert AuditEvent.objects.filter(action="context_noted").count() == 2


def test_a_fact_once_noted_cannot_be_changed(north: World) -> None:
    context.note(
        episode=north.episode, kind=ContextKind.STRESS, text="Night shifts", from_on=TODAY, by=north.chris, at=NOW
    )
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        ContextNote.objects.update(text="None")
