"""Why someone stands where they stand on the caseload, in a line."""

from monitoring.alerts import evidence
from monitoring.attention import needs
from monitoring.engine import FindingKind, Tier
from monitoring.models.alerts import AlertKind
from monitoring.words.states import State
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import answer_once, import_scores, judge, load


def test_the_first_reason_is_that_of_the_chip_and_no_rating_is_named_twice(north: World) -> None:
    answer_once(north, north.episode)
    judge(
        north.episode,
        (FindingKind.MISSED_CHECK_INS, Tier.WATCH, ""),
        (FindingKind.SUDDEN_CHANGE, Tier.PRIORITY, "energy"),
        (FindingKind.DETERIORATION, Tier.REVIEW, "energy"),
        (FindingKind.RELAPSE, Tier.REVIEW, ""),
    )
    worse = load(north.chris, {"clinician"}).rows[0]
    evidence.raise_alert(episode=north.episode, kind=AlertKind.MISSED_CHECK_INS, tier=Tier.REVIEW, at=NOW)
    evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    needs.update(episode_ids=[north.episode.pk], at=NOW)
    safety = load(north.chris, {"clinician"}).rows[0]

    assert (worse.states, worse.reason) == ((State.WORSE,), "Energy: sudden large change; Relapse signs")
    assert safety.states == (State.SAFETY,)
    assert safety.reason == f"{AlertKind.RISK_ANSWER.label}, 16 Nov; Energy: sudden large change"


def test_what_was_found_in_an_old_series_is_told_with_its_day(north: World) -> None:
    import_scores(north, 26, 22, 7.5)
    judge(north.episode, (FindingKind.RESPONSE, Tier.INFO, ""))

    row = load(north.chris, {"clinician"}).rows[0]

    assert row.chips == ((State.BETTER, "Improving, as of 9 Feb 2026"),)


def test_a_level_beyond_the_usual_range_is_the_reason_with_its_range(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 15).date())
    factories.make_history(north.episode, by=north.ann, moods=[*[7] * 14, 3, 3])
    judge(north.episode)

    row = load(north.chris, {"clinician"}).rows[0]

    assert row.states == (State.WATCH,)
    assert row.reason.startswith("Mood: below usual ") and row.reason.endswith(", too early to say if this will last")
