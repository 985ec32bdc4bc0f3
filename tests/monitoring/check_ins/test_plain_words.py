"""The one or two plain sentences that a patient reads after a check-in."""

import re

import pytest

from monitoring.assessments import assessments
from monitoring.check_ins import plain_words
from monitoring.check_ins.answers import CheckInAnswers
from monitoring.course import persons
from monitoring.course.pictures import Course, Panel, Span
from monitoring.engine.records import Domain
from monitoring.words import wording
from monitoring.words.states import State
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, submit


def sentence_of(world: World) -> str:
    trend = persons.load_own_trend(world.episode, at=NOW)
    return plain_words.in_plain_words(world.episode, trend, at=NOW)


def test_the_sentence_says_what_is_worse_and_what_is_as_usual(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    sleep: list[int | None] = [*[7] * 16, *[2] * 5]
    factories.make_history(north.episode, by=north.ann, moods=[*[6] * 21], sleep=sleep)
    assessments.assess_episode(episode_id=north.episode.pk, at=NOW)

    sentence = sentence_of(north)

    assert re.match(r"Sleep has been worse than usual for [3-6] weeks\.", sentence)
    assert not re.search(r"\b(risk|severe|alert|deteriorat\w*)\b", sentence)


def test_the_sentence_gives_improvement_the_same_place(north: World) -> None:
    states = {Domain.SLEEP: State.WORSE, Domain.MOOD: State.BETTER, Domain.FUNCTION: State.BETTER}
    panels = [
        Panel(
            key=domain,
            name=str(wording.DOMAIN_NAMES[domain]),
            direction=domain.direction,
            minimum=0,
            maximum=10,
            state=states.get(domain, State.STEADY),
        )
        for domain in Domain
    ]
    course = Course(span=Span(start=NOW.date() - WEEK * 12, end=NOW.date()), panels=tuple(panels))

    sentence = plain_words.in_plain_words(north.episode, course, at=NOW)

    assert sentence == "Sleep has been worse than usual. Mood and what you can do are better than usual."


def test_a_new_patient_is_told_that_the_usual_is_still_learned(planned: World) -> None:
    submit(planned, CheckInAnswers(ratings=STEADY))

    assert "still learning your usual" in sentence_of(planned)


def test_a_steady_course_is_called_the_same_as_usual(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 30).date())
    factories.make_history(north.episode, by=north.ann, moods=[*[6, 7] * 10])
    assessments.assess_episode(episode_id=north.episode.pk, at=NOW)
    course = persons.load_own_trend(north.episode, at=NOW)
    assert {panel.state for panel in course.panels} == {State.STEADY}

    assert sentence_of(north) == "Everything is about the same as usual."


@pytest.mark.parametrize(
    ("state", "answer", "sentence"),
    [
        (State.BETTER, State.WATCH, "What you can do has been better than usual, but not in your newest answer."),
        (State.WORSE, State.BETTER, "What you can do has been worse than usual, but not in your newest answer."),
        (State.BETTER, State.BETTER, "What you can do is better than usual."),
        (State.BETTER, None, "What you can do is better than usual."),
        (State.STEADY, State.BETTER, "What you can do was better than usual in your newest answer."),
    ],
)
def test_a_stored_state_never_contradicts_the_newest_answer(
    north: World, state: State, answer: State | None, sentence: str
) -> None:
    panel = Panel(
        key=Domain.FUNCTION,
        name="Function",
        direction=Domain.FUNCTION.direction,
        minimum=0,
        maximum=10,
        state=state,
        answer_state=answer,
    )
    course = Course(span=Span(start=NOW.date() - WEEK * 12, end=NOW.date()), panels=(panel,))

    assert plain_words.in_plain_words(north.episode, course, at=NOW) == sentence
