"""The clinic admin's pages about invitations: to staff, to patients, once more, and taken back."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.access.confirmations import confirmed_recently
from patients.access.permissions import access, find_or_404, visible_episodes
from patients.access.requests import SignedInRequest
from patients.accounts import invitations, mails, namesakes, notices
from patients.accounts.forms import PatientInvitationForm, StaffInvitationForm
from patients.accounts.invitations import (
    AddressInUse,
    AddressOfPatient,
    AddressOfStaff,
    AlreadyHasAccount,
    InvitationLink,
)
from patients.people import people

if TYPE_CHECKING:
    from patients.models import Patient


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def invite_staff(request: SignedInRequest) -> HttpResponse:
    """Invite a person to work in the clinic."""
    form = StaffInvitationForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "patients/accounts/invite_staff.html", {"form": form}, status=status)
    try:
        link = invitations.invite(
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            role=form.role_given,
            title=form.title,
            language=form.cleaned_data["language"],
            by=request.user,
            at=timezone.now(),
        )
    except AddressOfPatient:
        form.add_error(
            "email", _("A patient of this clinic signs in with this address. Staff need a separate account.")
        )
        return TemplateResponse(request, "patients/accounts/invite_staff.html", {"form": form}, status=422)
    return _sent(request, link)


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def invite_patient(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Invite a patient of the clinic to an account."""
    patient = find_or_404(people.patients(), patient_id)
    form = PatientInvitationForm(request.POST or None, initial={"language": patient.language})
    warned = namesakes.warning(
        name=patient.name,
        birth_date=patient.birth_date,
        number=patient.external_id,
        but=patient,
        seen=visible_episodes(user=request.user, roles=request.clinic_roles),
        by=request.user,
        at=timezone.now(),
    )
    is_told_apart = warned is None or request.POST.get("another_person") == warned.key
    if request.method == "POST" and form.is_valid():
        try:
            refuse_address_in_use(form, patient=patient)
        except AlreadyHasAccount:
            messages.error(request, _("This patient has an account already."))
            return HttpResponseRedirect(reverse("people"))
    if request.method == "GET" or not (form.is_valid() and is_told_apart):
        page = {"form": form, "patient": patient, "warned": warned}
        status = 200 if request.method == "GET" else 422
        return TemplateResponse(request, "patients/accounts/invite_patient.html", page, status=status)
    link = invitations.invite_patient(patient=patient, **form.cleaned_data, by=request.user, at=timezone.now())
    return _sent(request, link)


def refuse_address_in_use(form: Form, *, patient: "Patient | None") -> None:
    """Say at the field of a valid form when its address is someone else's here.

    Raises:
        AlreadyHasAccount: the patient has one.
    """
    try:
        invitations.check_can_claim(patient, address=form.cleaned_data["email"])
    except AddressOfStaff:
        form.add_error("email", _("Someone who works here signs in with this address. A patient needs a private one."))
    except AddressInUse:
        form.add_error("email", _("Another patient of this clinic signs in with this address."))


def refuse_number_in_use(form: Form) -> None:
    """Say at the field of a valid form when its clinic number is, or could be taken for, another patient's."""
    number = form.cleaned_data["external_id"]
    holder = namesakes.holder_of(number) if number else None
    if holder is not None:
        words = _("Another patient of this clinic has the number %(number)s.") % {"number": holder.external_id}
        form.add_error("external_id", words)


@require_http_methods(["GET", "POST"])
@access("people.manage")
@confirmed_recently
def resend_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again, with a new link; the old link ends. A GET asks first: one comes here from a sign-in."""
    invitation = find_or_404(invitations.open_invitations(), invitation_id)
    if request.method == "GET":
        return TemplateResponse(request, "patients/accounts/resend_invitation.html", {"invitation": invitation})
    try:
        link = invitations.renew(invitation=invitation, by=request.user, at=timezone.now())
    except (AlreadyHasAccount, AddressInUse):
        messages.error(request, _("This address or this patient already has an account. Nothing was sent."))
        return HttpResponseRedirect(reverse("people"))
    return _sent(request, link)


@require_POST
@access("people.manage")
def revoke_invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitation = find_or_404(invitations.open_invitations(), invitation_id)
    invitations.revoke(invitation=invitation, by=request.user, at=timezone.now())
    messages.success(request, _("The invitation is cancelled. Its link no longer works."))
    return HttpResponseRedirect(reverse("people"))


def send_invitation(request: HttpRequest, link: InvitationLink) -> None:
    """Mail the link of an invitation, and tell those who care for the patient, or who may confirm the colleague."""
    url = request.build_absolute_uri(reverse("join", args=[link.token]))
    mails.send_invitation(invitation=link.invitation, url=url)
    if link.invitation.patient is not None:
        notices.tell_care_team(link.invitation.patient, but=link.invitation.invited_by)
    else:
        notices.tell_staff(but=link.invitation.invited_by)


def _sent(request: SignedInRequest, link: InvitationLink) -> HttpResponse:
    """Mail the link and say so."""
    send_invitation(request, link)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": link.invitation.email})
    if link.invitation.is_for_patient:
        messages.info(
            request, _("The care team has been notified. It gives the patient the code that goes with the link.")
        )
    elif not link.invitation.is_confirmed:
        messages.info(
            request,
            _(
                "The role becomes active when the invitation is accepted and a colleague who sees patients has confirmed it under Accounts."
            ),
        )
    return HttpResponseRedirect(reverse("people"))
