"""Why someone stands where they stand on the caseload, in a line."""

from monitoring.alerts import evidence
from monitoring.attention import needs
from monitoring.engine import FindingKind, Tier
from monitoring.models import Signal
from monitoring.models.alerts import AlertKind
from monitoring.words.states import State
from monitoring.worklists import reasons
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

    assert (worse.states, worse.reason) == ((State.WORSE,), "Energy: sudden large change; 2 more")
    assert safety.states == (State.SAFETY,)
    assert safety.reason == f"{AlertKind.RISK_ANSWER.label}, 16 Nov; 3 more"


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
    assert row.reason == "Mood 5, below usual 5.9 to 8.1"


def found(kind: FindingKind, tier: Tier, about: str = "") -> Signal:
    return Signal(kind=kind, tier=tier, domain=about)


def told(*signals: Signal) -> list[tuple[State, str]]:
    return [(reason.state, "".join(reason.about)) for reason in reasons.collect([], signals, {})]


def test_the_most_pressing_state_comes_first_and_within_it_the_louder() -> None:
    assert told(
        found(FindingKind.IMPROVEMENT, Tier.INFO, "pain"),
        found(FindingKind.DETERIORATION, Tier.REVIEW, "mood"),
        found(FindingKind.SUDDEN_CHANGE, Tier.PRIORITY, "sleep"),
    ) == [(State.WORSE, "sleep"), (State.WORSE, "mood"), (State.BETTER, "pain")]


def test_one_series_is_told_once_by_its_more_pressing_reason() -> None:
    assert told(
        found(FindingKind.DETERIORATION, Tier.WATCH, "mood"), found(FindingKind.SUDDEN_CHANGE, Tier.PRIORITY, "mood")
    ) == [(State.WORSE, "mood")]


def test_what_moved_with_another_rating_is_not_told_again() -> None:
    fall = Signal(kind=FindingKind.DETERIORATION, tier=Tier.PRIORITY, domain="sleep", parts={"also": ["mood"]})
    severe = found(FindingKind.PERSISTENTLY_SEVERE, Tier.WATCH, "mood")

    assert [reason.about for reason in reasons.collect([], [severe, fall], {})] == [frozenset({"sleep", "mood"})]


def test_what_is_about_the_whole_person_hides_nothing_else_of_that_kind() -> None:
    whole = [found(FindingKind.RELAPSE, Tier.REVIEW), found(FindingKind.MISSED_CHECK_INS, Tier.REVIEW)]

    assert [about for _state, about in told(*whole)] == ["", ""]


def test_a_safety_answer_is_its_alerts_reason_and_no_findings() -> None:
    assert told(found(FindingKind.RISK_ANSWER, Tier.URGENT)) == []


def test_a_line_holds_one_reason_and_counts_the_others() -> None:
    signals = [found(FindingKind.DETERIORATION, Tier.REVIEW, about) for about in ("sleep", "mood", "pain")]
    every = reasons.collect([], signals, {})

    assert len(every) == 3
    assert reasons.in_one_line(every) == f"{every[0].words}; 2 more"
    assert reasons.in_one_line(every[:1]) == every[0].words
    assert reasons.in_one_line([]) == ""
