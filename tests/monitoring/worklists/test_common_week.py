"""When many people begin to get worse in one week the caseload says so, hedged, and names no one as its cause."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from monitoring.attention import needs
from monitoring.models import Assessment, CheckIn, Signal
from monitoring.words.states import State
from monitoring.worklists import caseloads
from patients.models import Episode
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

MONDAY = date(2026, 11, 2)


def people(count: int, *, at=NOW) -> list[Episode]:
    """Make people who answered last week."""
    made = [factories.make_episode(factories.make_patient(f"P {number}")) for number in range(count)]
    for episode in made:
        given = {"about_on": (at - WEEK).date(), "submitted_at": at - WEEK, "client_key": uuid4()}
        CheckIn.objects.create(episode=episode, body_digest="x", mood=4, **given)
        needs.update(episode_ids=[episode.pk], at=at)
    return made


def find(episode: Episode, *, kind: str, onset_on: date, at=NOW, tier: str = "review") -> None:
    """Store a finding of the newest assessment."""
    run = Assessment.objects.create(
        episode=episode, as_of=at, assessed_at=at, engine_version="1", rules_digest="x", cause="check_in"
    )
    parts = {"name": "sleep", "count": 4, "mean": 1.5, "direction": "higher_is_better"}
    Signal.objects.create(
        assessment=run, episode=episode, kind=kind, tier=tier, domain="sleep", onset_on=onset_on, parts=parts
    )
    needs.update(episode_ids=[episode.pk], at=at)


@pytest.mark.parametrize(
    ("worse", "of", "expected"),
    [(4, 20, True), (4, 26, True), (4, 27, False), (3, 10, False), (5, 20, True), (0, 20, False)],
)
def test_more_than_fifteen_per_cent_and_at_least_four(north: World, worse: int, of: int, expected: bool) -> None:
    for number, episode in enumerate(people(of)[:worse]):
        find(episode, kind="deterioration", onset_on=MONDAY + timedelta(days=number))

    found = caseloads.common_week(at=NOW)

    assert (found is not None) == expected
    if found:
        assert (found.week_of, found.worse, found.people) == (MONDAY, worse, of)


@pytest.mark.parametrize(
    ("kind", "days"),
    [("deterioration", 7), ("improvement", 0), ("deterioration", -70)],
    ids=["other weeks", "better", "long ago"],
)
def test_what_is_not_one_week_of_worsening_is_not_common(north: World, kind: str, days: int) -> None:
    for number, episode in enumerate(people(12)[:6]):
        shift = days if abs(days) > 7 or number % 2 else 0
        find(episode, kind=kind, onset_on=MONDAY + timedelta(days=shift))

    assert caseloads.common_week(at=NOW) is None


def test_only_the_newest_assessment_counts(north: World) -> None:
    for episode in people(10)[:5]:
        find(episode, kind="deterioration", onset_on=MONDAY, at=NOW - timedelta(days=1))
        find(episode, kind="improvement", onset_on=MONDAY)

    assert caseloads.common_week(at=NOW) is None


def test_the_caseload_says_it_as_a_hint(north: World, client: Client) -> None:
    now = timezone.now()
    for episode in people(10, at=now)[:5]:
        find(episode, kind="deterioration", onset_on=(now - WEEK).date(), at=now)
    client.force_login(north.cora)

    page = client.get("/caseload/").content.decode()

    assert "5 of 10 people who answer here began to get worse in the week of" in page
    assert "may play a part" in page
    assert "because" not in page


def test_who_stays_at_the_severe_end_is_on_the_caseload_in_words(north: World, client: Client) -> None:
    now = timezone.now()
    [episode] = people(1, at=now)
    find(episode, kind="persistently_severe", onset_on=now.date(), at=now, tier="watch")
    client.force_login(north.cora)

    page = client.get("/caseload/").content.decode()

    assert "Sleep: severe for a while" in page
    assert str(State.WATCH.word) in page
