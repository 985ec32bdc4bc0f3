"""What a browser may do that came by the link of a message: a mark in its session, which is no sign-in.

Which link is good is decided by whoever made it; here is only what it opens, and for how long.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest

from patients.access.requests import Answering
from patients.models import User
from patients.models.audit import AuditAction
from patients.people import people

SESSION_KEY = "answering"
# Enough for a slow form on a bad day; after it the link in the message is pressed again.
LASTS = timedelta(hours=2)


def begin(request: HttpRequest, answering: Answering, *, at: datetime) -> None:
    """Let this browser fill in one week's form; whoever was signed in here before is signed out."""
    if isinstance(request.user, User):
        people.record_session(AuditAction.SIGNED_OUT, user=request.user, at=at)
    logout(request)
    request.session[SESSION_KEY] = {
        "clinic": answering.clinic_id.hex,
        "user": answering.user.pk.hex,
        "generation": answering.user.session_generation,
        "slot": answering.slot_id.hex,
        "start_url": answering.start_url,
        "until": (at + LASTS).timestamp(),
    }


def find(request: HttpRequest, *, at: datetime) -> Answering | None:
    """Return what this browser may answer; None when it came by no link, or too long ago.

    A person who signs out everywhere, or whose account is closed, ends this too.
    """
    mark = request.session.get(SESSION_KEY)
    if mark is None or at.timestamp() > mark["until"]:
        return None
    account = User.objects.filter(pk=mark["user"], is_active=True, session_generation=mark["generation"]).first()
    if account is None:
        return None
    return Answering(
        clinic_id=UUID(mark["clinic"]), user=account, slot_id=UUID(mark["slot"]), start_url=mark["start_url"]
    )
