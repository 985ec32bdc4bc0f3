"""Who is overdue and whom contact with is lost: as the assessment says, for those one may see, while check-ins run."""

from datetime import timedelta
from typing import Any

from monitoring.attention import needs
from monitoring.models.care import ContactOutcome
from monitoring.models.plans import PauseReason
from monitoring.plans import plans
from monitoring.worklists import contacts, silent_people
from monitoring.worklists.silent_people import Silence
from patients.models import Patient
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.worklists.silences import silent_since

COORDINATOR, CLINICIAN = frozenset({"coordinator"}), frozenset({"clinician"})


def lists(world: World, **more: Any) -> dict[str, list[str]]:
    who = {"user": world.cora, "roles": COORDINATOR} | more
    return {
        which.value: [one.name for one in silent_people.load(**who, which=which, page_number=1, at=NOW).people]
        for which in Silence
    }


def both_silent(world: World) -> None:
    """Ann for four weeks, Ben for two."""
    silent_since(world.episode, world.ann, weeks=4)
    silent_since(world.bens_episode, world.ben, weeks=2)
    needs.mend(at=NOW)


def test_the_lists_say_what_the_assessment_says_and_their_counts_agree(north: World) -> None:
    both_silent(north)

    assert lists(north) == {"overdue": ["Ben Brook"], "lost": ["Ann Archer"]}
    assert silent_people.counts(user=north.cora, roles=COORDINATOR, at=NOW) == {"overdue": 1, "lost": 1}


def test_a_clinician_sees_the_own_teams_people_alone(north: World) -> None:
    both_silent(north)

    assert lists(north, user=north.chris, roles=CLINICIAN) == {"overdue": [], "lost": ["Ann Archer"]}


def test_everything_that_is_needed_to_ring_up_stands_in_the_row(north: World) -> None:
    Patient.objects.filter(pk=north.episode.patient_id).update(telephone="+44 20 7946 0958", contact="After six")
    both_silent(north)
    contacts.record(episode=north.episode, outcome=ContactOutcome.NO_ANSWER, by=north.cora, at=NOW)

    page = silent_people.load(user=north.cora, roles=COORDINATOR, which=Silence.LOST, page_number=1, at=NOW)
    [ann] = page.people

    assert (ann.telephone, ann.dialled, ann.how_to_reach) == ("+44 20 7946 0958", "+442079460958", "After six")
    assert (ann.since, ann.days, ann.missed) == ((NOW - 4 * WEEK).date(), 28, 3)
    assert (ann.last_contact.outcome, ann.responsible) == ("no_answer", "Chris")


def test_who_answers_again_is_gone_at_once_and_who_pauses_too(north: World) -> None:
    both_silent(north)
    factories.make_check_in(north.bens_episode, by=north.ben, at=NOW + timedelta(hours=1))
    plan = plans.of_episode(north.episode)
    plans.pause(plan=plan, until=None, reason=PauseReason.HOLIDAY, by=north.chris, at=NOW)

    assert lists(north) == {"overdue": [], "lost": []}


def test_after_care_nobody_is_on_a_list(north: World) -> None:
    both_silent(north)
    type(north.episode).objects.update(ended_on=NOW.date())

    assert lists(north) == {"overdue": [], "lost": []}


def test_a_long_list_takes_as_many_queries_as_a_short_one(north: World, django_assert_num_queries: Any) -> None:
    both_silent(north)

    with django_assert_num_queries(6):
        silent_people.load(user=north.cora, roles=COORDINATOR, which=Silence.LOST, page_number=1, at=NOW)
