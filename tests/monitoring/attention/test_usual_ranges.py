"""Where a level stands against the usual range: one rule for every page, and never steady where that is not so."""

import re
from datetime import datetime, timedelta

import pytest

from monitoring.alerts import evidence
from monitoring.assessments import assessments
from monitoring.attention import needs, usual_ranges
from monitoring.check_ins import plain_words
from monitoring.course import persons
from monitoring.course.courses import View
from monitoring.course.pictures import Course, Panel
from monitoring.engine import Direction, LevelPoint, Tier
from monitoring.models import Assessment, Need
from monitoring.models.alerts import AlertKind
from monitoring.reviews import summaries
from monitoring.words.states import State
from monitoring.worklists.caseloads import Filters, load_caseload
from patients.access.permissions import Whose
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.worklists.parts import changed, unchanged, waiting

STEADY: list[int | None] = [6, 5, 6, 6, 5, 6, 5, 6, 6, 5, 6, 6, 5, 6, 6, 5]


def course_of(world: World, moods: list[int | None], at: datetime = NOW) -> Course:
    """Give Ann a course of moods up to NOW and return what her page shows at a moment."""
    factories.make_plan(world.episode, starts_on=(NOW - WEEK * (len(moods) - 1)).date())
    factories.make_history(world.episode, by=world.ann, moods=moods)
    # An engine that finds nothing: what the present one finds has its own tests.
    Assessment.objects.create(episode=world.episode, as_of=NOW, engine_version="0", rules_digest="", assessed_at=NOW)
    needs.update(episode_ids=[world.episode.pk], at=at)
    return persons.load_person(world.episode, View(window="all"), at=at).course


def mood_of(course: Course) -> Panel:
    return next(panel for panel in course.panels if panel.key == "mood")


def level(value: float, usual: tuple[float, float] | None) -> LevelPoint:
    low, high = usual or (None, None)
    return LevelPoint(on=NOW.date(), level=value, low=value, high=value, usual_low=low, usual_high=high)


@pytest.mark.parametrize(
    ("direction", "value", "usual", "state", "where"),
    [
        (Direction.HIGHER_IS_BETTER, 6.0, (5.6, 8.0), State.STEADY, ""),
        (Direction.HIGHER_IS_BETTER, 4.6, (5.6, 8.0), State.WATCH, "below usual 5.6 to 8"),
        (Direction.HIGHER_IS_BETTER, 8.6, (5.6, 8.0), State.BETTER, "above usual 5.6 to 8"),
        (Direction.HIGHER_IS_WORSE, 4.6, (5.6, 8.0), State.BETTER, "below usual 5.6 to 8"),
        (Direction.HIGHER_IS_WORSE, 8.6, (5.6, 8.0), State.WATCH, "above usual 5.6 to 8"),
        # As exact as it is printed: "level 5.6, usual 5.6 to 8" is inside.
        (Direction.HIGHER_IS_BETTER, 5.58, (5.62, 8.0), State.STEADY, ""),
        (Direction.HIGHER_IS_BETTER, 4.6, None, State.LEARNING, ""),
    ],
)
def test_a_level_is_inside_outside_or_has_no_range_yet(
    direction: Direction, value: float, usual: tuple[float, float] | None, state: State, where: str
) -> None:
    against = usual_ranges.compare([level(value, usual)], 6, direction, has_gone_silent=False)

    assert (against.state, against.where) == (state, where)


def test_somebody_silent_is_never_steady_whatever_the_level() -> None:
    levels = [level(6.0, (5.6, 8.0))]

    assert usual_ranges.compare(levels, 6, Direction.HIGHER_IS_BETTER, has_gone_silent=True).state is State.NONE


@pytest.mark.parametrize(
    ("gaps", "agreed", "silent_from"),
    [
        ([7, 7, 7, 7], 1.0, 13),
        ([14, 14, 14], 2.0, 23),
        ([28, 28, 28], 1.0, 44),
        ([1, 1, 1], 1.0, 13),
    ],
)
def test_silence_follows_the_rhythm_as_the_engine_counts_it(gaps: list[int], agreed: float, silent_from: int) -> None:
    last = NOW.date()
    days = [last - timedelta(days=sum(gaps[number:])) for number in range(len(gaps) + 1)]

    for days_later in (silent_from - 1, silent_from):
        today = last + timedelta(days=days_later)
        silent = usual_ranges.is_silent(days, today=today, agreed_weeks=agreed)
        assert silent is (days_later >= silent_from)


