"""What a patient agreed to, and how to take it back."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from patients.access.permissions import access, is_in_care, own_patient_or_404
from patients.access.requests import SignedInRequest
from patients.rights import consent


@require_GET
@access("own.read")
def my_settings(request: SignedInRequest) -> HttpResponse:
    """Show what the patient agreed to, and the way out."""
    patient = own_patient_or_404(request)
    page = {"purposes": consent.decisions(patient), "is_in_care": is_in_care(request)}
    return TemplateResponse(request, "monitoring/patient/my_settings.html", page)


@require_POST
@access("own.write")
def decide_consent(request: SignedInRequest) -> HttpResponse:
    """Give or take back one consent; what follows is told before the check-ins are taken back."""
    patient = own_patient_or_404(request)
    if request.POST.get("check_ins") == "no" and "confirmed" not in request.POST:
        return TemplateResponse(request, "monitoring/patient/my_settings_confirm.html", {})
    for purpose in consent.purposes():
        answer = request.POST.get(purpose.value)
        if answer in {"yes", "no"}:
            consent.decide(
                patient=patient, purpose=purpose, is_given=answer == "yes", by=request.user, at=timezone.now()
            )
            messages.success(request, _("Your decision is recorded."))
    return HttpResponseRedirect(reverse("my_settings"))
