"""The nightly comparison: the same verdict as an assessment, one query a chunk, marks only where something moved."""

import random
from datetime import date, timedelta
from io import StringIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring import engine
from monitoring.assessments import assessments, budgets, nightly
from monitoring.engine.detectors.series import rating_series
from monitoring.engine.detectors.standing import onset_day
from monitoring.models import Assessment, CheckIn, MonitoringPlan
from monitoring.models.plans import AssessmentCause
from monitoring.operations import heartbeats, tasks
from patients.models import Episode
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK

RULES = engine.DEFAULT
DOMAINS = ("sleep", "mood", "energy", "pain", "function")


def whole() -> nightly.Chunk:
    [chunk] = nightly.chunks()
    return chunk


def due() -> set[object]:
    return set(MonitoringPlan.objects.filter(assessment_due_at__isnull=False).values_list("episode_id", flat=True))


def answer(episode: Episode, on: date, *, at_hour: int = 18, late_days: int = 0, **ratings: int | None) -> None:
    """Write an answer as an import or a late entry would: any day, any hour, any scale left out."""
    entered = NOW.replace(year=on.year, month=on.month, day=on.day, hour=at_hour) + timedelta(days=late_days)
    CheckIn.objects.create(
        episode=episode,
        client_key=uuid4(),
        body_digest="x",
        about_on=on,
        submitted_at=entered,
        **ratings,
    )


def irregular(episode: Episode, seed: int, domains: tuple[str, ...] = DOMAINS) -> None:
    """Write two years of answers with gaps, blanks, corrections on the same and the next day, and a long silence."""
    chance = random.Random(seed)
    on = (NOW - WEEK * 100).date()
    level = dict.fromkeys(domains, 6)
    while on < NOW.date():
        if chance.random() < 0.05:
            level = {domain: chance.randint(2, 8) for domain in domains}
        given = {d: min(max(level[d] + chance.randint(-1, 1), 0), 10) for d in domains if chance.random() > 0.1}
        answer(episode, on, late_days=chance.choice((0, 0, 0, 20)) if on < (NOW - WEEK * 3).date() else 0, **given)
        if chance.random() < 0.1:
            answer(episode, on, at_hour=20, **dict.fromkeys(domains, 5))
        if chance.random() < 0.1:
            answer(episode, on + timedelta(days=1), at_hour=9, **dict.fromkeys(domains, 4))
        on += timedelta(days=70 if chance.random() < 0.02 else chance.choice((6, 7, 7, 8, 14)))


@pytest.fixture
def two(north: World) -> World:
    """Ann and Ben with irregular answers; Ben only ever rates two scales."""
    for episode, seed, domains in ((north.episode, 1, DOMAINS), (north.bens_episode, 2, ("mood", "pain"))):
        factories.make_plan(episode, starts_on=NOW.date())
        irregular(episode, seed, domains)
    return north


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("domains", [DOMAINS, ("mood", "pain"), ("energy",)], ids=len)
def test_the_panel_says_what_an_assessment_says(north: World, seed: int, domains: tuple[str, ...]) -> None:
    irregular(north.episode, seed, domains)
    standing = engine.judge(factories.load_history(north.episode, as_of=NOW)).standing

    people = nightly.read(whole(), rules=RULES)
    verdicts = nightly.judge(people, RULES)

    last = people.counts[0] - 1
    assert verdicts.score[0, last] == pytest.approx(standing.score, abs=nightly.SAME_SCORE)
    first = nightly.DAY_ZERO + timedelta(days=int(people.days[0, 0]))
    assert onset_day(first, verdicts.onset_week[0, last]) == standing.onset_on
    assert people.counts[0] == len(rating_series(factories.load_history(north.episode, as_of=NOW), RULES))


def test_three_entries_of_neighbouring_days_count_as_the_engine_counts_them(north: World) -> None:
    """Entered backwards within hours: the first day's replaces the second's, and the third day's stands by itself."""
    day = (NOW - WEEK * 4).date()
    for ahead in range(3):
        answer(north.episode, day + timedelta(days=ahead), late_days=5 - ahead, at_hour=12 - ahead, mood=ahead)
    history = factories.load_history(north.episode, as_of=NOW)

    people = nightly.read(whole(), rules=RULES)

    assert list(rating_series(history, RULES).on) == [day, day + timedelta(days=2)]
    assert list(people.days[0, : people.counts[0]]) == [(day - nightly.DAY_ZERO).days + ahead for ahead in (0, 2)]


def test_a_chunk_is_read_with_one_query_whatever_its_size(two: World) -> None:
    chunk = whole()
    with CaptureQueriesContext(connection) as queries:
        people = nightly.read(chunk, rules=RULES)

    assert len(people.episode_ids) == 2
    assert len(queries) == 1


def test_who_was_never_assessed_becomes_due(two: World) -> None:
    assert nightly.sweep(whole(), rules=RULES, at=NOW) == 2
    assert due() == {two.episode.pk, two.bens_episode.pk}
    assert set(MonitoringPlan.objects.values_list("due_cause", flat=True)) == {AssessmentCause.PANEL}


