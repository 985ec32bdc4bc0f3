"""The page behind the link of an invitation. Public: the link itself says which clinic it belongs to."""

from datetime import datetime
from typing import TYPE_CHECKING

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.access.permissions import access
from patients.access.requests import too_many
from patients.accounts import invitations, notices
from patients.accounts.forms import JoinForm
from patients.accounts.invitations import InvitationClosed, WrongCode
from patients.people import languages, people
from patients.tenancy import clinic_context

if TYPE_CHECKING:
    from patients.models import Invitation, User

# As ACCOUNT_RATE_LIMITS says of "claim".
AGAIN_IN_SECONDS = 600


@require_http_methods(["GET", "POST"])
@access("public")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; a POST accepts it. A GET changes nothing: mail scanners follow links."""
    now = timezone.now()
    try:
        with clinic_context(clinic_id=invitations.clinic_of_token(token)):
            invitation = invitations.find_invitation(token=token, at=now)
            _speak(request, invitation)
            if request.user.is_authenticated and request.user.email != invitation.email:
                return _somebody_else(request)
            return _answer(request, invitation, token, now)
    except InvitationClosed:
        return TemplateResponse(request, "patients/accounts/invitation_closed.html", {}, status=404)


def _speak(request: HttpRequest, invitation: "Invitation") -> None:
    """Show the page in the language of the invitation, unless another was chosen in this browser or by who is here."""
    if not request.user.is_authenticated and not request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
        languages.speak(request, invitation.language)


def _somebody_else(request: HttpRequest) -> HttpResponse:
    """Refuse to open one person's account in the browser of another, who is signed in: a shared computer mixes up."""
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "patients/accounts/join_other_account.html", {}, status=status)


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """Let a patient of another clinic sign in before the account gets the password that staff need.

    The mailbox alone must not be enough: a passkey may stand before that account.
    """
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "patients/accounts/join_sign_in_first.html", {}, status=status)


def _answer(request: HttpRequest, invitation: "Invitation", token: str, now: datetime) -> HttpResponse:
    """Show the form, or turn it into an account."""
    is_known = people.has_account(invitation.email)
    is_patient = invitation.is_for_patient
    needs_password = not is_patient and not people.has_password(invitation.email)
    if is_known and needs_password and not request.user.is_authenticated:
        return _sign_in_first(request)
    form = JoinForm(
        request.POST or None,
        email=invitation.email,
        is_patient=is_patient,
        is_known=is_known,
        needs_password=needs_password,
        initial={"name": invitation.name, "reminders": False},
    )
    page = {"form": form, "invitation": invitation, "token": token, "is_known": is_known, "is_patient": is_patient}
    is_sent = request.method == "POST"
    if not is_sent or (form.fields and not form.is_valid()):
        return TemplateResponse(request, "patients/accounts/join.html", page, status=422 if is_sent else 200)
    if is_patient and not ratelimit.consume(request, action="claim"):
        return too_many(
            _("Too many tries from this connection. Wait ten minutes, then try again."), again_in=AGAIN_IN_SECONDS
        )
    try:
        user = _accept(invitation, form, now)
    except WrongCode:
        form.add_error("code", _("This code is not correct. Check each digit, or ask your care team for a new code."))
        return TemplateResponse(request, "patients/accounts/join.html", page, status=422)
    if invitation.awaits_confirmation:
        return TemplateResponse(request, "patients/accounts/join_waits.html", {"clinic": invitation.clinic.public_name})
    if is_known:
        messages.success(request, _("You have joined. Sign in with the account you already have."))
        return HttpResponseRedirect(reverse("account_login"))
    # Only an account that this very link has opened is signed in by it.
    response: HttpResponse = perform_login(request, user)
    return response


def _accept(invitation: "Invitation", form: JoinForm, now: datetime) -> "User":
    """Accept what a valid form says, and let the care team know what came of it.

    Raises:
        WrongCode: there are tries left.
        InvitationClosed: there are none, or someone was quicker.
    """
    data = form.cleaned_data if form.fields else {}
    try:
        user = invitations.accept(
            invitation=invitation,
            name=data.get("name", invitation.name),
            password=data.get("password"),
            code=data.get("code", ""),
            wants_reminders=data.get("reminders", False),
            language=languages.present(),
            at=now,
        )
    except InvitationClosed:
        if invitation.patient is not None and invitations.is_closed_by_tries(invitation):
            notices.tell_care_team(invitation.patient, but=None)
        raise
    if invitation.patient is not None:
        notices.tell_care_team(invitation.patient, but=None)
    else:
        notices.tell_staff(but=user)
    return user


@require_POST
@access("public")
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """End an invitation that reached the wrong person; the clinic sees that it is gone."""
    now = timezone.now()
    try:
        with clinic_context(clinic_id=invitations.clinic_of_token(token)):
            invitation = invitations.find_invitation(token=token, at=now)
            invitations.revoke(invitation=invitation, by=None, at=now)
            if invitation.patient is not None:
                notices.tell_care_team(invitation.patient, but=None)
    except InvitationClosed:
        return TemplateResponse(request, "patients/accounts/invitation_closed.html", {}, status=404)
    return TemplateResponse(request, "patients/accounts/invitation_declined.html", {})
