"""The forms of sessions and agreements."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from monitoring import engine
from patients.care.exposure_forms import SCALE_POINTS, ExpectationForm
from patients.models import Session
from patients.models.exposure import Measure
from tests.conftest import World
from tests.patients.care.trying import start


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        ("psychotherapy", "missed", "Missed"),
        ("psychotherapy", "partly", "Attended in part"),
        ("psychotherapy", "kept-not_done", "Attended. Homework: Not done"),
        ("activity", "missed", "Not followed"),
        ("activity", "kept", "As agreed"),
    ],
)
def test_what_was_recorded_is_said_in_the_words_of_the_form(
    north: World, client: Client, kind: str, outcome: str, words: str
) -> None:
    tried = start(north, kind=kind)
    client.force_login(north.chris)
    there = reverse("record_session", args=[north.episode.pk, tried.pk])
    day = timezone.now().date()

    said = client.post(there, {"on": day.isoformat(), "outcome": outcome}, follow=True).content.decode()

    assert f"Recorded for {date_format(day, 'j M Y')}: {words}." in said
    page = client.get(there).content.decode()
    assert f"{words.split('. ')[0]}</button>" in page or words.startswith("Attended.")
    assert f"</span> {words}</li>" in page


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"on": "2999-01-01", "outcome": "kept"}, "is in the future"),
        ({"on": "2000-01-01", "outcome": "kept"}, "before the start"),
        ({"on": "nonsense", "outcome": "kept"}, "valid date"),
    ],
)
def test_an_impossible_day_of_a_session_is_said_in_words(
    north: World, client: Client, body: dict[str, str], words: str
) -> None:
    therapy = start(north)
    client.force_login(north.chris)

    answer = client.post(reverse("record_session", args=[north.episode.pk, therapy.pk]), body)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("points", "-2", "greater than or equal"),
        ("points", "99", "less than or equal"),
        ("by_on", "", "Choose a day within the next two years."),
        ("by_on", "2999-01-01", "more than two years away"),
        ("by_on", "2000-01-01", "after today"),
        ("measure", "serotonin", "valid choice"),
    ],
)
def test_an_impossible_expectation_is_said_in_words(
    north: World, client: Client, field: str, value: str, words: str
) -> None:
    therapy = start(north)
    client.force_login(north.chris)
    body = {"measure": "sleep", "points": "2", "by_on": (timezone.now() + timedelta(weeks=6)).date().isoformat()}

    answer = client.post(reverse("expect", args=[north.episode.pk, therapy.pk]), body | {field: value})

    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("measure", "points", "days", "problem"),
    [
        ("mood", "10", 30, ""),
        ("mood", "10.5", 30, "points"),
        ("PEG", "11", 30, "points"),
        ("PHQ-9", "27", 30, ""),
        ("GAD-7", "22", 30, "points"),
        ("PHQ-15", "30", 30, ""),
        ("mood", "2", 0, "by_on"),
        ("mood", "2", -1, "by_on"),
        ("mood", "2", 1, ""),
    ],
)
def test_an_expectation_is_within_its_scale_and_to_come(measure: str, points: str, days: int, problem: str) -> None:
    today = date(2026, 11, 16)
    sent = {"measure": measure, "points": points, "by_on": (today + timedelta(days=days)).isoformat()}

    assert list(ExpectationForm(sent, today=today).errors) == ([problem] if problem else [])


def test_each_scale_has_the_points_that_the_engine_knows() -> None:
    spans = {code: spec.maximum - spec.minimum for code, spec in engine.INSTRUMENTS.items()}

    assert {measure.value: points for measure, points in SCALE_POINTS.items()} == {
        measure.value: spans[measure.value] for measure in Measure if measure.value in spans
    }
    assert {measure.value for measure in Measure} == {*engine.Domain, *(measure.value for measure in SCALE_POINTS)}
