"""The patient's own plan: what was agreed, the next review, events for the chart, and the own data to take home."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from monitoring.course import persons
from monitoring.reviews import reviews
from monitoring.reviews.forms import TopicsForm
from monitoring.take_home import files
from monitoring.take_home.files import TooManyDownloads
from monitoring.take_home.forms import DownloadForm
from patients.access.confirmations import ask_again
from patients.access.permissions import access, find_or_404, own_episode_or_404, own_patient_or_404, own_record_or_404
from patients.access.requests import SignedInRequest
from patients.care import episodes, life_events
from patients.care.forms import LifeEventForm
from patients.rights import safety_plans


@require_GET
@access("own.read")
def my_plan(request: SignedInRequest) -> HttpResponse:
    """Show what was agreed, when it is looked at again, and what we are trying."""
    episode = own_record_or_404(request)
    if episode.ended_on is not None:
        messages.info(request, _("After the end of care there is no plan. Your safety plan is on this page."))
        return HttpResponseRedirect(reverse("home"))
    review = reviews.coming(episode, at=timezone.now())
    page = {
        "episode": episode,
        "actions": reviews.actions(episode),
        "review": review,
        "review_at": reviews.time_in_words(review, reader_zone=episode.patient.time_zone),
        "topics": reviews.topics_of(review) if review else [],
        "running": persons.load_running(episode),
        "safety_plan": safety_plans.newest_safety_plan(episode.patient),
    }
    return TemplateResponse(request, "monitoring/patient/my_plan.html", page)


@require_POST
@access("own.write")
def finish_own_action(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """Mark something the patient has taken on as done."""
    episode = own_episode_or_404(request)
    action = find_or_404(reviews.own_actions(episode), action_id)
    reviews.finish(action=action, by=request.user, at=timezone.now())
    messages.success(request, _("Marked as done. Your team sees it too."))
    return HttpResponseRedirect(reverse("my_plan"))


@require_POST
@access("own.write")
def reopen_own_action(request: SignedInRequest, action_id: UUID) -> HttpResponse:
    """Take back that something the patient has taken on is done."""
    action = find_or_404(reviews.own_actions(own_episode_or_404(request)), action_id)
    reviews.reopen(action=action, by=request.user, at=timezone.now())
    messages.success(request, _("It is open again."))
    return HttpResponseRedirect(reverse("my_plan"))


@require_POST
@access("own.write")
def remove_own_event(request: SignedInRequest, event_id: UUID) -> HttpResponse:
    """Take an event off the own chart that the patient put there."""
    event = find_or_404(life_events.life_events_of(own_episode_or_404(request), recorded_by=request.user), event_id)
    life_events.remove_life_event(event=event, by=request.user, at=timezone.now())
    messages.success(request, _("It has been removed from your chart."))
    return HttpResponseRedirect(reverse("my_chart"))


@require_http_methods(["GET", "POST"])
@access("own.write")
def prepare_review(request: SignedInRequest) -> HttpResponse:
    """Let the patient choose up to three things to talk about."""
    episode = own_episode_or_404(request)
    review = reviews.coming(episode, at=timezone.now())
    if review is None:
        return HttpResponseRedirect(reverse("my_plan"))
    form = TopicsForm(request.POST if request.method == "POST" else None, initial=TopicsForm.initial_of(review.topics))
    if request.method == "GET" or not form.is_valid():
        when = reviews.time_in_words(review, reader_zone=episode.patient.time_zone)
        page = {"form": form, "review_at": when}
        return TemplateResponse(
            request, "monitoring/patient/my_plan_review.html", page, status=422 if form.is_bound else 200
        )
    reviews.prepare(episode=episode, topics=form.topics(), by=request.user, at=timezone.now())
    messages.success(request, _("Saved. Your team sees what you would like to talk about."))
    return HttpResponseRedirect(reverse("my_plan"))


@require_http_methods(["GET", "POST"])
@access("own.write")
def add_own_event(request: SignedInRequest) -> HttpResponse:
    """Let the patient pin something that happened to the own chart."""
    episode = own_episode_or_404(request)
    today = episodes.today(episode, at=timezone.now())
    form = LifeEventForm(
        request.POST if request.method == "POST" else None, today=today, initial={"happened_on": today}
    )
    if request.method == "GET" or not form.is_valid():
        return TemplateResponse(
            request, "monitoring/patient/my_chart_event.html", {"form": form}, status=422 if form.is_bound else 200
        )
    life_events.add_life_event(
        episode=episode,
        title=form.cleaned_data["title"],
        happened_on=form.cleaned_data["happened_on"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("It is on your chart now."))
    return HttpResponseRedirect(reverse("my_chart"))


@require_http_methods(["GET", "POST"])
@access("own.write")
def my_download(request: SignedInRequest) -> HttpResponse:
    """Give patients everything that is kept about them, after asking once more who they are."""
    patient = own_patient_or_404(request)
    confirmation = ask_again(request)
    if confirmation is not None:
        return confirmation
    if request.method == "GET":
        return TemplateResponse(request, "monitoring/patient/my_download.html", {})
    form = DownloadForm(request.POST)
    if not form.is_valid():
        return TemplateResponse(request, "monitoring/patient/my_download.html", {"problem": True}, status=422)
    now = timezone.now()
    try:
        file = files.download(patient=patient, kind=form.kind, by=request.user, at=now)
    except TooManyDownloads as problem:
        response: HttpResponse = TemplateResponse(
            request, "monitoring/patient/my_download.html", {"again_at": problem.again_at}, status=429
        )
        response.headers["Retry-After"] = str(int((problem.again_at - now).total_seconds()) + 1)
        return response
    response = HttpResponse(file.content, content_type=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
