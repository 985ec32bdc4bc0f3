"""Who of the team has looked, and what is new since."""

from datetime import timedelta

from monitoring.alerts import sightings
from monitoring.models.check_ins import ContactWish
from monitoring.words.states import State
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.courses import FALL, STEADY, load, make_course
from tests.monitoring.worklists.parts import unchanged, waiting


def test_what_was_looked_at_is_no_longer_new(north: World) -> None:
    make_course(north, FALL)
    sightings.seen(episode=north.episode, by=north.chris, at=NOW + timedelta(minutes=5))

    page = load(north.chris, {"clinician"})

    assert page.changed == 0
    assert unchanged(page)[0].states[0] is State.WORSE


def test_a_new_alert_after_looking_is_a_change(north: World) -> None:
    make_course(north, STEADY)
    sightings.seen(episode=north.episode, by=north.chris, at=NOW + timedelta(minutes=5))
    later = NOW + WEEK
    factories.make_check_in(north.episode, by=north.ann, at=later, contact_wish=ContactWish.CONTACT_ME)

    page = load(north.chris, {"clinician"})

    assert page.changed == 1
    assert State.ASKED in waiting(page)[0].states