def test_one_low_answer_does_not_turn_the_state(north: World) -> None:
    mood = mood_of(course_of(north, [*STEADY[:-1], 4]))

    assert mood.levels[-1].usual_low is not None and mood.levels[-1].usual_low > 4
    assert mood.state is State.STEADY


def test_a_low_answer_beside_a_stable_level_is_named_on_every_page(north: World) -> None:
    mood = mood_of(course_of(north, [*STEADY[:-1], 4]))
    person = persons.load_person(north.episode, View(window="all"), at=NOW)
    own = persons.load_own_trend(north.episode, at=NOW)
    page = load_caseload(user=north.chris, roles=frozenset({"clinician"}), filters=Filters(whose=Whose.MINE), at=NOW)
    paper = summaries.load_summary(
        episode=north.episode, clinic=north.clinic, audience=summaries.Audience.PATIENT, by=north.chris, at=NOW
    )

    assert mood.state_word == "Stable, but not the newest answer"
    change = next(change for change in person.changes if change.title == "Mood: stable, but not the newest answer")
    assert re.fullmatch(
        r"Level \d\.\d, usual range \d\.\d to \d(\.\d)?\. The newest answer, 4, lies below it\.", change.reason
    )
    (row,) = (*waiting(page), *changed(page), *unchanged(page))
    assert row.reason == "Level usual; newest answer outside: mood 4"
    assert mood_of(own).patient_word == "Worse than usual in the newest answer"
    assert plain_words.in_plain_words(north.episode, own, at=NOW) == (
        "Mood was worse than usual in your newest answer. It is too early to say if this will last."
    )
    line = next(line for line in paper.changes if line.title.startswith("Mood"))
    assert line.title == "Mood: worse than usual in the newest answer"
    assert "about the same" not in f"{line.title} {line.words}"


def test_nothing_is_called_the_same_as_usual_while_a_safety_answer_is_open(north: World) -> None:
    course_of(north, STEADY)
    assert (
        plain_words.in_plain_words(north.episode, persons.load_own_trend(north.episode, at=NOW), at=NOW)
        == "Everything is about the same as usual."
    )
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)

    own = persons.load_own_trend(north.episode, at=NOW)
    paper = summaries.load_summary(
        episode=north.episode, clinic=north.clinic, audience=summaries.Audience.PATIENT, by=north.chris, at=NOW
    )

    assert alert is not None
    assert {panel.patient_word for panel in own.panels} == {""}
    assert plain_words.in_plain_words(north.episode, own, at=NOW) == ""
    assert [line.title for line in paper.changes] == ["Sleep", "Mood", "Energy", "Pain", "Function"]


@pytest.mark.parametrize(
    ("moods", "now", "sentence"),
    [
        ([*[7] * 14, 3, 3, 7], State.STEADY, "Mood has been worse than usual, but not in your newest answer."),
        ([*[4] * 14, 9, 9, 9, 4], State.STEADY, "Mood has been better than usual, but not in your newest answer."),
    ],
)
def test_a_sentence_about_today_never_contradicts_todays_answer(
    north: World, moods: list[int | None], now: State, sentence: str
) -> None:
    course_of(north, moods)

    own = persons.load_own_trend(north.episode, at=NOW)

    assert mood_of(own).answer_state is now
    assert plain_words.in_plain_words(north.episode, own, at=NOW) == sentence


def test_a_level_below_the_usual_range_is_to_be_watched_with_its_numbers(north: World) -> None:
    course = course_of(north, [*[7] * 14, 3, 3])
    mood = mood_of(course)
    person = persons.load_person(north.episode, View(window="all"), at=NOW)

    assert mood.state is State.WATCH and mood.against is not None
    assert mood.against.where.startswith("below usual ")
    assert person.changes[0].title.startswith("Mood: below usual ")
    assert person.changes[0].reason.startswith("Level ")
    assert person.changes[0].reason.endswith("It is too early to say if this will last.")
    assert [(chip.state, chip.detail) for chip in person.chips] == [(State.WATCH, "mood")]
    steady = next(change for change in person.changes if change.state is State.STEADY)
    assert "ood" not in steady.title and steady.reason == "Level and newest answer lie inside the usual range."


