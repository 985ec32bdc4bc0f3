"""What assessments said: the newest in full, the earlier ones as marks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from monitoring.assessments import judgements
from monitoring.models import Assessment, Signal
from monitoring.words import wording
from patients.queries import ask
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, make_course


def test_findings_stored_meanwhile_are_told_with_their_own_assessment(north: World) -> None:
    episode = make_course(north, FALL)
    runs, signals = judgements.asking(episode)
    ask(runs, signals)
    assert signals.rows

    found = judgements.judgement_of(runs.rows, signals.rows, day_of=datetime.date)
    read_too_early = judgements.judgement_of(runs.rows, [], day_of=datetime.date)

    assert found == read_too_early


def test_what_is_only_watched_is_not_said_to_get_worse_or_to_last(north: World) -> None:
    run = Assessment.objects.create(
        episode=north.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW
    )
    signal = Signal.objects.create(
        assessment=run, episode=north.episode, kind="deterioration", tier="watch", domain="mood", parts={}, contrast=-1
    )

    assert wording.title(signal) == "Mood: possibly getting worse"
    runs, signals = judgements.asking(north.episode)
    ask(runs, signals)
    judgement = judgements.judgement_of(runs.rows, signals.rows, day_of=datetime.date)
    assert [words for _day, _state, words in judgement.decided["mood"]] == ["Possible fall"]


def test_a_mark_stands_where_it_began_and_follows_what_is_known_later(north: World) -> None:
    """It stood on the day of the alert, weeks after the fall that it names."""
    for weeks, onset in ((2, NOW - 6 * WEEK), (1, NOW - 5 * WEEK)):
        store(north, NOW - weeks * WEEK, "deterioration", "review", onset.date(), domain="mood")

    [(day, _state, words)] = decided(north)["mood"]

    assert (day, words) == ((NOW - 5 * WEEK).date(), "Fall")


def test_what_follows_a_start_is_marked_where_it_was_found_and_not_on_the_start(north: World) -> None:
    store(north, NOW - WEEK, "side_effect", "review", (NOW - 6 * WEEK).date(), domain="mood")

    assert [day for day, *_ in decided(north)["mood"]] == [(NOW - WEEK).date()]


def store(world: World, at: datetime, kind: str, tier: str, onset_on: date, *, domain: str) -> None:
    run = Assessment.objects.create(
        episode=world.episode, as_of=at, engine_version="0", rules_digest="", assessed_at=at
    )
    Signal.objects.create(
        assessment=run, episode=world.episode, kind=kind, tier=tier, domain=domain, contrast=-1, onset_on=onset_on
    )


def decided(world: World) -> Mapping[str, Sequence[judgements.Decision]]:
    runs, signals = judgements.asking(world.episode)
    ask(runs, signals)
    return judgements.judgement_of(runs.rows, signals.rows, day_of=datetime.date).decided
