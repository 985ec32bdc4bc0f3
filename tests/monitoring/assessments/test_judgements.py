"""What assessments said: the newest in full, the earlier ones as marks."""

from datetime import datetime

from monitoring.assessments import judgements
from monitoring.models import Assessment, Signal
from monitoring.words import wording
from patients.queries import ask
from tests.conftest import World
from tests.factories import NOW
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
