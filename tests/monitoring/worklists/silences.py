"""Somebody who falls silent."""

from datetime import timedelta

from monitoring.assessments import assessments
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.models.plans import AssessmentCause
from monitoring.plans import plans
from patients.models import Episode, User
from tests import factories
from tests.conftest import World
from tests.factories import NOW, WEEK


def silent_since(episode: Episode, user: User, *, weeks: int) -> None:
    """One check-in so many weeks ago, none since, assessed with each week that ran out."""
    began = NOW - weeks * WEEK
    factories.make_plan(episode, starts_on=began.date(), weekday=began.isoweekday())
    factories.make_check_in(episode, by=user, at=began)
    for week in range(1, weeks + 1):
        at = min(began + week * WEEK + timedelta(hours=1), NOW)
        plans.open_due_slots(at=at)
        plans.mark_missed(at=at)
        assessments.assess_as_of(episode=episode, as_of=at, cause=AssessmentCause.MISSED, at=at)


def fall_silent(world: World, *, weeks: int) -> Alert:
    """Ann falls silent; return the alert about it."""
    silent_since(world.episode, world.ann, weeks=weeks)
    return Alert.objects.get(kind=AlertKind.MISSED_CHECK_INS, episode=world.episode)
