"""One log line per request: route name, status, duration; no path, no query, no name."""

import logging
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from config.logs import request_id
from patients import audit

log = logging.getLogger(__name__)

# Asked every few seconds by monitors; logging them would hide the rest.
QUIET_ROUTES = {"livez", "healthz"}


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
