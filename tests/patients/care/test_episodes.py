"""An episode is opened and ended; its day is the day where the patient lives."""

from datetime import UTC, date, datetime

from patients.care import episodes
from patients.models import Episode
from tests.conftest import World
from tests.factories import NOW


def test_an_ended_episode_keeps_its_rows_and_is_marked_for_a_new_assessment(north: World) -> None:
    episodes.end_episode(episode=north.episode, ended_on=NOW.date(), by=north.chris, at=NOW)

    ended = Episode.objects.get(pk=north.episode.pk)
    assert (ended.ended_on, ended.changed_at) == (NOW.date(), NOW)


def test_the_day_of_an_episode_is_the_patients_day(north: World) -> None:
    evening = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    days = {}
    for zone in ("Pacific/Kiritimati", "Europe/Berlin", "America/Los_Angeles"):
        north.episode.patient.time_zone = zone
        days[zone] = episodes.today(north.episode, at=evening)

    assert days == {
        "Pacific/Kiritimati": date(2026, 7, 2),
        "Europe/Berlin": date(2026, 7, 2),
        "America/Los_Angeles": date(2026, 7, 1),
    }
