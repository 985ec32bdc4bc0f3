"""The letters of this app. They name the clinic as the outside may know it, and never a condition or a reason."""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from patients.models import Clinic, Invitation, User


def send_invitation(*, invitation: Invitation, url: str) -> None:
    """Send the link of an invitation after COMMIT.

    Not through the outbox: the secret of the link is nowhere stored, so it can only travel now. A letter that gets
    lost is sent again from the people page, with a new link (docs/decisions/0061).
    """
    page = {"invitation": invitation, "url": url}
    letter = _letter("invitation", page, language=invitation.language, to=invitation.email)
    transaction.on_commit(letter.send, robust=True)


def send_account_notice(*, clinic: Clinic, people: Iterable[User]) -> None:
    """Send the one letter about accounts to colleagues after COMMIT, each in the own language, over one connection."""
    page = {"clinic": clinic, "url": settings.SITE_URL + reverse("accounts")}
    letters = [_letter("account_notice", page, language=person.language, to=person.email) for person in people]
    transaction.on_commit(partial(_send_all, letters), robust=True)


def _letter(name: str, page: dict[str, object], *, language: str, to: str) -> EmailMessage:
    """Return a letter in someone's language."""
    with translation.override(language or settings.LANGUAGE_CODE):
        subject = render_to_string(f"emails/{name}_subject.txt", page).strip()
        body = render_to_string(f"emails/{name}.txt", page)
    return EmailMessage(subject, body, None, [to])


def _send_all(letters: list[EmailMessage]) -> None:
    """Send letters over one connection."""
    get_connection().send_messages(letters)
