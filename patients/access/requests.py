"""The request our views receive: a signed-in person in an active clinic, or someone who came by a link."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django_htmx.middleware import HtmxDetails

from patients.models.people import Clinic, User

View = TypeVar("View", bound=Callable[..., Any])

# Seconds since 1970, by the server's clock as the page knows it: app.js reckons from when the page was made.
SENT_AT = "X-Sent-At"
# When each field was answered, by the same clock: JSON, name -> seconds. A save that is tried again keeps these times.
ANSWERED_AT = "X-Answered-At"


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Someone who came by the link of a message: whose form may be filled in, and for which week alone.

    It is no sign-in. It opens the pages of the rule "check_in.answer" and no others, until it runs out.
    """

    clinic_id: UUID
    user: User
    slot_id: UUID
    # Where such a person begins: what the home page is to those who signed in.
    start_url: str


def takes_a_file(view: View) -> View:
    """Mark a view whose form may bring a file; everywhere else one is refused (config.web.uploads)."""
    view.takes_a_file = True  # type: ignore[attr-defined]
    return view


def signed_in_or_none(request: HttpRequest) -> User | None:
    """Return who is signed in and belongs to a clinic."""
    return request.user if isinstance(request.user, User) and getattr(request, "clinic", None) is not None else None


class SignedInRequest(HttpRequest):
    """A request that passed ClinicMiddleware."""

    user: User
    htmx: HtmxDetails
    clinic: Clinic
    clinic_roles: frozenset[str]
    answering: Answering | None
    request_id: UUID
    arrived_at: datetime


def sent_at(request: SignedInRequest) -> datetime:
    """Return when a script sent a request, by our clock; when it arrived, where none says or says the future.

    Two requests of one page may arrive in another order than they were sent in.
    """
    return _by_our_clock(request.headers.get(SENT_AT), request.arrived_at) or request.arrived_at


def answered_at(request: SignedInRequest) -> dict[str, datetime]:
    """Return when fields were answered that a script tells of: name -> time, never after the request arrived."""
    times = as_json_object(request.headers.get(ANSWERED_AT, ""))
    read = {name: _by_our_clock(time, request.arrived_at) for name, time in times.items()}
    return {name: time for name, time in read.items() if time is not None}


def _by_our_clock(seconds: Any, arrived_at: datetime) -> datetime | None:
    """Return a time that a browser gives in seconds since 1970; None where it is none."""
    try:
        return min(datetime.fromtimestamp(float(seconds), tz=UTC), arrived_at)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def as_json_object(text: str) -> dict[str, Any]:
    """Return what a browser sends as a JSON object; an empty one where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def too_many(words: str, *, again_in: int) -> HttpResponse:
    """Say in plain words that it is enough for now, and after how many seconds one may go on."""
    headers = {"Retry-After": again_in}
    return HttpResponse(
        words, status=HTTPStatus.TOO_MANY_REQUESTS, content_type="text/plain; charset=utf-8", headers=headers
    )


def typed(text: str, *, most: int) -> str:
    """Return words someone typed outside of a form, cut to a length; without NUL, which the database refuses."""
    return text.replace("\x00", "").strip()[:most]
