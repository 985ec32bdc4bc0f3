"""What the database refuses of policies, steps and agreed levels, whatever the code does."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from monitoring.alerts import evidence
from monitoring.engine.records import Tier
from monitoring.models import EscalationStep, ExpectedLevel, ResponsePolicy
from monitoring.models.alerts import AlertKind, StepKind
from tests.conftest import World
from tests.factories import NOW


def test_a_step_is_made_once_and_never_changed(north: World) -> None:
    alert = evidence.raise_alert(episode=north.episode, kind=AlertKind.RISK_ANSWER, tier=Tier.URGENT, at=NOW)
    given = {"alert": alert, "kind": StepKind.SECOND, "due_at": NOW, "made_at": NOW}
    step = EscalationStep.objects.create(**given)

    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationStep.objects.create(**given)
    with pytest.raises(DatabaseError), transaction.atomic():
        EscalationStep.objects.filter(pk=step.pk).update(told=9)
    assert str(step) == StepKind.SECOND


def test_a_number_of_a_policy_is_used_once(north: World) -> None:
    given = {"number": 1, "made_at": NOW, "urgent_minutes": [60, 240, 480]}
    policy = ResponsePolicy.objects.create(**given)

    with pytest.raises(IntegrityError), transaction.atomic():
        ResponsePolicy.objects.create(**given)
    assert str(policy) == "policy 1"


def test_one_level_is_agreed_for_a_rating_at_a_time(north: World) -> None:
    given = {"episode": north.episode, "series": "sleep", "level": 3.0, "made_at": NOW, "by": north.chris, "note": "x"}
    level = ExpectedLevel.objects.create(**given)

    with pytest.raises(IntegrityError), transaction.atomic():
        ExpectedLevel.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpectedLevel.objects.filter(pk=level.pk).update(ended_at=NOW)
    ExpectedLevel.objects.filter(pk=level.pk).update(ended_at=NOW, ended_by=north.chris)
    ExpectedLevel.objects.create(**given)
