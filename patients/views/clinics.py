"""The clinic itself: hours, names and numbers; and which clinic a person of several works in now."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patients.access.middleware import ACTIVE_CLINIC
from patients.access.permissions import access
from patients.access.requests import SignedInRequest
from patients.clinics.forms import ClinicForm, CrisisContactFormSet, OtherHoursForm, crisis_contacts
from patients.people import people
from patients.people.people import NotYourClinic


@require_http_methods(["GET", "POST"])
@access("clinic.manage")
def clinic_safety(request: SignedInRequest) -> HttpResponse:
    """Set who is there when, and whom patients can call; show it as they will see it."""
    form = ClinicForm(request.POST or None, instance=request.clinic)
    other = OtherHoursForm(request.POST or None, clinic=request.clinic, prefix="other")
    # With what is stored beside what was sent, a row that is sent again counts as untouched and would be left out.
    stored = None if request.method == "POST" else request.clinic.crisis_contacts
    contacts = CrisisContactFormSet(request.POST or None, initial=stored, prefix="contacts")
    page = {"form": form, "other": other, "contacts": contacts}
    if request.method == "POST":
        if all([form.is_valid(), other.is_valid(), contacts.is_valid()]):
            form.instance.other_hours = other.hours()
            form.instance.crisis_contacts = crisis_contacts(contacts.forms)
            people.change_clinic(clinic=form.instance, by=request.user, at=timezone.now())
            messages.success(request, _("Saved. Patients see this from now on."))
            return HttpResponseRedirect(reverse("clinic_safety"))
        return TemplateResponse(request, "patients/clinics/clinic_safety.html", page | _stored(form), status=422)
    return TemplateResponse(request, "patients/clinics/clinic_safety.html", page | _stored(form))


def _stored(form: ClinicForm) -> dict[str, Any]:
    """Return what the page shows beside the forms: the clinic as it is stored."""
    clinic = people.stored_clinic(form.instance.pk)
    return {
        "stored": clinic,
        "may_ask": people.can_take_risk_answers(clinic),
        "responders": people.responders(),
        "needed": people.MINIMUM_RESPONDERS,
    }


@require_http_methods(["GET", "POST"])
@access("signed_in")
def choose_clinic(request: SignedInRequest) -> HttpResponse:
    """Let a person of several clinics say in which one to work now."""
    if request.method == "GET":
        return TemplateResponse(
            request, "patients/people/choose_clinic.html", {"clinics": people.clinics_of(request.user)}
        )
    try:
        chosen = people.choose_clinic(clinic_id=request.POST.get("clinic", ""), by=request.user, at=timezone.now())
    except NotYourClinic as problem:
        raise Http404 from problem
    request.session[ACTIVE_CLINIC] = str(chosen.pk)
    request.session.cycle_key()
    return HttpResponseRedirect(reverse("home"))
