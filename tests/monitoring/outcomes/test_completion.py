"""Who is reached: answered weeks by language, age and reminder."""

from datetime import datetime, timedelta

import pytest

from monitoring.models import CheckInSlot
from monitoring.outcomes import completion
from patients.models import Episode
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


def test_a_week_that_is_still_open_counts_for_nobody(north: World) -> None:
    """Half of twelve have answered on the first day: that is no completion of 100 per cent."""
    for number in range(12):
        episode = factories.make_episode(factories.make_patient(f"P {number}"), team=(north.chris,))
        CheckInSlot.objects.create(
            episode=episode,
            week_of=(NOW - timedelta(days=1)).date(),
            due_on=(NOW - timedelta(days=1)).date(),
            opens_at=NOW - timedelta(days=1),
            closes_at=NOW + timedelta(days=5),
            answered_at=NOW if number % 2 else None,
        )

    def answered(at: datetime) -> list[tuple[int, int]]:
        lines = dict(completion.completion(at))["Language"]
        return [(line.cells[0].share.count, line.cells[0].share.of) for line in lines]

    assert answered(NOW) == []
    assert answered(NOW + timedelta(days=6)) == [(6, 12)]


def test_a_person_with_two_courses_of_treatment_is_one_of_the_people(north: World) -> None:
    for number in range(6):
        patient = factories.make_patient(f"P {number}")
        for months in (1, 3):
            episode = factories.make_episode(patient, team=(north.chris,))
            opens_at = NOW - timedelta(weeks=4 * months)
            CheckInSlot.objects.create(
                episode=episode,
                week_of=opens_at.date(),
                due_on=opens_at.date(),
                opens_at=opens_at,
                closes_at=opens_at + timedelta(days=5),
            )
            Episode.objects.filter(pk=episode.pk).update(ended_on=NOW.date())

    [line] = dict(completion.completion(NOW))["Language"]

    assert (line.people, line.cells[0].share.of) == (6, 12)
