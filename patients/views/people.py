"""The clinic admin's pages about people: who works here, who is cared for, who is invited."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patients import audit
from patients.access.confirmations import confirmed_recently
from patients.access.permissions import access, find_or_404
from patients.access.requests import SignedInRequest, typed
from patients.accounts import invitations
from patients.people import people
from patients.people.people import LastAdmin

PATIENTS_PER_PAGE = 50
# Session key of the words someone looks for: a name must not stand in an address.
SEARCH = "people_search"


@require_http_methods(["GET", "POST"])
@access("people.manage")
def people_page(request: SignedInRequest) -> HttpResponse:
    """Show staff, open invitations and patients; a search is posted, so that no name stands in an address."""
    if request.method == "POST":
        request.session[SEARCH] = typed(request.POST.get("search", ""), most=150)
        return HttpResponseRedirect(f"{reverse('people')}#patients")
    search = request.session.get(SEARCH, "")
    page_of_patients = Paginator(people.patients(search=search), PATIENTS_PER_PAGE).get_page(request.GET.get("page"))
    audit.record_list(by=request.user, patients=len(page_of_patients), at=timezone.now())
    page = {
        "staff": people.staff(),
        "invitations": invitations.open_invitations(),
        "patients": page_of_patients,
        "search": search,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "patients/people/people.html", page)


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def end_role(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """End what a person may do here, after asking once."""
    role = find_or_404(people.held_roles(), role_id)
    if request.method == "GET":
        return TemplateResponse(request, "patients/people/end_role.html", {"role": role})
    try:
        people.end_role(role=role, by=request.user, at=timezone.now())
    except LastAdmin:
        messages.error(request, _("This is the last clinic admin. Invite another one first."))
    else:
        messages.success(request, _("The role has ended. This takes effect on the next page the person opens."))
    return HttpResponseRedirect(reverse("people"))
