"""What stands around every request: one transaction, one clinic, one rule; and headers that keep data private."""

import uuid
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from patients import access, audit
from patients.http import SignedInRequest
from patients.models.audit import AuditAction
from patients.models.people import Clinic, ClinicRole, User
from patients.tenancy import clinic_context

GetResponse = Callable[[HttpRequest], HttpResponse]
ACTIVE_CLINIC = "clinic_id"


class ClinicMiddleware:
    """Runs each request in one transaction, inside the active clinic of the person, under the rule of the view.

    The page is rendered before the transaction ends and sent after COMMIT: "saved" is never said too early.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside a transaction; roll back when the answer is a failure."""
        audit.request_id.set(str(uuid.uuid4()))
        if request.path.startswith(settings.STATIC_URL):
            return self.get_response(request)
        with transaction.atomic():
            response = self._answer(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """Find the clinic, then let the rest of the stack answer within it."""
        cast("Any", request).clinic_roles = frozenset()
        cast("Any", request).clinic = None
        if not isinstance(request.user, User):
            return self.get_response(request)
        user = request.user
        with clinic_context(clinic_id=None, user_id=user.pk):
            clinic, roles = _active_clinic(request, user)
        cast("Any", request).clinic = clinic
        cast("Any", request).clinic_roles = roles
        with clinic_context(clinic_id=clinic.pk if clinic else None, user_id=user.pk):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse what no rule allows, before the view runs."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        rule = access.rule_of(view=view, route=route)
        if rule is None:
            raise ImproperlyConfigured(f"the route {route!r} declares no access rule")
        if rule == access.PUBLIC or not request.user.is_authenticated:
            return None  # LoginRequiredMiddleware sends strangers to the sign-in page
        if rule != access.SIGNED_IN and not access.may(roles=access.roles_of(request), rule=rule):
            _record_refusal(cast("SignedInRequest", request))
            raise Http404
        return _second_factor_first(request, route)


def _active_clinic(request: HttpRequest, user: User) -> tuple[Clinic | None, frozenset[str]]:
    """Return the clinic of the session, or the person's first one, with the roles held there."""
    held: dict[Any, set[str]] = {}
    # Read without a clinic: the policy lets a person read the own rows only.
    for role in ClinicRole._base_manager.filter(user=user, ended_at__isnull=True).order_by("since"):
        held.setdefault(role.clinic_id, set()).add(role.role)
    if not held or not user.is_active:
        return None, frozenset()
    chosen = request.session.get(ACTIVE_CLINIC)
    clinic_id = next((pk for pk in held if str(pk) == chosen), next(iter(held)))
    return Clinic.objects.get(pk=clinic_id), frozenset(held[clinic_id])


def _record_refusal(request: SignedInRequest) -> None:
    """Leave a trace of a refused page, if the person belongs to a clinic at all."""
    if request.clinic is not None:
        audit.record(AuditAction.ACCESS_DENIED, by=request.user, about=None, at=timezone.now())


def _second_factor_first(request: HttpRequest, route: str) -> HttpResponse | None:
    """Send staff without a second factor to set one up, before any page with health data."""
    is_staff = bool(access.roles_of(request) & frozenset({"clinician", "coordinator", "admin"}))
    if not settings.STAFF_MFA_REQUIRED or not is_staff or route in access.THIRD_PARTY:
        return None
    user = cast("Any", request.user)
    if user.authenticator_set.exists():
        return None
    return HttpResponseRedirect(reverse("mfa_index"))


class PrivacyHeadersMiddleware:
    """Keeps pages out of every cache and the browser's powers small (SAFETY 2.10)."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers to whatever is answered, errors included."""
        response = self.get_response(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = (
            "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), "
            "publickey-credentials-create=(self)"
        )
        return response
