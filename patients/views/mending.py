"""Correct what was entered wrong: the details of a person, and entries that are taken out with a reason."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from patients.access.permissions import access, get_episode_or_404
from patients.access.requests import SignedInRequest
from patients.care import episodes
from patients.mending import details, entries
from patients.mending.details import NumberTaken
from patients.mending.entries import AlreadyVoided, EntryKind
from patients.mending.forms import DetailsForm, VoidForm, details_of

if TYPE_CHECKING:
    from patients.models import Episode
    from patients.models.voids import Voidable


@require_http_methods(["GET", "POST"])
@access("care.organise")
def edit_details(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Correct who a person is, how the person is reached, and what the care is for."""
    episode, now = get_episode_or_404(request, episode_id), timezone.now()
    today = episodes.today(episode, at=now)
    form = DetailsForm(request.POST or None, today=today, initial=details_of(episode))
    if request.method == "POST" and form.is_valid():
        try:
            changed = details.change(episode=episode, person=form.person, care=form.care, by=request.user, at=now)
        except NumberTaken:
            form.add_error("external_id", _("Another patient of the clinic has this number."))
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was different."))
            return HttpResponseRedirect(reverse("trajectory", args=[episode.pk]))
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "patients/mending/details.html", {"episode": episode, "form": form}, status=status)


@require_GET
@access("episode.write")
def episode_entries(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """List what was entered about an episode, with what was taken out struck through."""
    episode = get_episode_or_404(request, episode_id)
    page = {"episode": episode, "entries": entries.load(episode)}
    return TemplateResponse(request, "patients/mending/entries.html", page)


@require_http_methods(["GET", "POST"])
@access("episode.write")
def void_entry(request: SignedInRequest, episode_id: UUID, kind: str, entry_id: UUID) -> HttpResponse:
    """Take one wrong entry out, with a reason."""
    episode = get_episode_or_404(request, episode_id)
    entry = entries.find(episode, EntryKind(kind), entry_id) if kind in set(EntryKind) else None
    if entry is None:
        raise Http404
    back = reverse("episode_entries", args=[episode.pk])
    return take_out(request, episode, entry, words=entries.in_words(entry), back=back)


def take_out(request: SignedInRequest, episode: "Episode", entry: "Voidable", *, words: str, back: str) -> HttpResponse:
    """Ask why an entry is wrong, take it out, and go back to where entries of its kind are listed."""
    form = VoidForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        page = {"episode": episode, "form": form, "entry": entry, "words": words, "back": back}
        return TemplateResponse(request, "patients/mending/void.html", page, status=422 if form.is_bound else 200)
    try:
        entries.void(
            episode=episode, entry=entry, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
        )
    except AlreadyVoided:
        messages.info(request, _("This entry had already been taken out. The first reason stays."))
    else:
        messages.success(request, _("The entry was taken out. The next assessment no longer counts it."))
    return HttpResponseRedirect(back)
