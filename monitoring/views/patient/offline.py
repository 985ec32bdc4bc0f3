"""What a device keeps for the time without a connection: the looks of pages and the clinic's numbers, no health data."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET

from monitoring.views.patient.crisis import crisis_contacts
from patients.access.permissions import access
from patients.access.requests import SignedInRequest


@require_GET
@access("public")
def offline_page(request: HttpRequest) -> HttpResponse:
    """Show what to do without a connection, and whom to call; the same page for everyone of a clinic.

    The device keeps this page: what the product has to say to one person waits for the next one.
    """
    clinic = cast("SignedInRequest", request).clinic
    contacts = clinic.crisis_contacts if clinic else crisis_contacts(request)
    return TemplateResponse(request, "offline.html", {"contacts": contacts, "messages": ()})


@require_GET
@access("public")
def service_worker(request: HttpRequest) -> HttpResponse:
    """Hand out the service worker, from the root, so that it may stand before every page."""
    return TemplateResponse(request, "service-worker.js", {}, content_type="text/javascript; charset=utf-8")
