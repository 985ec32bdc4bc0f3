"""Ending every session of an account: after a lost phone, or a shared computer."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from patients.access.permissions import access
from patients.access.requests import SignedInRequest
from patients.people import people


@require_POST
@access("signed_in")
def sign_out_everywhere(request: SignedInRequest) -> HttpResponse:
    """Sign out in this browser and in every other one."""
    people.end_sessions(by=request.user, at=timezone.now())
    logout(request)
    request.clinic_roles = frozenset()
    messages.success(request, _("You are signed out everywhere."))
    return HttpResponseRedirect(reverse("account_login"))
