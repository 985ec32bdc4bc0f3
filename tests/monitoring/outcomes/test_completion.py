"""Who is reached: answered weeks by language, age and reminder."""

import pytest

from monitoring.outcomes import completion
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK


@pytest.mark.parametrize(("channel", "words"), [("email", "By e-mail"), ("", "no reminder"), ("pigeon", "no reminder")])
def test_reminders_are_named_as_their_own_pages_name_them(channel: str, words: str) -> None:
    assert completion.channel_words(channel) == words


def test_completion_counts_weeks_and_hides_groups_of_few_people(north: World) -> None:
    for number in range(6):
        episode = factories.make_episode(factories.make_patient(f"P {number}"), team=(north.chris,))
        factories.make_plan(episode, starts_on=(NOW - 4 * WEEK).date())
        factories.make_history(episode, by=north.ann, moods=[5, None, 5, 5], until=NOW - WEEK)

    by_language = dict(completion.completion(NOW))["Language"]

    assert [(line.name, line.people) for line in by_language] == [("English", 6)]
    assert by_language[0].cells[0].share.count == 18
