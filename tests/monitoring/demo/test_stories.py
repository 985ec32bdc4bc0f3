"""A written story, played."""

import pytest

from monitoring.demo import cast
from monitoring.demo.stories import Story


@pytest.mark.parametrize("story", cast.STORIES, ids=lambda story: story.key)
def test_a_story_can_be_played(story: Story) -> None:
    assert 0 <= story.due_days_ago <= 6
    assert 0 <= story.answers_after < 7
    assert all(0 <= value <= 10 for value in story.level)
    started = {step.name for step in story.steps if step.move == "start"}
    assert {step.name for step in story.steps} == started
    for week, extras in story.extras.items():
        assert week < story.weeks
        if extras.self_harm:
            assert "PHQ-9" in story.instruments
            assert (story.weeks - 1 - week) % story.instruments["PHQ-9"] == 0, "PHQ-9 is not asked in that week"
