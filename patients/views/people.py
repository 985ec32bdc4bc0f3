"""The clinic admin's pages about people: who works here, who is cared for, who is invited."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients import audit, mails, people
from patients.access import access, find_or_404
from patients.confirmations import ask_again
from patients.forms import PatientInvitationForm, StaffInvitationForm
from patients.http import SignedInRequest, typed
from patients.people import AddressInUse, AlreadyHasAccount, InvitationLink, LastAdmin

PATIENTS_PER_PAGE = 50
# Session key of the words somebody looks for: a name must not stand in an address.
SEARCH = "people_search"

_View = TypeVar("_View", bound=Callable[..., HttpResponse])


def confirmed_recently(view: _View) -> _View:
    """Ask for the password or second factor again before power over people is given or taken (SAFETY 2.3)."""

    @wraps(view)
    def confirm_first(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask_again(request) or view(request, *args, **kwargs)

    return confirm_first  # type: ignore[return-value]


@require_http_methods(["GET", "POST"])
@access("people.manage")
def people_page(request: SignedInRequest) -> HttpResponse:
    """Show staff, open invitations and patients; a search is posted, so that no name stands in an address."""
    if request.method == "POST":
        request.session[SEARCH] = typed(request.POST.get("search", ""), most=150)
        return HttpResponseRedirect(f"{reverse('people')}#patients")
    search = request.session.get(SEARCH, "")
    found = Paginator(people.patients(search=search), PATIENTS_PER_PAGE).get_page(request.GET.get("page"))
    audit.record_list(by=request.user, patients=len(found), at=timezone.now())
    page = {
        "staff": people.staff(),
        "invitations": people.open_invitations(),
        "patients": found,
        "search": search,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "patients/people.html", page)


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def invite_staff(request: SignedInRequest) -> HttpResponse:
    """Invite a person to work in the clinic."""
    form = StaffInvitationForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "patients/invite_staff.html", {"form": form}, status=status)
    link = people.invite(
        email=form.cleaned_data["email"],
        name=form.cleaned_data["name"],
        role=form.role_given,
        title=form.title,
        language=form.cleaned_data["language"],
        by=request.user,
        at=timezone.now(),
    )
    return _sent(request, link)


@require_http_methods(["GET", "POST"])
@access("people.manage")
def invite_patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Invite a patient of the clinic to an account."""
    patient = find_or_404(people.patients(), patient_id)
    form = PatientInvitationForm(request.POST or None, initial={"language": patient.language})
    if request.method == "GET" or not form.is_valid():
        page = {"form": form, "patient": patient}
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "patients/invite_patient.html", page, status=status)
    try:
        link = people.invite_patient(patient=patient, **form.cleaned_data, by=request.user, at=timezone.now())
    except AlreadyHasAccount:
        messages.error(request, _("This patient has an account already."))
        return HttpResponseRedirect(reverse("people"))
    except AddressInUse:
        form.add_error("email", _("Another patient of this clinic signs in with this address."))
        return TemplateResponse(request, "patients/invite_patient.html", {"form": form, "patient": patient}, status=422)
    return _sent(request, link)


@require_POST
@access("people.manage")
def resend_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again, with a new link; the old link ends."""
    invitation = find_or_404(people.open_invitations(), invitation_id)
    return _sent(request, people.renew(invitation=invitation, by=request.user, at=timezone.now()))


@require_POST
@access("people.manage")
def revoke_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = find_or_404(people.open_invitations(), invitation_id)
    people.revoke(invitation=invitation, by=request.user, at=timezone.now())
    messages.success(request, _("The invitation is taken back. Its link opens nothing any more."))
    return HttpResponseRedirect(reverse("people"))


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def end_role(request: SignedInRequest, role_id: UUID) -> HttpResponse:
    """End what a person may do here, after asking once."""
    role = find_or_404(people.held_roles(), role_id)
    if request.method == "GET":
        return TemplateResponse(request, "patients/end_role.html", {"role": role})
    try:
        people.end_role(role=role, by=request.user, at=timezone.now())
    except LastAdmin:
        messages.error(request, _("This is the last clinic admin. Invite another one first."))
    else:
        messages.success(request, _("The role has ended. It counts from the next page the person opens."))
    return HttpResponseRedirect(reverse("people"))


def send_invitation(request: HttpRequest, link: InvitationLink) -> None:
    """Mail the link of an invitation."""
    url = request.build_absolute_uri(reverse("join", args=[link.token]))
    mails.send_invitation(invitation=link.invitation, url=url)


def _sent(request: SignedInRequest, link: InvitationLink) -> HttpResponse:
    """Mail the link and say so."""
    send_invitation(request, link)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": link.invitation.email})
    return HttpResponseRedirect(reverse("people"))
