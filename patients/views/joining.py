"""The page behind the link of an invitation. Public: the link itself says which clinic it belongs to."""

from datetime import datetime
from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients import invitations, languages, people
from patients.access import access
from patients.invitations import InvitationClosed
from patients.people_forms import JoinForm
from patients.tenancy import clinic_context


@require_http_methods(["GET", "POST"])
@access("public")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; a POST accepts it. A GET changes nothing: mail scanners follow links."""
    now = timezone.now()
    try:
        with clinic_context(clinic_id=invitations.clinic_of_token(token)):
            invitation = invitations.find_invitation(token=token, at=now)
            _speak(request, invitation)
            return _answer(request, invitation, token, now)
    except InvitationClosed:
        return TemplateResponse(request, "patients/invitation_closed.html", {}, status=404)


def _speak(request: HttpRequest, invitation: Any) -> None:
    """Show the page in the language of the invitation, unless another was chosen in this browser or by who is here."""
    if not request.user.is_authenticated and not request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
        languages.speak(request, invitation.language)


def _answer(request: HttpRequest, invitation: Any, token: str, now: datetime) -> HttpResponse:
    """Show the form, or turn it into an account."""
    is_known = people.has_account(invitation.email)
    is_patient = invitation.is_for_patient
    form = JoinForm(
        request.POST or None,
        email=invitation.email,
        is_patient=is_patient,
        is_known=is_known,
        initial={"name": invitation.name, "reminders": False},
    )
    is_sent = request.method == "POST"
    if not is_sent or (form.fields and not form.is_valid()):
        page = {"form": form, "invitation": invitation, "token": token, "is_known": is_known, "is_patient": is_patient}
        return TemplateResponse(request, "patients/join.html", page, status=422 if is_sent else 200)
    data = form.cleaned_data if form.fields else {}
    user = invitations.accept(
        invitation=invitation,
        name=data.get("name", invitation.name),
        password=data.get("password"),
        wants_reminders=data.get("reminders", False),
        language=languages.present(),
        at=now,
    )
    if is_known:
        messages.success(request, _("You have joined. Sign in with the account you have."))
        return HttpResponseRedirect(reverse("account_login"))
    # Only an account that this very link has opened is signed in by it.
    response: HttpResponse = perform_login(request, user)
    return response


@require_POST
@access("public")
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """End an invitation that reached the wrong person; the clinic sees that it is gone."""
    now = timezone.now()
    try:
        with clinic_context(clinic_id=invitations.clinic_of_token(token)):
            invitations.revoke(invitation=invitations.find_invitation(token=token, at=now), by=None, at=now)
    except InvitationClosed:
        return TemplateResponse(request, "patients/invitation_closed.html", {}, status=404)
    return TemplateResponse(request, "patients/invitation_declined.html", {})