def test_after_the_assessment_there_is_nothing_to_do_and_nothing_is_written(two: World) -> None:
    nightly.sweep(whole(), rules=RULES, at=NOW)
    for episode_id in assessments.due_episodes(at=NOW):
        assessments.assess_episode(episode_id=episode_id, at=NOW)

    with CaptureQueriesContext(connection) as queries:
        assert nightly.sweep(whole(), rules=RULES, at=NOW) == 0
    assert due() == set()
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "DELETE"))]
    assert written == []


def assessed(world: World) -> Assessment:
    nightly.sweep(whole(), rules=RULES, at=NOW)
    for episode_id in assessments.due_episodes(at=NOW):
        assessments.assess_episode(episode_id=episode_id, at=NOW)
    return Assessment.objects.get(episode=world.episode)


@pytest.mark.parametrize(
    ("stored", "is_due"),
    [
        ({"score": -30.0}, True),
        ({"score": None}, True),
        ({"score": -30.0, "engine_version": "0.9.0"}, False),
        ({"score": -30.0, "rules_digest": "another"}, False),
    ],
    ids=["another tier", "no score", "another engine", "other rules"],
)
def test_only_a_verdict_that_moved_under_the_same_rules_is_due(
    two: World, stored: dict[str, object], is_due: bool
) -> None:
    assessment = assessed(two)
    Assessment.objects.filter(pk=assessment.pk).update(**stored)

    nightly.sweep(whole(), rules=RULES, at=NOW)

    assert due() == ({two.episode.pk} if is_due else set())


def test_a_small_move_within_a_tier_is_no_news(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 15).date())
    factories.make_history(north.episode, by=north.ann, moods=[6, 7] * 8)
    done = assessments.assess_episode(episode_id=north.episode.pk, at=NOW)
    assert done.score < RULES.kernel_watch - 0.5
    Assessment.objects.filter(pk=done.pk).update(score=done.score + 0.4, onset_on=None)

    assert nightly.sweep(whole(), rules=RULES, at=NOW) == 0


def test_who_never_gave_a_rating_is_left_out(north: World) -> None:
    answer(north.episode, (NOW - WEEK).date())
    answer(north.bens_episode, (NOW - WEEK).date(), mood=4)

    assert nightly.read(whole(), rules=RULES).episode_ids == [north.bens_episode.pk]


def test_another_onset_of_a_signal_is_due(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    moods: list[int | None] = [6, 7, 6, 6, 7, 6, 6, 7, 6, 6, 7, 6, 2, 2, 1, 2]
    factories.make_history(north.episode, by=north.ann, moods=moods, sleep=list(moods), energy=list(moods))
    done = assessments.assess_episode(episode_id=north.episode.pk, at=NOW)
    assert done.score > RULES.kernel_priority
    Assessment.objects.filter(pk=done.pk).update(onset_on=done.onset_on - WEEK, score=done.score + 0.01)

    assert nightly.sweep(whole(), rules=RULES, at=NOW) == 1


def test_ended_episodes_and_other_clinics_are_left_alone(two: World) -> None:
    Episode.objects.filter(pk=two.bens_episode.pk).update(ended_on=NOW.date())

    assert [chunk.episodes for chunk in nightly.chunks()] == [1]
    assert nightly.read(whole(), rules=RULES).episode_ids == [two.episode.pk]
    assert [chunk.episodes for chunk in nightly.chunks(with_ended=True)] == [2]


def test_chunks_cover_everybody_once(two: World) -> None:
    pieces = nightly.chunks(size=1)

    read = [pk for chunk in pieces for pk in nightly.read(chunk, rules=RULES).episode_ids]

    assert sorted(read) == sorted([two.episode.pk, two.bens_episode.pk])


def test_the_fan_out_carries_identifiers_only_and_shows_its_progress(two: World) -> None:
    tasks.compare_all()

    known = heartbeats.find(heartbeats.PANEL)
    assert (known.items, known.total) == (2, 2)
    assert known.last_ok_at is not None
    out = StringIO()
    call_command("nightly", "--status", stdout=out)
    assert "2 of 2 episodes compared" in out.getvalue()


def test_a_repeated_piece_never_counts_beyond_the_total(two: World) -> None:
    for clinic_id, chunk in [*tasks.plan_comparison(), *tasks.plan_comparison()]:
        tasks.compare(clinic_id=clinic_id, chunk=chunk, at=NOW)

    assert heartbeats.remaining(heartbeats.PANEL) == 0


def test_the_sweep_does_the_nights_work_when_no_night_did(two: World) -> None:
    tasks.run_sweep(at=NOW)
    assert heartbeats.remaining(heartbeats.PANEL) == 0
    assert budgets.present().measured_at == NOW
    # What the comparison made due was assessed at once, between its pieces.
    assert due() == set()
    compared = Assessment.objects.filter(cause=AssessmentCause.PANEL).values_list("episode_id", flat=True)
    assert set(compared) == {two.episode.pk, two.bens_episode.pk}


def test_a_broken_night_does_not_stop_the_checking(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(budgets, "measure", fail)
    tasks.run_sweep(at=NOW)

    assert heartbeats.find(heartbeats.SWEEP).error == ""


def test_the_days_after_the_last_check_in_go_on() -> None:
    days = np.array([[10, 17, 0, 0], [5, 0, 0, 0]])

    out = nightly._continued(days, np.array([2, 1]))

    assert out.tolist() == [[10, 17, 24, 31], [5, 12, 19, 26]]
