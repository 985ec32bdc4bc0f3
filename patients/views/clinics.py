"""The clinic itself: hours, names and numbers; who is away; which clinic a person of several works in now."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients import zones
from patients.access.middleware import ACTIVE_CLINIC
from patients.access.permissions import access, find_or_404
from patients.access.requests import SignedInRequest
from patients.clinics.forms import ClinicForm, CrisisContactFormSet, OtherHoursForm, crisis_contacts
from patients.people import absences, people
from patients.people.absence_forms import AbsenceForm
from patients.people.absences import AbsenceNotPossible
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


@require_http_methods(["GET", "POST"])
@access("alert.read")
def staff_away(request: SignedInRequest) -> HttpResponse:
    """Show who is away, and note further days."""
    now = timezone.now()
    today = zones.local_day(now, request.clinic.time_zone)
    form = AbsenceForm(request.POST or None, people=absences.staff(), initial={"user": request.user})
    if request.method == "POST" and form.is_valid():
        try:
            absences.plan(**form.cleaned_data, by=request.user, today=today, at=now)
        except AbsenceNotPossible:
            form.add_error("last", _("Choose days that are not over, half a year at most."))
        else:
            messages.success(request, _("Saved. Notifications go to the stand-in on these days."))
            return HttpResponseRedirect(reverse("staff_away"))
    status = 422 if request.method == "POST" else 200
    page = {"form": form, "planned": absences.planned(today=today), "today": today}
    return TemplateResponse(request, "patients/people/staff_away.html", page, status=status)


@require_POST
@access("alert.read")
def end_absence(request: SignedInRequest, absence_id: UUID) -> HttpResponse:
    """End an absence."""
    now = timezone.now()
    today = zones.local_day(now, request.clinic.time_zone)
    absence = find_or_404(absences.planned(today=today), absence_id)
    absences.end(absence=absence, by=request.user, at=now)
    messages.success(request, _("Removed. %(name)s gets notifications again.") % {"name": absence.user})
    return HttpResponseRedirect(reverse("staff_away"))
