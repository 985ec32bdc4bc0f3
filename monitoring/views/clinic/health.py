"""What monitors ask, and what people see when something of ours is away."""

import sys
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET

from monitoring.operations import health, metrics
from monitoring.views.patient.crisis import crisis_contacts
from patients.access.permissions import access


@require_GET
@access("public")
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers, and of which version it is; nothing else is looked at."""
    return JsonResponse({"ok": True, "version": settings.VERSION})


@require_GET
@access("public")
def healthz(request: HttpRequest) -> HttpResponse:
    """Say in numbers how the machine is: 503 when somebody must look, by the rules of monitoring/operations/health.py."""
    try:
        found = health.look(at=timezone.now())
    except DatabaseError:
        return JsonResponse({"ok": False, "db": False}, status=503)
    return JsonResponse({"ok": found.is_well, "db": True, **found.facts}, status=200 if found.is_well else 503)


@require_GET
@access("public")
def prometheus(request: HttpRequest) -> HttpResponse:
    """Hand out the same numbers for Prometheus, to whom knows the token; without a token there is no such page."""
    said = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(said, f"Bearer {settings.METRICS_TOKEN}"):
        raise Http404
    try:
        page = metrics.exposition(at=timezone.now())
    except DatabaseError:
        page = metrics.exposition_without_database()
    return HttpResponse(page, content_type=metrics.CONTENT_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when a view failed: "not saved" when the database is away, with what was typed and the crisis numbers.

    Rendered without the request: sessions and messages live in the database that may just be away.
    """
    is_outage = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    page: dict[str, Any] = {"crisis_contacts": crisis_contacts(request)}
    if not is_outage:
        return HttpResponse(render_to_string("500.html", page), status=500)
    if request.method == "POST":
        page["action"] = request.path
        page["typed"] = [(name, value) for name, values in request.POST.lists() for value in values]
    return HttpResponse(render_to_string("503.html", page), status=503, headers={"Retry-After": "30"})
