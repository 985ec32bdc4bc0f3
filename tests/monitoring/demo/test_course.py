"""The answers of an invented person."""

from monitoring.demo.course import StoryAnswers
from tests.monitoring.demo.played import BY_KEY


def test_the_same_person_answers_the_same_in_every_installation() -> None:
    story = BY_KEY["patrick.doyle"]
    weeks = list(reversed(range(story.weeks)))
    first, second = StoryAnswers.of(story), StoryAnswers.of(story)

    assert [first.answers(week, ["PHQ-9"]) for week in weeks] == [second.answers(week, ["PHQ-9"]) for week in weeks]
