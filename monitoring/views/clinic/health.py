"""What monitors ask, and what people see when something of ours is away."""

import sys
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from monitoring.operations import heartbeats
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
    """Say whether the database answers and how old the last sweep is: 503 when someone must look.

    That is when checking has stopped, a clock is off, mail about alerts is refused, or no one may see an open alert.
    """
    now = timezone.now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            skew = abs(float(cursor.fetchone()[0]) - now.timestamp())
        age = heartbeats.seconds_since(heartbeats.SWEEP, at=now)
        outdated = heartbeats.remaining(heartbeats.REASSESSMENT)
        uncompared = heartbeats.remaining(heartbeats.PANEL)
        refused, unseen = heartbeats.trouble(heartbeats.MAIL), heartbeats.trouble(heartbeats.UNSEEN)
        zones = heartbeats.trouble(heartbeats.ZONES)
    except DatabaseError:
        return JsonResponse({"ok": False, "db": False}, status=503)
    is_checked = age is not None and age <= heartbeats.STOPPED_AFTER_SECONDS
    is_well = is_checked and skew <= heartbeats.LARGEST_SKEW_SECONDS and not refused and not unseen
    facts = {"ok": is_well, "db": True, "sweep_age_s": age, "clock_skew_s": round(skew, 3)}
    facts |= {"outdated_assessments": outdated, "panel_remaining": uncompared}
    # A warning: days are counted by us, never by the database.
    facts |= {"mail_refused": refused, "alerts_nobody_sees": unseen, "zones_read_differently": zones}
    return JsonResponse(facts, status=200 if is_well else 503)


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
