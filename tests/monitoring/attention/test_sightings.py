"""Who of the team has looked, and what is new since."""

from datetime import timedelta

from monitoring.attention import sightings
from monitoring.models.check_ins import ContactWish
from monitoring.words.states import State
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, STEADY, load, make_course
from tests.monitoring.worklists.parts import unchanged, waiting


def test_what_was_looked_at_is_no_longer_new(north: World) -> None:
    make_course(north, FALL)
    sightings.seen(episode=north.episode, by=north.chris, sent_at=None, at=NOW + timedelta(minutes=5))

    page = load(north.chris, {"clinician"})

    assert page.changed == 0
    assert unchanged(page)[0].states[0] is State.WORSE


def test_a_new_alert_after_looking_is_a_change(north: World) -> None:
    make_course(north, STEADY)
    sightings.seen(episode=north.episode, by=north.chris, sent_at=None, at=NOW + timedelta(minutes=5))
    later = NOW + WEEK
    factories.make_check_in(north.episode, by=north.ann, at=later, contact_wish=ContactWish.CONTACT_ME)

    page = load(north.chris, {"clinician"})

    assert page.changed == 1
    assert State.ASKED in waiting(page)[0].states


def test_the_first_look_since_the_newest_check_in_stays_when_someone_looks_again(north: World) -> None:
    sent_at = NOW + WEEK
    first, again = sent_at + timedelta(hours=1), sent_at + timedelta(hours=2)
    for last_sent, at in ((None, NOW), (sent_at, first), (sent_at, again)):
        sightings.seen(episode=north.episode, by=north.chris, sent_at=last_sent, at=at)

    look = sightings.first_since(north.episode, sent_at)

    assert look is not None
    assert (look.first_since, look.seen_at) == (first, again)


def test_someone_who_looked_only_before_the_newest_check_in_has_not_seen_it(north: World) -> None:
    sightings.seen(episode=north.episode, by=north.chris, sent_at=None, at=NOW)

    assert sightings.first_since(north.episode, NOW + WEEK) is None
