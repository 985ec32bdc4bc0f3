"""People who have not been heard from: the lists, and what came of trying to reach them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from monitoring.views.switches import allowed_value
from monitoring.worklists import contacts, silent_people
from monitoring.worklists.contact_forms import ContactForm
from monitoring.worklists.silent_people import Silence
from patients.access.permissions import access, get_episode_or_404
from patients.access.requests import SignedInRequest

LONGEST_PAGE_NUMBER = 6


@require_GET
@access("caseload.read")
def silent_list(request: SignedInRequest) -> HttpResponse:
    """Show who is overdue, or whom contact with is lost, with the number to ring and the last try."""
    which = Silence(allowed_value(request.GET, "list", list(Silence), default=Silence.LOST))
    number = request.GET.get("page", "")
    is_number = number.isascii() and number.isdigit() and len(number) < LONGEST_PAGE_NUMBER
    people = silent_people.load(
        user=request.user,
        roles=request.clinic_roles,
        which=which,
        page_number=int(number) if is_number else 1,
        at=timezone.now(),
    )
    return TemplateResponse(request, "monitoring/team/silent_people.html", {"silent": people})


@require_http_methods(["GET", "POST"])
@access("care.organise")
def record_contact(request: SignedInRequest, episode_id: UUID) -> HttpResponse:
    """Record that somebody tried to reach a person, and what came of it; show the tries before."""
    episode = get_episode_or_404(request, episode_id)
    form = ContactForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        page = {"episode": episode, "form": form, "earlier": contacts.of_episode(episode)}
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "monitoring/team/record_contact.html", page, status=status)
    data = form.cleaned_data
    contacts.record(episode=episode, outcome=form.outcome, note=data["note"], by=request.user, at=timezone.now())
    messages.success(request, _("Recorded."))
    return HttpResponseRedirect(reverse("silent_list"))
