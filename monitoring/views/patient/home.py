"""The first page after signing in: the patient's start page, or where the day of staff begins."""

from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from monitoring.check_ins import start
from monitoring.plans import plans
from monitoring.views.patient.crisis import remember_crisis_contacts
from monitoring.worklists.transfers import discharges
from patients.access.permissions import access, may, own_record_or_404
from patients.access.requests import SignedInRequest


@require_GET
@access("signed_in")
def home(request: SignedInRequest) -> HttpResponse:
    """Show the patient's start card; take staff to where their day begins."""
    for rule, page in (("caseload.read", "caseload"), ("people.manage", "people")):
        if may(roles=request.clinic_roles, rule=rule):
            return HttpResponseRedirect(reverse(page))
    if not may(roles=request.clinic_roles, rule="own.read"):
        return TemplateResponse(request, "monitoring/team/no_clinic.html", {})
    episode, now = own_record_or_404(request), timezone.now()
    if episode.ended_on is not None:
        ended = {"episode": episode, "discharge": discharges.of_episode(episode)}
        after = TemplateResponse(request, "monitoring/patient/home_after_care.html", ended)
        return remember_crisis_contacts(request, after, request.clinic)
    plans.open_due_weeks(episode=episode, at=now)
    start_page = start.load_start_page(episode, clinic=request.clinic, at=now)
    card = TemplateResponse(request, "monitoring/patient/home.html", vars(start_page))
    return remember_crisis_contacts(request, card, request.clinic)
