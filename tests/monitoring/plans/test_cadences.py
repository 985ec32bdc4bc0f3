"""When less is offered, and what accepting it changes."""

import pytest

from monitoring.check_ins.answers import CheckInAnswers
from monitoring.models import MonitoringPlan
from monitoring.plans import cadences, plans
from patients.models import AuditEvent
from patients.models.audit import AuditAction
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK
from tests.monitoring.sending import STEADY, submit


@pytest.mark.parametrize(
    ("weeks", "offered"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 1], False),
        ([1, 0, 1, 0, 1, 0, 1, 0], False),
        ([1, 0, 1, 0, 1, 0, 0, 0], True),
        ([0, 0, 0], False),
        ([0, 0, 0, 1], True),
    ],
    ids=["all", "half", "below half", "too few to say", "few"],
)
def test_less_is_offered_when_fewer_than_half_are_answered(north: World, weeks: list[int], offered: bool) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * len(weeks)).date())
    moods = [6 if answered else None for answered in weeks]
    factories.make_history(north.episode, by=north.ann, moods=moods, until=NOW - WEEK)
    plans.open_due_slots(at=NOW)
    plans.mark_missed(at=NOW)

    assert cadences.may_be_lowered(north.episode, at=NOW) is offered


@pytest.mark.parametrize(
    ("forms", "offered"), [([1, 1, 1], True), ([1, 1, 0], False), ([0, 1, 1], False), ([1, 1], False)]
)
def test_less_is_offered_after_three_bad_days_in_a_row(north: World, forms: list[int], offered: bool) -> None:
    factories.make_plan(north.episode, starts_on=(NOW - WEEK * 2).date())
    for week, is_short in enumerate(forms):
        at = NOW - WEEK * (len(forms) - 1 - week)
        submit(north, CheckInAnswers(ratings=STEADY, is_short=bool(is_short)), at=at)

    assert cadences.may_be_lowered(north.episode, at=NOW) is offered


def test_who_accepts_is_asked_every_two_weeks_and_offered_no_more(planned: World) -> None:
    for week in (2, 1, 0):
        submit(planned, CheckInAnswers(ratings=STEADY, is_short=True), at=NOW - WEEK * week)
    cadences.lower(episode=planned.episode, by=planned.ann, at=NOW)

    assert MonitoringPlan.objects.get(episode=planned.episode).cadence_weeks == 2
    assert AuditEvent.objects.filter(action=AuditAction.PLAN_CHANGED, actor_id=planned.ann.pk).exists()
    with pytest.raises(cadences.NotOffered):
        cadences.lower(episode=planned.episode, by=planned.ann, at=NOW)
