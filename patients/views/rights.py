"""The patient's own safety plan, access log and requests; the clinic's answers; the plan as the team reads it."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from patients import audit
from patients.access.permissions import access, find_or_404, get_episode_or_404, is_in_care, own_patient_or_404
from patients.access.requests import SignedInRequest
from patients.rights import access_log as log
from patients.rights import data_requests, safety_plans
from patients.rights.data_requests import RequestClosed
from patients.rights.forms import DataRequestForm, RequestAnswerForm, SafetyPlanForm
from patients.rights.safety_plans import PlanChanged

LONGEST_PAGE_NUMBER = 6


@require_GET
@access("own.read")
def safety_plan(request: SignedInRequest) -> HttpResponse:
    """Show patients their own plan, ready to be used."""
    plan = safety_plans.newest_safety_plan(own_patient_or_404(request))
    page = {"plan": plan, "sections": safety_plans.sections(plan) if plan else []}
    return TemplateResponse(request, "patients/rights/safety_plan.html", page)


@require_http_methods(["GET", "POST"])
@access("own.write")
def edit_safety_plan(request: SignedInRequest) -> HttpResponse:
    """Let patients write or change their plan; every version is kept."""
    patient = own_patient_or_404(request)
    plan = safety_plans.newest_safety_plan(patient)
    begun = safety_plans.plan_words(plan) | {"begun_with": plan.pk} if plan else {"begun_with": safety_plans.NO_PLAN}
    form = SafetyPlanForm(request.POST if request.method == "POST" else None, initial=begun)
    if request.method == "GET" or not form.is_valid():
        return TemplateResponse(request, "patients/rights/safety_plan_edit.html", {"form": form}, status=_status(form))
    try:
        safety_plans.save_safety_plan(
            patient=patient,
            words=form.words(),
            begun_with=form.cleaned_data["begun_with"],
            by=request.user,
            at=timezone.now(),
        )
    except PlanChanged as changed:
        page = {
            "form": SafetyPlanForm(initial=form.words() | {"begun_with": changed.newest.pk}),
            "newest": changed.newest,
            "sections": safety_plans.sections(changed.newest),
        }
        return TemplateResponse(request, "patients/rights/safety_plan_edit.html", page, status=409)
    messages.success(request, _("Saved. It is here whenever you need it."))
    return HttpResponseRedirect(reverse("safety_plan"))


@require_GET
@access("own.read")
def safety_plan_versions(request: SignedInRequest) -> HttpResponse:
    """Show patients every version of their plan, the newest first."""
    plans = safety_plans.versions(own_patient_or_404(request))
    page = {"versions": [(plan, safety_plans.sections(plan)) for plan in plans]}
    return TemplateResponse(request, "patients/rights/safety_plan_versions.html", page)


@require_GET
@access("episode.read")
def read_safety_plan(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show the care team the patient's plan; the patient sees who read it."""
    episode = get_episode_or_404(request, episode_id)
    plan = safety_plans.newest_safety_plan(episode.patient)
    if plan is not None:
        safety_plans.record_plan_reading(plan=plan, by=request.user, at=timezone.now())
    page = {"episode": episode, "plan": plan, "sections": safety_plans.sections(plan) if plan else []}
    return TemplateResponse(request, "patients/rights/safety_plan_team.html", page)


@require_GET
@access("own.read")
def access_log(request: SignedInRequest) -> HttpResponse:
    """Show patients who looked at their record, who changed it, and when."""
    wanted = request.GET.get("page", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < LONGEST_PAGE_NUMBER
    with_own = request.GET.get("own") == "yes"
    page = log.read(own_patient_or_404(request), with_own=with_own, page=int(wanted) if is_number else 1)
    return TemplateResponse(request, "patients/rights/rights_access_log.html", {"log": page, "with_own": with_own})


@require_http_methods(["GET", "POST"])
@access("own.write")
def my_requests(request: SignedInRequest) -> HttpResponse:
    """Let patients ask for a correction or erasure, and show what became of it."""
    patient = own_patient_or_404(request)
    form = DataRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        page = {
            "form": form,
            "requests": data_requests.requests_of(patient),
            "is_in_care": is_in_care(request),
        }
        return TemplateResponse(request, "patients/rights/rights_requests.html", page, status=_status(form))
    data_requests.ask(
        patient=patient, kind=form.kind_given, text=form.cleaned_data["text"], by=request.user, at=timezone.now()
    )
    messages.success(request, _("It is with the clinic. You will see the answer here."))
    return HttpResponseRedirect(reverse("my_requests"))


@require_GET
@access("clinic.manage")
def clinic_requests(request: SignedInRequest) -> HttpResponse:
    """List what patients have asked about their data: open ones first, without their words."""
    requests = data_requests.requests()
    audit.record_list(by=request.user, patients=len(requests), at=timezone.now())
    return TemplateResponse(request, "patients/rights/rights_clinic.html", {"requests": requests})


@require_http_methods(["GET", "POST"])
@access("clinic.manage")
def answer_request(request: SignedInRequest, request_id: UUID) -> HttpResponse:
    """Show one request with its words, and take the clinic's answer."""
    data_request = find_or_404(data_requests.requests(), request_id)
    form = RequestAnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        data_requests.record_request_reading(data_request=data_request, by=request.user, at=timezone.now())
        page = {"data_request": data_request, "form": form}
        return TemplateResponse(request, "patients/rights/rights_answer.html", page, status=_status(form))
    try:
        data_requests.answer(
            data_request=data_request,
            is_granted=form.is_granted,
            words=form.cleaned_data["answer"],
            by=request.user,
            at=timezone.now(),
        )
    except RequestClosed:
        messages.error(request, _("Someone has already answered this request. Here is what they wrote."))
        return HttpResponseRedirect(reverse("answer_request", args=[data_request.pk]))
    messages.success(request, _("Answered. The patient sees it under Me."))
    return HttpResponseRedirect(reverse("data_requests"))


def _status(form: Form) -> int:
    """Return the status of a page with a form: one that came back with problems is 422."""
    return 422 if form.is_bound else 200
