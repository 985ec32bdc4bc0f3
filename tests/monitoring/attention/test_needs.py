"""The stored need of each person is what everything else that is stored says: after any course of events."""

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from monitoring.alerts import alerts, evidence
from monitoring.assessments import assessments
from monitoring.attention import needs, sightings
from monitoring.engine.records import Tier
from monitoring.models import Alert, Need
from monitoring.models.alerts import ActionCode, AlertKind
from monitoring.models.check_ins import ContactWish
from monitoring.operations import tasks
from monitoring.words.states import State
from monitoring.worklists import caseloads
from monitoring.worklists.caseloads import Filters
from patients.access.permissions import Whose
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.worklists.parts import changed, unchanged, waiting

STEPS = ("answer well", "answer badly", "ask for contact", "assess", "assess the past", "raise", "close", "look")
FIELDS = [field.name for field in Need._meta.concrete_fields if field.name != "id"]


def content(need: Need) -> dict[str, object]:
    return {name: getattr(need, name) for name in FIELDS}


def take(step: str, world: World, at: datetime) -> None:
    """Do one thing that can change how much Ann needs someone."""
    episode = world.episode
    if step.startswith(("answer", "ask")):
        wish = ContactWish.CONTACT_ME if step == "ask for contact" else ContactWish.JUST_RECORD
        mood = 1 if step == "answer badly" else 7
        factories.make_check_in(episode, by=world.ann, at=at, mood=mood, contact_wish=wish)
    elif step == "assess":
        assessments.assess_episode(episode_id=episode.pk, at=at)
    elif step == "assess the past":
        assessments.assess_as_of(episode=episode, as_of=at - 3 * WEEK, at=at)
    elif step == "raise":
        # By hand, as no use case does it: the sweep has to find it.
        evidence.raise_alert(episode=episode, kind=AlertKind.SIDE_EFFECT, tier=Tier.REVIEW, at=at)
        needs.mend(at=at)
    elif step == "close":
        for alert in Alert.objects.open():
            done = {"action": ActionCode.TALKED, "note": "Rang.", "by": world.chris}
            alerts.close(alert=alert, version=alert.version, at=at, **done)
    else:
        sightings.seen(episode=episode, by=world.chris, sent_at=None, at=at)


def from_scratch(episode_id: UUID, *, at: datetime) -> Need:
    """Return the need of an episode as all that is stored says, without a look at the stored need."""
    return needs._need(episode_id, needs._facts([episode_id], at)[episode_id], None)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_stored_equals_what_is_worked_out_from_scratch(north: World, seed: int) -> None:
    steps = random.Random(seed).choices(STEPS, k=10)
    factories.make_plan(north.episode, starts_on=(NOW - 16 * WEEK).date())
    factories.make_history(north.episode, by=north.ann, moods=[7, 6, 7, 7, 6, 7, 6, 7, 6, 7], until=NOW - WEEK)

    for number, step in enumerate(steps):
        at = NOW + number * WEEK
        needs.mend(at=at)
        take(step, north, at)
        now = content(Need.objects.get(episode=north.episode))
        assert now == content(from_scratch(north.episode.pk, at=at)), steps[: number + 1]
        assert needs.mend(at=at) == 0


def test_the_steps_reach_the_states_that_matter(north: World) -> None:
    """The property above would hold of a table that never moves, too."""
    factories.make_plan(north.episode, starts_on=(NOW - 16 * WEEK).date())
    factories.make_history(north.episode, by=north.ann, moods=[7, 6, 7, 7, 6, 7, 6, 7, 6, 7, 6, 7], until=NOW - WEEK)
    seen = []
    for number, step in enumerate(
        ("assess", "ask for contact", "close", "answer badly", "answer badly", "answer badly", "answer badly", "assess")
    ):
        take(step, north, NOW + number * WEEK)
        seen.append(list(State)[Need.objects.get(episode=north.episode).rank])

    assert seen[:3] == [State.STEADY, State.ASKED, State.STEADY]
    assert seen[-1] is State.WORSE


def test_the_sweep_mends_what_was_lost(world: World) -> None:
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=(NOW - 16 * WEEK).date())
        factories.make_history(world.episode, by=world.ann, moods=[7, 6, 7, 7, 6, 7], until=NOW)
        assessments.assess_episode(episode_id=world.episode.pk, at=NOW)
        before = content(Need.objects.get(episode=world.episode))
        Need.objects.all().delete()

    tasks.sweep_clinic(clinic_id=world.clinic.pk, at=NOW + timedelta(minutes=1))

    with clinic_context(clinic_id=world.clinic.pk):
        assert content(Need.objects.get(episode=world.episode)) == before


def test_an_alert_that_is_closed_no_longer_presses(north: World) -> None:
    factories.make_plan(north.episode)
    take("ask for contact", north, NOW)
    assert Need.objects.get().rank == State.ASKED.rank

    take("close", north, NOW + timedelta(hours=1))

    assert (Need.objects.get().rank, Need.objects.get().open_alerts) == (State.LEARNING.rank, 0)


def load(world: World, **filters: object) -> caseloads.Caseload:
    asked = Filters(whose=Whose.CLINIC, **filters)
    return caseloads.load_caseload(user=world.cora, roles=frozenset({"coordinator"}), filters=asked, at=NOW + WEEK)


def test_only_the_changes_can_be_shown_and_are_gone_when_looked_at(north: World) -> None:
    factories.make_plan(north.episode)
    take("ask for contact", north, NOW)

    assert [row.name for row in waiting(load(north, changed=True))] == ["Ann Archer"]
    sightings.seen(episode=north.episode, by=north.cora, sent_at=None, at=NOW + timedelta(hours=1))
    sightings.seen(episode=north.bens_episode, by=north.cora, sent_at=None, at=NOW + timedelta(hours=1))

    page = load(north, changed=True)
    assert (page.changed, page.rows) == (0, ())
    assert load(north).total == 2


def test_my_teams_are_the_ones_i_belong_to(north: World) -> None:
    def names(whose: Whose) -> set[str]:
        roles = frozenset({"clinician", "coordinator"})
        page = caseloads.load_caseload(user=north.chris, roles=roles, filters=Filters(whose=whose), at=NOW)
        return {row.name for row in (*waiting(page), *changed(page), *unchanged(page))}

    assert names(Whose.MINE) == names(Whose.TEAM) == {"Ann Archer"}
    assert names(Whose.CLINIC) == {"Ann Archer", "Ben Brook"}


def test_who_falls_silent_is_counted_so_by_the_next_sweep(north: World) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - 11 * WEEK).date())
    factories.make_history(north.episode, by=north.ann, moods=[6, 5, 6, 6, 5, 6, 5, 6, 6, 5, 6, 6])
    assessments.assess_as_of(episode=north.episode, as_of=NOW, at=NOW)
    before = Need.objects.get()
    silent_at = before.silent_at
    assert (before.rank, before.found) == (State.STEADY.rank, None)
    assert silent_at is not None and NOW + WEEK < silent_at < NOW + 3 * WEEK

    assert needs.mend(at=silent_at - timedelta(seconds=1)) == 0
    assert needs.mend(at=silent_at) == 1

    after = Need.objects.get()
    assert (after.rank, after.silent_at, after.moved_at) == (State.NONE.rank, None, before.moved_at)
    assert needs.mend(at=silent_at + WEEK) == 0
    assert after.answered_at == before.answered_at
