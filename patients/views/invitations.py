"""The clinic admin's pages about invitations: to staff, to patients, once more, and taken back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients import invitations, mails, people
from patients.access import access, find_or_404
from patients.confirmations import confirmed_recently
from patients.http import SignedInRequest
from patients.invitations import AddressInUse, AlreadyHasAccount, InvitationLink
from patients.people_forms import PatientInvitationForm, StaffInvitationForm


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def invite_staff(request: SignedInRequest) -> HttpResponse:
    """Invite a person to work in the clinic."""
    form = StaffInvitationForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "patients/invite_staff.html", {"form": form}, status=status)
    link = invitations.invite(
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
        link = invitations.invite_patient(patient=patient, **form.cleaned_data, by=request.user, at=timezone.now())
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
    invitation = find_or_404(invitations.open_invitations(), invitation_id)
    return _sent(request, invitations.renew(invitation=invitation, by=request.user, at=timezone.now()))


@require_POST
@access("people.manage")
def revoke_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = find_or_404(invitations.open_invitations(), invitation_id)
    invitations.revoke(invitation=invitation, by=request.user, at=timezone.now())
    messages.success(request, _("The invitation is taken back. Its link opens nothing any more."))
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
