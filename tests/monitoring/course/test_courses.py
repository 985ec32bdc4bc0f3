"""Real courses on the page: a rebound is marked, the imipramine lane begins in week one, plasma stands on the same axis."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from monitoring import exchange
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.course.drawing import charts
from monitoring.engine import Direction
from patients.models import Clinic, Episode
from patients.tenancy import clinic_context
from tests import factories
from tests.monitoring.exchange.series import MAPPINGS
from tests.monitoring.exchange.test_imports import DATA, take_in

REBOUNDS = ("103", "327", "361")


@pytest.fixture(scope="module")
def clinic(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    """Import three subjects once for the tests that only read them."""
    mapping = exchange.read_mapping((MAPPINGS / "riesby.toml").read_text(encoding="utf-8"))
    lines = (DATA / "riesby.csv").read_text(encoding="utf-8").splitlines()
    few = [lines[0], *(line for line in lines[1:] if line.split(",")[1] in REBOUNDS)]
    with django_db_blocker.unblock(), transaction.atomic():
        clinic = factories.make_clinic("Imipramine Clinic")
        with clinic_context(clinic_id=clinic.pk):
            take_in(exchange.read_series("\n".join(few).encode(), mapping.instruments), mapping)
        yield clinic
        transaction.set_rollback(True)


def trajectory_of(subject: str, *, around: bool = False) -> persons.Person:
    episode = Episode.objects.select_related("patient").get(patient__external_id=subject)
    return persons.load_person(episode, View(window="all"), around=around, at=timezone.now())


@pytest.mark.parametrize("subject", REBOUNDS)
def test_a_rebound_is_marked_on_the_panel_and_said_in_words(clinic: Clinic, subject: str) -> None:
    with clinic_context(clinic_id=clinic.pk):
        person = trajectory_of(subject)

    (depression,) = [panel for panel in person.course.panels if panel.key == "HAM-D"]
    assert "Worse again" in {mark.words for mark in depression.marks}
    assert depression.cuts == ()


@pytest.mark.parametrize("subject", REBOUNDS)
def test_imipramine_begins_in_week_one_and_plasma_stands_on_the_same_axis(clinic: Clinic, subject: str) -> None:
    with clinic_context(clinic_id=clinic.pk):
        course = trajectory_of(subject).course
        drawn = charts.draw(course)

    medicine = next(lane for lane in course.lanes if lane.key == "lane-medication")
    first = course.panels[0].answers[0].on
    assert (medicine.bars[0].start - first) == timedelta(weeks=1)
    assert [panel.key for panel in course.panels] == ["HAM-D", "ln plasma desipramine", "ln plasma imipramine"]
    assert {panel.direction for panel in course.panels[1:]} == {Direction.NEUTRAL}
    assert all(panel.state is None and not panel.marks for panel in course.panels[1:])
    assert drawn.axes["start"] < first.isoformat() < drawn.axes["end"]


def test_before_and_after_of_a_trial_says_when_and_never_why(clinic: Clinic) -> None:
    with clinic_context(clinic_id=clinic.pk):
        found = trajectory_of("103", around=True).comparisons

    assert [one.event for one in found] == [
        "Imipramine 225 mg/day started",
        "Placebo week stopped",
        "Placebo week started",
    ]
    assert "cannot be told apart" in found[0].together
    words = " ".join(series.words + series.detail for one in found for series in one.series)
    assert "because" not in words and "effect" not in words
