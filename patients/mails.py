"""The letters of this app. They name the clinic as the outside may know it, and never a condition or a reason."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from patients.models import Invitation


def send_invitation(*, invitation: Invitation, url: str) -> None:
    """Send the link of an invitation after COMMIT.

    Not through the outbox: the secret of the link is nowhere stored, so it can only travel now. A letter that gets
    lost is sent again from the people page, with a new link (docs/decisions/0061).
    """
    zone = ZoneInfo(invitation.clinic.time_zone)
    page = {"invitation": invitation, "url": url, "expires_at": invitation.expires_at.astimezone(zone)}
    with translation.override(invitation.language or settings.LANGUAGE_CODE):
        subject = render_to_string("emails/invitation_subject.txt", page).strip()
        body = render_to_string("emails/invitation.txt", page)
    letter = EmailMessage(subject, body, None, [invitation.email])
    transaction.on_commit(letter.send, robust=True)
