"""Asking once more who is there, before something that a lost phone must not be able to do."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from patients.access.requests import SignedInRequest
from patients.models.audit import AuditAction
from patients.models.people import User
from patients.people import people

_View = TypeVar("_View", bound=Callable[..., HttpResponse])

# What the package asks for itself, but not of people who have neither password nor second factor.
CONFIRMED_ROUTES = frozenset(
    {
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
    }
)


@reauthentication_required(app="patients")  # type: ignore[untyped-decorator]  # allauth is untyped
def _check_is_confirmed(request: HttpRequest) -> None:
    """Do nothing for who was asked just now.

    Raises:
        ReauthenticationRequired: it is longer ago.
    """


def can_confirm(request: HttpRequest) -> bool:
    """Say whether somebody has a password, a passkey or an authenticator to confirm with."""
    return bool(get_adapter(request).get_reauthentication_methods(request.user))


def ask_again(request: HttpRequest) -> HttpResponseRedirect | None:
    """Return where a person confirms who is there; None where that was done just now.

    Who has a password, a passkey or an authenticator uses it. Who signs in by code has nothing to confirm with, and
    signs in anew.
    """
    target = urlencode({"next": request.path})
    if can_confirm(request):
        try:
            _check_is_confirmed(request)
        except ReauthenticationRequired:
            return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{target}")
        return None
    if not get_adapter(request).is_reauthentication_required(app="patients"):
        return None
    if isinstance(request.user, User):
        people.record_session(AuditAction.SIGNED_OUT, user=request.user, at=timezone.now())
    logout(request)
    messages.info(request, _("Please sign in again to open this page. You will continue where you were."))
    return HttpResponseRedirect(f"{reverse('account_login')}?{target}")


def confirmed_recently(view: _View) -> _View:
    """Ask for the password or second factor again before power over people is given or taken.

    Source: docs/safety.md#letting-people-in.
    """

    @wraps(view)
    def confirm_first(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask_again(request) or view(request, *args, **kwargs)

    return confirm_first  # type: ignore[return-value]
