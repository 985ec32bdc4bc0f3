"""Do no harm: being asked less often is offered to those whom every week weighs on. Offered, never decided for them."""

from datetime import datetime, timedelta

from django.db import transaction

from monitoring.models import CheckIn, CheckInSlot, MonitoringPlan
from monitoring.plans import plans
from patients.models import Episode, User

# The rhythm that is offered, in weeks between check-ins. docs/design.md#rhythm.
LOWER_WEEKS = 2
LOOK_BACK = timedelta(weeks=8)
# Below this share of answered weeks it is offered; a share of fewer weeks says nothing.
ENOUGH_ANSWERED = 0.5
LEAST_WEEKS = 4
# So many bad-day forms in a row say the same.
BAD_DAYS = 3


class NotOffered(Exception):
    """Check-ins are rare already, or nothing says that they are too much."""


def may_be_lowered(episode: Episode, *, at: datetime) -> bool:
    """Say whether a patient is to be offered fewer check-ins: many weeks stay empty, or every day is a bad day."""
    plan = plans.of_episode(episode)
    if plan is None or plan.cadence_weeks >= LOWER_WEEKS or plan.paused_at is not None:
        return False
    return _answers_few(episode, at) or _has_only_bad_days(episode)


def _answers_few(episode: Episode, at: datetime) -> bool:
    """Say whether fewer than half of the weeks that are over, of the last eight, were answered."""
    over = CheckInSlot.objects.filter(episode=episode, closes_at__gt=at - LOOK_BACK, opens_at__lte=at)
    answers = [
        answered_at is not None
        for answered_at, closes_at in over.values_list("answered_at", "closes_at")
        if answered_at is not None or closes_at <= at
    ]
    return len(answers) >= LEAST_WEEKS and sum(answers) < ENOUGH_ANSWERED * len(answers)


def _has_only_bad_days(episode: Episode) -> bool:
    """Say whether the newest check-ins were all bad-day forms."""
    newest = CheckIn.objects.filter(episode=episode).order_by("-submitted_at").values_list("is_short", flat=True)
    forms = list(newest[:BAD_DAYS])
    return len(forms) == BAD_DAYS and all(forms)


@transaction.atomic
def lower(*, episode: Episode, by: User, at: datetime) -> MonitoringPlan:
    """Ask every two weeks from now on, because the patient accepted the offer.

    Raises:
        NotOffered: it is not offered, or has been accepted already.
    """
    plan = plans.of_episode(episode)
    if plan is None or not may_be_lowered(episode, at=at):
        raise NotOffered
    return plans.change_rhythm(plan=plan, cadence_weeks=LOWER_WEEKS, by=by, at=at)
