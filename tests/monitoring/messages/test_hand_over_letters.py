"""Messages about hand-overs go out at least once, say nothing, and are tried again when they are refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from monitoring.messages import hand_over_letters
from monitoring.models import HandOverLetter
from monitoring.operations import tasks
from monitoring.worklists.transfers import hand_overs
from patients.tenancy import clinic_context
from tests.conftest import World


@pytest.fixture
def asked(world: World) -> World:
    with clinic_context(clinic_id=world.clinic.pk):
        hand_overs.ask(episode=world.episode, to=world.dana, note="Sleep.", by=world.chris, at=timezone.now())
    return world


def letter(world: World) -> HandOverLetter:
    with clinic_context(clinic_id=world.clinic.pk):
        return HandOverLetter.objects.get()


def test_the_sweep_sends_it_once_without_a_name_or_a_word_of_it(asked: World) -> None:
    for _ in range(2):
        tasks.deliver_due(clinic_id=asked.clinic.pk, at=timezone.now())

    [message] = mail.outbox
    assert message.to == ["dana@north.example"]
    text = message.subject + message.body
    assert not any(word in text for word in ("Ann", "Chris", "Sleep", "Depression", "Northgate Clinic"))
    assert letter(asked).sent_at is not None


def test_a_refused_message_is_tried_again_later(asked: World, monkeypatch: Any) -> None:
    now = timezone.now()
    pk = letter(asked).pk

    def refuse(*_: object, **__: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(mail, "send_mail", refuse)
        assert not hand_over_letters.deliver(clinic_id=asked.clinic.pk, letter_id=pk, at=now)
    waiting = letter(asked)

    assert waiting.sent_at is None and waiting.due_at == now + timedelta(minutes=2)
    assert not hand_over_letters.deliver(clinic_id=asked.clinic.pk, letter_id=pk, at=now)
    assert hand_over_letters.deliver(clinic_id=asked.clinic.pk, letter_id=pk, at=waiting.due_at)


def test_the_same_news_is_told_to_a_person_once(asked: World) -> None:
    with clinic_context(clinic_id=asked.clinic.pk):
        hand_over = hand_overs.waiting_for(asked.episode)
        assert hand_over is not None
        hand_over_letters.queue(hand_over, to=[asked.dana, asked.dana], at=timezone.now())
        assert HandOverLetter.objects.count() == 1
