"""What is tried in an episode, and what happened meanwhile: start, change, stop, life event."""

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.access.permissions import access, find_or_404, get_episode_or_404, may
from patients.access.requests import SignedInRequest
from patients.care import episodes, interactions, life_events, teams, treatments
from patients.care.episodes import CareConflict
from patients.care.exposure_forms import StopForm
from patients.care.forms import DoseChangeForm, InterventionForm, LifeEventForm, TeamForm
from patients.care.treatments import AlreadyRunning

if TYPE_CHECKING:
    from patients.models import Episode, Intervention, User


@require_http_methods(["GET", "POST"])
@access("episode.write")
def start_intervention(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Record that something is tried from a day on."""
    episode = get_episode_or_404(request, episode_id)
    today = episodes.today(episode, at=timezone.now())
    form = InterventionForm(request.POST or None, today=today, initial={"started_on": today})
    if request.method == "GET" or not form.is_valid():
        return _page(request, "patients/care/intervention_new.html", episode, form)
    try:
        treatments.start_intervention(
            episode=episode,
            kind=form.kind_given,
            name=form.cleaned_data["name"],
            started_on=form.cleaned_data["started_on"],
            dose=form.dose,
            by=request.user,
            at=timezone.now(),
        )
    except AlreadyRunning as conflict:
        form.add_error("name", _already_runs(conflict.running))
        return _page(request, "patients/care/intervention_new.html", episode, form)
    _warn_of_interactions(request, episode)
    return _back(request, episode, form.understood)


def _already_runs(running: "Intervention") -> str:
    """Say in words that two doses of one thing would overlap."""
    start = _day(running.started_on)
    if running.stopped_on is None:
        return _(
            "This treatment started on %(start)s and is still active. Change its dose instead of starting it again."
        ) % {"start": start}
    stop = _day(running.stopped_on)
    return _("This treatment ran from %(start)s to %(stop)s. Start it again on that day or later.") % {
        "start": start,
        "stop": stop,
    }


def _warn_of_interactions(request: SignedInRequest, episode: "Episode") -> None:
    """Warn, in the clinic's own words, of pairs of its list that are active now."""
    running = [step.name for step in treatments.interventions(episode) if step.stopped_on is None]
    for pair in interactions.warnings(running):
        words = {"first": pair.first, "second": pair.second, "note": pair.note, "source": pair.source}
        messages.warning(request, _("%(first)s and %(second)s are both active: %(note)s (%(source)s)") % words)


@require_http_methods(["GET", "POST"])
@access("episode.write")
def change_intervention(request: SignedInRequest, episode_id: UUID, intervention_id: UUID) -> HttpResponse:
    """Record a new dose or frequency from a day on."""
    episode, intervention, today = _find(request, episode_id, intervention_id)
    form = DoseChangeForm(request.POST or None, today=today, initial={"from_on": today})
    if request.method == "POST" and form.is_valid() and form.dose is not None:
        try:
            treatments.change_intervention(
                intervention=intervention,
                dose=form.dose,
                from_on=form.cleaned_data["from_on"],
                by=request.user,
                at=timezone.now(),
            )
        except CareConflict:
            form.add_error("from_on", _conflict(intervention))
        else:
            return _back(request, episode, form.understood)
    return _page(request, "patients/care/intervention_change.html", episode, form, intervention)


@require_http_methods(["GET", "POST"])
@access("episode.write")
def stop_intervention(request: SignedInRequest, episode_id: UUID, intervention_id: UUID) -> HttpResponse:
    """Record the stop and its reason."""
    episode, intervention, today = _find(request, episode_id, intervention_id)
    form = StopForm(request.POST or None, today=today, initial={"stopped_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            treatments.stop_intervention(
                intervention=intervention,
                stopped_on=form.cleaned_data["stopped_on"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except CareConflict:
            form.add_error("stopped_on", _conflict(intervention, is_stop=True))
        else:
            return _back(request, episode)
    return _page(request, "patients/care/intervention_stop.html", episode, form, intervention)


@require_http_methods(["GET", "POST"])
@access("episode.write")
def add_life_event(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Pin something that happened to a day."""
    episode = get_episode_or_404(request, episode_id)
    today = episodes.today(episode, at=timezone.now())
    form = LifeEventForm(request.POST or None, today=today, initial={"happened_on": today})
    if request.method == "GET" or not form.is_valid():
        return _page(request, "patients/care/life_event_new.html", episode, form)
    life_events.add_life_event(
        episode=episode,
        title=form.cleaned_data["title"],
        happened_on=form.cleaned_data["happened_on"],
        by=request.user,
        at=timezone.now(),
    )
    return _back(request, episode)


@require_http_methods(["GET", "POST"])
@access("team.manage")
def care_team(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Show who cares for the patient, and let another clinician join."""
    episode = get_episode_or_404(request, episode_id)
    form = TeamForm(request.POST or None, candidates=teams.candidates(episode))
    responsible = teams.responsible_clinician(episode)
    if form.is_valid() and form.cleaned_data["is_responsible"] and responsible is not None:
        form.add_error("is_responsible", _stays_responsible(responsible))
    if request.method == "GET" or not form.is_valid():
        page = {
            "episode": episode,
            "form": form,
            "memberships": teams.memberships(episode),
            "may_end_care": may(roles=request.clinic_roles, rule="episode.write"),
        }
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "patients/care/care_team.html", page, status=status)
    member = form.cleaned_data["member"]
    teams.join_care_team(
        episode=episode,
        member=member,
        profession=teams.profession_of(member),
        is_responsible=form.cleaned_data["is_responsible"],
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, _("%(name)s is on the care team now.") % {"name": member})
    return HttpResponseRedirect(reverse("care_team", args=[episode.pk]))


def _stays_responsible(responsible: "User") -> str:
    """Say that nobody is replaced without being asked."""
    return _("%(name)s is responsible. Use “Hand over to a colleague”: nobody is replaced without an answer.") % {
        "name": responsible
    }


@require_POST
@access("team.manage")
def leave_care_team(request: SignedInRequest, episode_id: UUID, membership_id: UUID) -> HttpResponse:
    """End a membership; the responsible clinician leaves only after someone has taken over."""
    episode = get_episode_or_404(request, episode_id)
    membership = find_or_404(teams.memberships(episode), membership_id)
    try:
        teams.leave_care_team(episode=episode, member=membership.user, by=request.user, at=timezone.now())
    except CareConflict:
        messages.error(request, _("Choose another responsible clinician first. Every patient needs one."))
    else:
        messages.success(request, _("%(name)s has left the care team.") % {"name": membership.user})
    has_left = membership.user == request.user
    return HttpResponseRedirect(reverse("caseload") if has_left else reverse("care_team", args=[episode.pk]))


def _find(request: SignedInRequest, episode_id: UUID, intervention_id: UUID) -> tuple["Episode", "Intervention", date]:
    """Return the episode, one of its interventions, and the patient's today."""
    episode = get_episode_or_404(request, episode_id)
    intervention = find_or_404(treatments.interventions(episode), intervention_id)
    return episode, intervention, episodes.today(episode, at=timezone.now())


def _conflict(intervention: "Intervention", *, is_stop: bool = False) -> str:
    """Say in words which days are possible."""
    start, newest = intervention.started_on, treatments.last_step_on(intervention)
    if intervention.stopped_on is None and is_stop and newest > start:
        return _("The latest change was on %(start)s. Choose that day or a later one.") % {"start": _day(newest)}
    days = {"start": _day(start)}
    if intervention.stopped_on is None:
        return _("It started on %(start)s. Choose that day or a later one.") % days
    days["stop"] = _day(intervention.stopped_on)
    return _("It ran from %(start)s to %(stop)s and has ended.") % days


def _day(day: date) -> str:
    """Return a day as the pages write it."""
    return date_format(day, "j M Y")


def _page(
    request: SignedInRequest, template: str, episode: "Episode", form: Form, intervention: "Intervention | None" = None
) -> HttpResponse:
    """Show a form about an episode; a form with problems has status 422."""
    page: dict[str, Any] = {
        "episode": episode,
        "form": form,
        "intervention": intervention,
        "interventions": treatments.interventions(episode),
    }
    return TemplateResponse(request, template, page, status=422 if form.is_bound else 200)


def _back(request: SignedInRequest, episode: "Episode", understood: str = "") -> HttpResponse:
    """Say that it is recorded, and how a dose was understood, and go back to the course."""
    messages.success(request, _("Recorded. The next assessment takes it into account."))
    if understood:
        messages.info(request, understood)
    return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))
