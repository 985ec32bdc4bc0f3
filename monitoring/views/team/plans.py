"""Beginning care: a new patient, the episode, and the rhythm of check-ins."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.plans import plans
from monitoring.plans.forms import RhythmForm
from patients.access.permissions import access, get_episode_or_404, may, visible_episodes
from patients.access.requests import SignedInRequest
from patients.accounts import invitations, namesakes
from patients.accounts.forms import NewPatientForm
from patients.care import teams
from patients.care.forms import ResponsibleForm
from patients.people import people
from patients.views.invitations import refuse_address_in_use, refuse_number_in_use, send_invitation

if TYPE_CHECKING:
    from patients.models import Episode, User

FIRST_HOUR = "18:00"


@require_http_methods(["GET", "POST"])
@access("care.organise")
def add_patient(request: SignedInRequest) -> HttpResponse:
    """Add a patient, open the episode under one's own care or a clinician's, agree on check-ins, invite the patient."""
    today = timezone.localdate()
    first = {"time_zone": request.clinic.time_zone, "started_on": today, "local_time": FIRST_HOUR, "cadence_weeks": 1}
    form = NewPatientForm(request.POST or None, today=today, initial=first)
    rhythm = RhythmForm(request.POST or None, may_ask_about_risk=plans.may_ask_about_risk(), initial=first)
    care = _responsible_form(request)
    if request.method == "POST" and form.is_valid():
        refuse_address_in_use(form, patient=None)
        refuse_number_in_use(form)
    is_valid = form.is_valid() and rhythm.is_valid() and (care is None or care.is_valid())
    warned = _warning(request, form) if form.is_bound and is_valid else None
    if request.method == "GET" or warned is not None or not is_valid:
        page = {"form": form, "rhythm": rhythm, "care": care, "warned": warned}
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "monitoring/team/add_patient.html", page, status=status)
    episode = _admit(request, form, rhythm, care.cleaned_data["responsible"] if care else None)
    if form.cleaned_data["email"]:
        link = invitations.invite_patient(
            patient=episode.patient, email=form.cleaned_data["email"], by=request.user, at=timezone.now()
        )
        send_invitation(request, link)
        messages.success(request, _("Added. The invitation is on its way. Now make the code that goes with it."))
        return HttpResponseRedirect(reverse("patient_account", args=[episode.pk]))
    messages.success(request, _("Added. A clinic admin can invite the patient later."))
    return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))


@require_http_methods(["GET", "POST"])
@access("episode.write")
def edit_rhythm(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Agree on another day, hour or distance of the check-ins, and on other questionnaires."""
    episode = get_episode_or_404(request, episode_id)
    plan = plans.of_episode(episode)
    if plan is None:
        raise Http404
    begun = {
        "weekday": plan.weekday,
        "local_time": plan.local_time,
        "cadence_weeks": plan.cadence_weeks,
        "instruments": list(plan.instruments),
    }
    form = RhythmForm(request.POST or None, may_ask_about_risk=plans.may_ask_about_risk(), initial=begun)
    if request.method == "GET" or not form.is_valid():
        page = {"episode": episode, "form": form}
        return TemplateResponse(request, "monitoring/team/edit_rhythm.html", page, status=422 if form.is_bound else 200)
    plans.change_rhythm(
        plan=plan,
        weekday=form.rhythm.weekday,
        local_time=form.rhythm.local_time,
        cadence_weeks=form.rhythm.cadence_weeks,
        instruments_every=form.instruments_after(plan.instruments),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("Saved. Check-ins that are open already stay as they are."))
    return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))


def _responsible_form(request: SignedInRequest) -> ResponsibleForm | None:
    """Return the choice of a clinician for whoever is none; a clinician who registers is responsible."""
    if may(roles=request.clinic_roles, rule="episode.write"):
        return None
    return ResponsibleForm(request.POST or None, clinicians=teams.clinicians())


def _warning(request: SignedInRequest, form: NewPatientForm) -> namesakes.Warned | None:
    """Return who may be the same person as the one of a valid form, unless the sender has said that nobody is."""
    warned = namesakes.warning(
        name=form.cleaned_data["name"],
        birth_date=form.cleaned_data["birth_date"],
        number=form.cleaned_data["external_id"],
        seen=visible_episodes(user=request.user, roles=request.clinic_roles),
        by=request.user,
        at=timezone.now(),
    )
    return None if warned is None or request.POST.get("another_person") == warned.key else warned


def _admit(request: SignedInRequest, form: NewPatientForm, rhythm: RhythmForm, responsible: "User | None") -> "Episode":
    """Write what valid forms say; the request's transaction holds it together."""
    data, now = form.cleaned_data, timezone.now()
    patient = people.add_patient(
        name=data["name"],
        birth_date=data["birth_date"],
        external_id=data["external_id"],
        time_zone=data["time_zone"],
        language=data["language"],
        by=request.user,
        at=now,
    )
    return plans.admit(
        patient=patient,
        started_on=data["started_on"],
        problems=data["problems"],
        goal=data["goal"],
        rhythm=rhythm.rhythm,
        responsible=responsible,
        by=request.user,
        at=now,
    )
