"""Who opens the pages of the team, and somebody who fell silent."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from monitoring.assessments import assessments
from monitoring.models import Alert
from monitoring.models.alerts import AlertKind
from monitoring.models.plans import AssessmentCause
from monitoring.plans import plans
from patients.models import User
from patients.tenancy import clinic_context
from tests import factories
from tests.conftest import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def silent_for(world: World, *, weeks: int) -> Alert:
    """One check-in five weeks ago, none since; assessed so many weeks after it, and seen now."""
    now = timezone.now()
    began = now - 5 * factories.WEEK
    with clinic_context(clinic_id=world.clinic.pk):
        factories.make_plan(world.episode, starts_on=began.date(), weekday=began.isoweekday())
        factories.make_check_in(world.episode, by=world.ann, at=began + timedelta(hours=20))
        for week in range(1, 6):
            at = began + week * factories.WEEK + timedelta(hours=20)
            plans.open_due_slots(at=at)
            plans.mark_missed(at=at)
            if week == weeks:
                assessments.assess_as_of(episode=world.episode, as_of=at, cause=AssessmentCause.MISSED, at=at)
        return Alert.objects.select_related("owner").get(kind=AlertKind.MISSED_CHECK_INS)
