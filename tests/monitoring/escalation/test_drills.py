"""A test alert reaches everybody of the chain once, says that it is a test, and touches no patient."""

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from monitoring.escalation import drills, policies
from monitoring.models import Alert, EscalationStep, Notification
from patients.models.audit import AuditAction, AuditEvent
from patients.models.people import Role
from tests import factories
from tests.conftest import World
from tests.factories import NOW


class Refusing(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, _messages: object) -> int:
        raise OSError


def name_everybody(world: World) -> None:
    lead = factories.make_user("lea@north.example", name="Lea Lead", roles=(Role.COORDINATOR,))
    policies.change(
        second=world.cora, lead=lead, on_call=world.cora, urgent_minutes=[60, 240, 480], number=0, by=world.sam, at=NOW
    )


def test_everybody_gets_one_message_at_the_first_step_that_tells_them(north: World) -> None:
    name_everybody(north)

    lines = drills.hold(clinic=north.clinic, by=north.sam, at=NOW)

    assert [(line.step, line.person.name) for line in lines] == [
        ("Told the second responder", "Cora"),
        ("Told the lead", "Lea Lead"),
        ("Told everyone", "Chris"),
        ("Told everyone", "Dana"),
    ]
    assert all(line.is_taken for line in lines)
    assert len(mail.outbox) == 4
    assert all(message.subject.startswith("Test:") for message in mail.outbox)
    assert drills.last_held_at() == NOW
    assert AuditEvent.objects.get(action=AuditAction.DRILL_HELD).counts == {"taken": 4, "people": 4}
    assert not (Alert.objects.exists() or Notification.objects.exists() or EscalationStep.objects.exists())


def test_a_server_that_refuses_is_told(north: World, settings: object) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"  # type: ignore[attr-defined]

    lines = drills.hold(clinic=north.clinic, by=north.sam, at=NOW)

    assert [line.is_taken for line in lines] == [False, False, False]


def test_who_was_not_tried_for_want_of_time_is_said(north: World, monkeypatch: object) -> None:
    monkeypatch.setattr(drills, "MOST_SECONDS", -1)  # type: ignore[attr-defined]

    lines = drills.hold(clinic=north.clinic, by=north.sam, at=NOW)

    assert {line.is_taken for line in lines} == {None}
    assert mail.outbox == []