def test_the_patient_is_not_told_that_a_mood_that_fell_is_about_the_same(north: World) -> None:
    course_of(north, [*[7] * 14, 3, 3])
    own = persons.load_own_trend(north.episode, at=NOW)
    paper = summaries.load_summary(
        episode=north.episode, clinic=north.clinic, audience=summaries.Audience.PATIENT, by=north.chris, at=NOW
    )

    said = plain_words.in_plain_words(north.episode, own, at=NOW)
    assert said == "Mood is worse than usual now. It is too early to say if this will last."
    mood = next(line for line in paper.changes if line.title.startswith("Mood"))
    assert mood.title == "Mood: something to keep an eye on"


def test_a_level_on_the_better_side_is_said_as_plainly(north: World) -> None:
    course = course_of(north, [*[4] * 14, 8, 8])
    own = persons.load_own_trend(north.episode, at=NOW)

    assert (mood_of(course).state, mood_of(course).state_word) == (State.BETTER, "Better than usual")
    assert plain_words.in_plain_words(north.episode, own, at=NOW) == "Mood is better than usual."
    change = persons.load_person(north.episode, View(window="all"), at=NOW).changes[0]
    assert change.title.startswith("Mood: above usual ")


def test_four_weeks_of_silence_are_said_with_the_day_on_every_panel(north: World) -> None:
    later = NOW + 4 * WEEK
    course = course_of(north, STEADY, at=later)
    person = persons.load_person(north.episode, View(window="all"), at=later)

    assert {panel.state for panel in course.panels} == {State.NONE}
    assert {panel.state_word for panel in course.panels} == {"No answer since 16 Nov"}
    assert [change.title for change in person.changes] == [
        "Sleep, mood, energy, pain and function: no answer since 16 Nov"
    ]
    own = persons.load_own_trend(north.episode, at=later)
    assert {panel.patient_word for panel in own.panels} == {"No answer since 16 Nov"}
    assert plain_words.in_plain_words(north.episode, own, at=later) == ""


def test_what_was_found_before_a_silence_keeps_its_day(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 15).date())
    factories.make_history(north.episode, by=north.ann, moods=[*STEADY[:12], 3, 2, 2, 1])
    assessments.assess_as_of(episode=north.episode, as_of=NOW, at=NOW)

    person = persons.load_person(north.episode, View(window="all"), at=NOW + 4 * WEEK)

    assert mood_of(person.course).state_word == "Getting worse, as of 16 Nov"
    assert person.chips[0].detail == "mood, as of 16 Nov"


def test_six_weeks_are_too_few_for_a_usual_range(north: World) -> None:
    course = course_of(north, STEADY[:6])

    assert {panel.state for panel in course.panels} == {State.LEARNING}
    change = persons.load_person(north.episode, View(window="all"), at=NOW).changes[0]
    assert (change.state, change.title.partition(": ")[2]) == (State.LEARNING, "no usual range yet")
    assert Need.objects.get(episode=north.episode).rank == State.LEARNING.rank


@pytest.mark.parametrize(
    ("moods", "state"),
    [
        (STEADY, State.STEADY),
        ([*[7] * 14, 3, 3], State.WATCH),
        ([*[4] * 14, 8, 8], State.BETTER),
        (STEADY[:6], State.LEARNING),
    ],
)
def test_the_caseload_shows_the_state_of_the_panels(north: World, moods: list[int | None], state: State) -> None:
    course = course_of(north, moods)
    page = load_caseload(
        user=north.chris,
        roles=frozenset({"clinician"}),
        filters=Filters(whose=Whose.MINE),
        at=NOW,
    )

    (row,) = (*waiting(page), *changed(page), *unchanged(page))
    assert row.states == (state,)
    assert usual_ranges.of_ratings(panel.against for panel in course.panels if panel.against) is state
