"""One log line per request: route name, status, duration; no path, no query, no name. And the page of a refusal."""

import logging
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from config.logs import request_id
from config.web import limits
from config.web.front_door import REFUSED, headers_of
from monitoring.views.patient.crisis import crisis_contacts
from patients import audit

log = logging.getLogger(__name__)

# Asked every few seconds by monitors; logging them would hide the rest.
QUIET_ROUTES = {"livez", "healthz", "metrics"}

# What a person reads whose request was refused unread; all but the first two are news to a programmer only.
REFUSALS: dict[HTTPStatus, Promise] = {
    HTTPStatus.REQUEST_TIMEOUT: gettext_lazy(
        "It arrived too slowly, so we stopped waiting. Your connection may be weak."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: gettext_lazy("Too many people are using Tidemark at the moment. Wait a minute."),
    HTTPStatus.TOO_MANY_REQUESTS: gettext_lazy("Too many requests came from your connection. Wait a minute."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: gettext_lazy("It is too large."),
    HTTPStatus.LENGTH_REQUIRED: gettext_lazy("Its size was not stated (Content-Length)."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: gettext_lazy("It was compressed (Content-Encoding)."),
    HTTPStatus.BAD_REQUEST: gettext_lazy("Its size was not stated in a form that we understand (Content-Length)."),
}
COME_BACK = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class RequestLogMiddleware:
    """Gives each request an id, hands it to the logs, the audit log and the caller, and writes its line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and log how it went."""
        token = request_id.set(str(uuid.uuid4()))
        audit.request_id.set(request_id.get())
        started = time.monotonic()
        request.arrived_at = timezone.now()  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            _log(request, response, seconds=time.monotonic() - started)
            return response
        finally:
            request_id.reset(token)


def _log(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    """Write the line, unless a monitor asked or a static file was sent."""
    match = request.resolver_match
    route = match.view_name if match else ""
    if route in QUIET_ROUTES or (match is None and response.status_code < 400):
        return
    extra = {"route": route, "method": request.method, "status": response.status_code, "ms": round(seconds * 1000)}
    log.info("request", extra=extra)


class RefusalMiddleware:
    """Answers what was refused before it was read: by the front door, or here, for who serves us some other way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Say why, or let the request pass."""
        status = request.META.get(REFUSED) or limits.refusal(headers_of(request.META))
        return _refused(request, status) if status else self.get_response(request)


def _refused(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Return the page that says that nothing was read, with the numbers to call; a script gets the words alone.

    Rendered without the request, as when the database is away: it may be.
    """
    words = REFUSALS[status]
    if request.headers.get("HX-Request"):
        response = HttpResponse(str(words), status=status, content_type="text/plain; charset=utf-8")
    else:
        page = {"words": words, "crisis_contacts": crisis_contacts(request)}
        response = HttpResponse(render_to_string("refused.html", page), status=status)
    if status in COME_BACK:
        response.headers["Retry-After"] = "60"
    return response
