"""Handing somebody over: ask a colleague, answer, and see what became of it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from monitoring.worklists.transfers import hand_overs
from monitoring.worklists.transfers.hand_over_forms import AnswerForm, HandOverForm
from monitoring.worklists.transfers.hand_overs import (
    HandOverConflict,
    HandOverWaits,
    NotTheOneAsked,
    ReasonMissing,
    ReceiverNotPossible,
)
from patients import audit
from patients.access.permissions import access, find_or_404, get_episode_or_404, visible_episodes
from patients.access.requests import SignedInRequest
from patients.care import teams
from patients.clinics import hours

if TYPE_CHECKING:
    from monitoring.models import HandOver

MOST_SHOWN = 50


@require_http_methods(["GET", "POST"])
@access("team.manage")
def offer_hand_over(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Ask a named clinician to become responsible for somebody."""
    episode = get_episode_or_404(request, episode_id)
    form = HandOverForm(request.POST or None, receivers=hand_overs.receivers(episode))
    waits, status = hand_overs.waiting_for(episode), 200
    if request.method == "POST" and waits is None:
        status = 422
        if form.is_valid():
            try:
                asked = hand_overs.ask(
                    episode=episode,
                    to=form.cleaned_data["to"],
                    note=form.cleaned_data["note"],
                    by=request.user,
                    at=timezone.now(),
                )
            except (HandOverWaits, ReceiverNotPossible):
                form.add_error(None, _("Somebody else has acted meanwhile. Open this page again."))
            else:
                messages.success(
                    request, _("%(name)s is asked. Until the answer nothing changes.") % {"name": asked.to}
                )
                return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))
    if waits is not None:
        return HttpResponseRedirect(reverse("hand_over", args=[waits.pk]))
    page = {"episode": episode, "form": form, "responsible": teams.responsible_clinician(episode)}
    return TemplateResponse(request, "monitoring/team/offer_hand_over.html", page, status=status)


@require_GET
@access("team.manage")
def hand_over_list(request: SignedInRequest) -> HttpResponse:
    """Show what waits for one's own answer, and what became of the others."""
    rows = list(_seen(request)[:MOST_SHOWN])
    mine = [row for row in rows if row.is_open and row.to == request.user]
    audit.record_list(by=request.user, patients=len({row.episode_id for row in rows}), at=timezone.now())
    page = {"mine": mine, "others": [row for row in rows if row not in mine]}
    return TemplateResponse(request, "monitoring/team/hand_overs.html", page)


@require_http_methods(["GET", "POST"])
@access("team.manage")
def hand_over(request: SignedInRequest, hand_over_id: UUID) -> HttpResponse:
    """Show one request, and take its answer; who read it is recorded."""
    found = find_or_404(_seen(request), hand_over_id)
    if request.method == "GET":
        return _show(request, found, AnswerForm(initial={"version": found.version}))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, status=422)
    try:
        return _answer(request, found, form)
    except HandOverConflict as conflict:
        form.add_error(None, _("This was answered or taken back meanwhile. It reads now as follows."))
        return _show(request, conflict.hand_over, form, status=409)
    except (NotTheOneAsked, ReceiverNotPossible):
        form.add_error(None, _("Only who was asked can answer."))
    except ReasonMissing:
        form.add_error("reason", _("Say why you return it: the ones who asked have to find somebody else"))
    return _show(request, found, form, status=422)


def _answer(request: SignedInRequest, found: "HandOver", form: AnswerForm) -> HttpResponse:
    """Store an answer, and lead to where it goes on."""
    step, version, now = request.POST.get("step", ""), form.cleaned_data["version"], timezone.now()
    if step == "accept":
        done = hand_overs.accept(hand_over=found, version=version, by=request.user, at=now)
        messages.success(request, _("You are responsible now for this patient."))
        return HttpResponseRedirect(reverse("trajectory", args=[done.episode_id]))
    if step == "withdraw":
        _check_may_withdraw(request, found)
        hand_overs.withdraw(hand_over=found, version=version, by=request.user, at=now)
        messages.success(request, _("Taken back. Nothing has changed."))
    else:
        reason = form.cleaned_data["reason"]
        hand_overs.give_back(hand_over=found, version=version, reason=reason, by=request.user, at=now)
        messages.success(request, _("Returned, with your reason."))
    return HttpResponseRedirect(reverse("hand_over_list"))


def _check_may_withdraw(request: SignedInRequest, found: "HandOver") -> None:
    """Let those who may see the person take the question back.

    Raises:
        NotTheOneAsked: this person was asked alone.
    """
    seen = visible_episodes(user=request.user, roles=request.clinic_roles)
    if not seen.filter(pk=found.episode_id).exists():
        raise NotTheOneAsked


def _seen(request: SignedInRequest) -> Any:
    """Return the hand-overs that this person may see."""
    return hand_overs.seen_by(
        user=request.user, episodes=visible_episodes(user=request.user, roles=request.clinic_roles)
    )


def _show(request: SignedInRequest, found: "HandOver", form: AnswerForm, *, status: int = 200) -> HttpResponse:
    """Return the page of one request."""
    hand_overs.record_reading(found, by=request.user, at=timezone.now())
    open_alerts, planned = hand_overs.comes_along(found)
    seen = visible_episodes(user=request.user, roles=request.clinic_roles)
    page = {
        "hand_over": found,
        "form": form,
        "open_alerts": open_alerts,
        "planned": planned,
        "is_asked": found.is_open and found.to == request.user,
        "may_see_person": seen.filter(pk=found.episode_id).exists(),
        "lapses": hours.moment_in_words(request.clinic, found.lapses_at, reader_zone=request.clinic.time_zone),
    }
    return TemplateResponse(request, "monitoring/team/hand_over.html", page, status=status)
