"""What was taken up of something that is tried, what it should bring, and what surrounds it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from patients.access.permissions import access, find_or_404, get_episode_or_404
from patients.access.requests import SignedInRequest, takes_a_file
from patients.care import context, episodes, exposure, interactions, treatments
from patients.care.episodes import CareConflict
from patients.care.exposure_forms import ContextForm, ExpectationForm, PairFileForm, PairForm, SessionForm
from patients.care.interactions import PairKnown, SameThing


@require_http_methods(["GET", "POST"])
@access("episode.write")
def record_session(request: SignedInRequest, episode_id: UUID, intervention_id: UUID) -> HttpResponse:
    """Record how an occasion went: one button for each answer, today unless another day is chosen."""
    episode = get_episode_or_404(request, episode_id)
    intervention = find_or_404(treatments.interventions(episode), intervention_id)
    today = episodes.today(episode, at=timezone.now())
    form = SessionForm(request.POST or None, today=today, initial={"on": today})
    if request.method == "POST" and form.is_valid():
        try:
            session = exposure.record_session(
                intervention=intervention,
                on=form.cleaned_data["on"],
                kept=form.kept,
                homework=form.homework,
                by=request.user,
                at=timezone.now(),
            )
        except CareConflict:
            form.add_error("on", _("This day is before the start or after the end."))
        else:
            what = {"day": date_format(session.on, "j M Y"), "words": session.in_words()}
            messages.success(request, _("Recorded for %(day)s: %(words)s.") % what)
            return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))
    sessions = list(intervention.sessions.all())
    page = {
        "episode": episode,
        "intervention": intervention,
        "form": form,
        "sessions": sessions[::-1],
        "uptake": exposure.uptake(sessions),
        "expectations": intervention.expectations.all(),
    }
    return TemplateResponse(request, "patients/care/session_new.html", page, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access("episode.write")
def expect(request: SignedInRequest, episode_id: UUID, intervention_id: UUID) -> HttpResponse:
    """Agree on what something should bring, by how much and by when."""
    episode = get_episode_or_404(request, episode_id)
    intervention = find_or_404(treatments.interventions(episode), intervention_id)
    form = ExpectationForm(request.POST or None, today=episodes.today(episode, at=timezone.now()))
    if request.method == "POST" and form.is_valid():
        try:
            exposure.expect(intervention=intervention, **form.cleaned_data, by=request.user, at=timezone.now())
        except CareConflict:
            form.add_error("by_on", _("This day is before the start."))
        else:
            messages.success(request, _("Recorded."))
            return HttpResponseRedirect(reverse("record_session", args=[episode.pk, intervention.pk]))
    page = {
        "episode": episode,
        "intervention": intervention,
        "form": form,
        "expectations": intervention.expectations.all(),
    }
    return TemplateResponse(request, "patients/care/expectation_new.html", page, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access("episode.write")
def episode_context(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show what surrounds a treatment, with its history, and add a fact."""
    episode = get_episode_or_404(request, episode_id)
    today = episodes.today(episode, at=timezone.now())
    form = ContextForm(request.POST or None, today=today, initial={"from_on": today})
    if request.method == "POST" and form.is_valid():
        context.note(
            episode=episode,
            kind=form.kind_given,
            text=form.cleaned_data["text"],
            from_on=form.cleaned_data["from_on"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _("Recorded."))
        return HttpResponseRedirect(reverse("episode_context", args=[episode.pk]))
    page = {"episode": episode, "form": form, "topics": context.topics(episode)}
    return TemplateResponse(request, "patients/care/context.html", page, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access("clinic.manage")
@takes_a_file
def interaction_list(request: SignedInRequest) -> HttpResponse:
    """Show the clinic's own list of pairs, and add one or a file of them."""
    is_file = bool(request.FILES)
    pair_form = PairForm(request.POST if request.method == "POST" and not is_file else None)
    file_form = PairFileForm(request.POST if is_file else None, request.FILES or None)
    form = file_form if is_file else pair_form
    if request.method == "POST" and form.is_valid():
        try:
            number = interactions.add(pairs=form.pairs, by=request.user, at=timezone.now())
        except PairKnown as problem:
            form.add_error(None, _("Already on the list, or entered twice: %(pair)s.") % {"pair": problem})
        except SameThing as problem:
            form.add_error(None, _("Both names are the same: %(name)s.") % {"name": problem})
        else:
            added = ngettext("%(number)d pair added to the list.", "%(number)d pairs added to the list.", number)
            messages.success(request, added % {"number": number})
            return HttpResponseRedirect(reverse("interaction_list"))
    page = {"pairs": interactions.listed(), "pair_form": pair_form, "file_form": file_form}
    return TemplateResponse(request, "patients/care/interactions.html", page, status=422 if form.is_bound else 200)


@require_POST
@access("clinic.manage")
def remove_interaction(request: SignedInRequest, pair_id: UUID) -> HttpResponse:
    """Take a pair off the list."""
    interactions.remove(pair=find_or_404(interactions.listed(), pair_id), by=request.user, at=timezone.now())
    messages.success(request, _("Removed from the list."))
    return HttpResponseRedirect(reverse("interaction_list"))
