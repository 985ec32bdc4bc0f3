"""Handing a message to the mail server: a refusal is an answer, and leaves a line that names nobody."""

import logging
import smtplib
from collections.abc import Sequence

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from monitoring.messages import mailing

ADDRESS = "ann@north.example"


class Refusing(BaseEmailBackend):
    """A server that refuses whoever is to receive a message."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise smtplib.SMTPRecipientsRefused(dict.fromkeys(email_messages[0].to, (550, b"no such mailbox")))


class Away(BaseEmailBackend):
    """A server that does not answer."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise TimeoutError(f"{len(email_messages)} waiting")


class Silent(BaseEmailBackend):
    """A server that takes nothing and says nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return len(email_messages) - 1


def hand_over() -> bool:
    return mailing.hand_over(subject="A new week", body="Press the link.", address=ADDRESS)


def test_a_message_that_was_taken_is_sent_to_its_address_alone(mailoutbox: list[EmailMessage]) -> None:
    assert hand_over() is True

    [letter] = mailoutbox
    assert (letter.subject, letter.body, letter.to, letter.cc, letter.bcc) == (
        "A new week",
        "Press the link.",
        [ADDRESS],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("server", "line"),
    [
        (Refusing, "a message was refused"),
        (Away, "a message was refused"),
        (Silent, "a message was not taken"),
    ],
)
def test_a_refusal_is_no_crash_and_never_silent(
    settings: Settings, caplog: pytest.LogCaptureFixture, server: type[BaseEmailBackend], line: str
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{server.__name__}"

    with caplog.at_level(logging.WARNING):
        assert hand_over() is False

    [record] = caplog.records
    assert record.getMessage() == line
    assert ADDRESS not in record.getMessage()


def test_what_is_no_refusal_is_not_swallowed(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "no.such.server"

    with pytest.raises(ImportError):
        hand_over()
