"""The patient's own question: set or changed by the patient, or by a clinician together with the patient."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitoring.check_ins.forms import OwnItemForm
from monitoring.plans import own_items
from patients.access.permissions import access, get_episode_or_404, own_episode_or_404
from patients.access.requests import SignedInRequest

if TYPE_CHECKING:
    from patients.models import Episode


@require_http_methods(["GET", "POST"])
@access("own.write")
def my_item(request: SignedInRequest) -> HttpResponse:
    """Let patients put one question in their own words."""
    episode = own_episode_or_404(request)
    return _answer(request, episode, template="monitoring/patient/my_item.html", back=reverse("home"))


@require_http_methods(["GET", "POST"])
@access("episode.write")
def episode_item(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Let a clinician write it down in the patient's words."""
    episode = get_episode_or_404(request, episode_id)
    back = reverse("trajectory", args=[episode.pk])
    return _answer(request, episode, template="monitoring/team/episode_item.html", back=back)


def _answer(request: SignedInRequest, episode: "Episode", *, template: str, back: str) -> HttpResponse:
    """Show the question, set another one, or ask none any more."""
    if request.method == "POST" and "drop" in request.POST:
        own_items.drop_own_item(episode=episode, by=request.user, at=timezone.now())
        messages.success(request, _("This question is no longer asked. The answers stay in the chart."))
        return HttpResponseRedirect(back)
    item = own_items.own_item(episode)
    form = OwnItemForm(request.POST or None, initial=own_items.form_values(item) if item else None)
    if request.method == "GET" or not form.is_valid():
        page = {"episode": episode, "form": form, "item": item}
        return TemplateResponse(request, template, page, status=200 if request.method == "GET" else 422)
    own_items.set_own_item(episode=episode, by=request.user, at=timezone.now(), **form.question())
    messages.success(request, _("This question is now asked with every check-in."))
    return HttpResponseRedirect(back)
