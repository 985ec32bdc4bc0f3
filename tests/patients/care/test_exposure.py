"""Uptake, expectations, context and the clinic's own interaction list; and days that cannot be."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring import engine
from patients import zones
from patients.care import exposure, treatments
from patients.care.episodes import CareConflict
from patients.models import Session
from patients.models.exposure import Homework, Kept, Measure
from tests.conftest import World
from tests.factories import NOW
from tests.patients.care.trying import TODAY, start

# ---------- sessions and homework ----------


def test_sessions_are_counted_and_a_second_entry_for_a_day_replaces_the_first(north: World) -> None:
    therapy = start(north)
    for days, kept, homework in ((21, Kept.KEPT, Homework.DONE), (14, Kept.MISSED, None), (7, Kept.KEPT, None)):
        exposure.record_session(
            intervention=therapy, on=TODAY - timedelta(days=days), kept=kept, homework=homework, by=north.chris, at=NOW
        )
    exposure.record_session(
        intervention=therapy,
        on=TODAY - timedelta(days=7),
        kept=Kept.KEPT,
        homework=Homework.NOT_DONE,
        by=north.chris,
        at=NOW,
    )

    found = exposure.uptake(list(therapy.sessions.all()))

    assert (found.kept, found.missed, found.occasions) == (2, 1, 3)
    assert (found.homework_done, found.homework_set) == (1, 2)


@pytest.mark.parametrize("days", [-90, 1])
def test_a_session_lies_between_start_and_stop(north: World, days: int) -> None:
    therapy = start(north)
    treatments.stop_intervention(intervention=therapy, stopped_on=TODAY, reason="Done", by=north.chris, at=NOW)

    with pytest.raises(CareConflict):
        exposure.record_session(
            intervention=therapy, on=TODAY + timedelta(days=days), kept=Kept.KEPT, by=north.chris, at=NOW
        )
    assert not Session.objects.exists()


def test_a_session_takes_two_clicks_and_is_there_in_the_same_request(north: World, client: Client) -> None:
    therapy = start(north)
    client.force_login(north.chris)
    there = reverse("record_session", args=[north.episode.pk, therapy.pk])
    assert there in client.get(reverse("trajectory", args=[north.episode.pk])).content.decode()

    form = client.get(there).content.decode()
    day = zones.local_day(timezone.now(), north.episode.patient.time_zone).isoformat()
    answer = client.post(there, {"on": day, "outcome": "kept-done"}, follow=True)

    assert f'value="{day}"' in form
    assert answer.redirect_chain == [(reverse("trajectory", args=[north.episode.pk]), 302)]
    session = Session.objects.get()
    assert (session.kept, session.homework, session.recorded_by) == (Kept.KEPT, Homework.DONE, north.chris)
    assert "Attended 1 of 1. Homework done 1 of 1 time." in " ".join(client.get(there).content.decode().split())


# ---------- what it should bring ----------


def test_a_new_agreement_about_a_measure_replaces_the_old_one(north: World, client: Client) -> None:
    therapy = start(north)
    client.force_login(north.chris)
    there = reverse("expect", args=[north.episode.pk, therapy.pk])
    by_on = (timezone.now() + timedelta(weeks=6)).date().isoformat()

    for points in ("2", "3"):
        assert client.post(there, {"measure": "sleep", "points": points, "by_on": by_on}).status_code == 302

    assert [(row.measure, row.points) for row in therapy.expectations.all()] == [("sleep", Decimal("3.0"))]
    assert "Sleep 3 better by" in client.get(there).content.decode()


def test_what_can_be_expected_to_get_better_is_what_the_product_measures() -> None:
    ratings, questionnaires = set(map(str, engine.Domain)), set(engine.INSTRUMENTS)

    assert set(Measure.values) <= ratings | questionnaires
    assert ratings <= set(Measure.values)
