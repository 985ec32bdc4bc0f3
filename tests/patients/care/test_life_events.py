"""What happened in a life is pinned to a day, and taken back by whoever pinned it."""

from patients.care import life_events
from patients.models import Episode, LifeEvent
from tests.conftest import World
from tests.factories import NOW, WEEK


def test_one_finds_only_what_one_pinned_oneself(north: World) -> None:
    mine = life_events.add_life_event(
        episode=north.episode, title="Moved", happened_on=NOW.date(), by=north.ann, at=NOW
    )
    life_events.add_life_event(episode=north.episode, title="New post", happened_on=NOW.date(), by=north.chris, at=NOW)

    assert list(life_events.life_events_of(north.episode, recorded_by=north.ann)) == [mine]


def test_what_is_taken_back_is_gone_and_the_episode_is_assessed_again(north: World) -> None:
    event = life_events.add_life_event(
        episode=north.episode, title="Moved", happened_on=NOW.date(), by=north.ann, at=NOW
    )
    Episode.objects.filter(pk=north.episode.pk).update(changed_at=NOW - WEEK)

    life_events.remove_life_event(event=event, by=north.ann, at=NOW)

    assert not LifeEvent.objects.exists()
    assert Episode.objects.get(pk=north.episode.pk).changed_at == NOW
