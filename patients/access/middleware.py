"""What stands around every request: one transaction, one clinic, one rule; and headers that keep data private."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from patients import audit
from patients.access import link_sessions, permissions
from patients.access.confirmations import CONFIRMED_ROUTES, ask_again, can_confirm
from patients.access.requests import SignedInRequest
from patients.access.sign_in import SIGNED_IN_AT
from patients.models.audit import AuditAction
from patients.models.people import STAFF_ROLES, Clinic, ClinicRole, User
from patients.people import languages
from patients.queries import compiled
from patients.tenancy import clinic_context

GetResponse = Callable[[HttpRequest], HttpResponse]
ACTIVE_CLINIC = "clinic_id"
# When the person last did something, in seconds since 1970.
ACTIVE_AT = "active_at"
# The mark is moved at most this often: a session row need not be written on every click.
MARK_EVERY = timedelta(seconds=30)
LONGEST_SESSION = timedelta(hours=12)  # docs/safety.md#sessions
# The htmx name of requests that a page makes by itself.
POLL = "poll"
# What monitors ask must answer while the database is away, so no transaction stands around it.
PROBES = frozenset({"/livez", "/healthz", "/metrics"})
OUR_PACKAGES = frozenset({"config", "patients", "monitoring"})
# These end a session, so the browser throws away what it holds of it.
SIGN_OUTS = frozenset({"account_logout", "sign_out_everywhere"})


class ClinicMiddleware:
    """Runs each request in one transaction, inside the active clinic of the person, under the rule of the view.

    The page is rendered before the transaction ends and sent after COMMIT: "saved" is never said too early.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside a transaction; roll back when the answer is a failure."""
        if request.path.startswith(settings.STATIC_URL) or request.path in PROBES:
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
        cast("Any", request).has_several_clinics = False
        cast("Any", request).answering = None
        if not isinstance(request.user, User):
            return self._answer_stranger(request)
        user = request.user
        with clinic_context(clinic_id=None, user_id=user.pk):
            clinic, roles = _active_clinic(request, user)
        cast("Any", request).clinic = clinic
        cast("Any", request).clinic_roles = roles
        languages.speak(request, user.language)
        zone = ZoneInfo(clinic.time_zone) if clinic else None
        with clinic_context(clinic_id=clinic.pk if clinic else None, user_id=user.pk), timezone.override(zone):
            response = self.get_response(request)
            # A route that exists and a row that does not, or is not this person's: both are refusals to look into.
            if response.status_code == HTTPStatus.NOT_FOUND and request.resolver_match is not None:
                _record_refusal(request, clinic, user)
            return response

    def _answer_stranger(self, request: HttpRequest) -> HttpResponse:
        """Let the rest of the stack answer; within the clinic of the link, if one was opened in this browser."""
        answering = link_sessions.find(request, at=timezone.now())
        if answering is None:
            return self.get_response(request)
        clinic = Clinic.objects.get(pk=answering.clinic_id)
        cast("Any", request).answering = answering
        cast("Any", request).clinic = clinic
        cast("Any", request).clinic_roles = frozenset({permissions.LINK_HOLDER})
        languages.speak(request, answering.user.language)
        with clinic_context(clinic_id=clinic.pk), timezone.override(ZoneInfo(clinic.time_zone)):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_route_arguments: Any
    ) -> HttpResponse | None:
        """Refuse what no rule allows, before the view runs."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        rule = permissions.rule_of(view=view, route=route)
        if rule is None:
            _refuse_undeclared(view, route)
        if rule is None or rule == permissions.PUBLIC or not request.user.is_authenticated:
            return None  # SignInRequiredMiddleware sends strangers to the sign-in page
        if rule != permissions.SIGNED_IN and not permissions.may(roles=permissions.roles_of(request), rule=rule):
            raise Http404
        if route in CONFIRMED_ROUTES and not can_confirm(request):
            return ask_again(request)
        return _second_factor_first(request, route)


def _refuse_undeclared(view: Callable[..., Any], route: str) -> None:
    """Refuse a route without a rule: our own is a mistake to mend, a package's is one that we do not offer.

    Raises:
        ImproperlyConfigured: one of our views forgot its rule.
        Http404: the package's route is not in the table.
    """
    if view.__module__.partition(".")[0] in OUR_PACKAGES:
        raise ImproperlyConfigured(f"the route {route!r} declares no access rule")
    raise Http404


def _active_clinic(request: HttpRequest, user: User) -> tuple[Clinic | None, frozenset[str]]:
    """Return the clinic of the session, or the person's first one, with the roles held there."""
    clinics: dict[Any, Clinic] = {}
    held: dict[Any, set[str]] = {}
    for role in _own_roles(user.pk):
        clinics[role.clinic_id] = role.clinic
        held.setdefault(role.clinic_id, set()).add(role.role)
    if not held or not user.is_active:
        return None, frozenset()
    cast("Any", request).has_several_clinics = len(held) > 1
    chosen = request.session.get(ACTIVE_CLINIC)
    clinic_id = next((pk for pk in held if str(pk) == chosen), next(iter(held)))
    return clinics[clinic_id], frozenset(held[clinic_id])


@compiled
def _own_roles(user_id: UUID) -> QuerySet[ClinicRole]:
    """Read without a clinic: the policy lets a person read the own rows only."""
    own = ClinicRole._base_manager.filter(user_id=user_id, ended_at__isnull=True)
    return own.select_related("clinic").order_by("since")


def _record_refusal(request: HttpRequest, clinic: Clinic | None, user: User) -> None:
    """Leave a trace of a refused page, if the person belongs to a clinic at all and is still signed in."""
    if clinic is not None and request.user.is_authenticated:
        audit.record(AuditAction.ACCESS_DENIED, by=user, about=None, at=timezone.now())


def _second_factor_first(request: HttpRequest, route: str) -> HttpResponse | None:
    """Send staff without a second factor to set one up, before any page with health data."""
    if not settings.STAFF_MFA_REQUIRED or not _is_staff(request) or route in permissions.THIRD_PARTY:
        return None
    if is_mfa_enabled(request.user):
        return None
    return HttpResponseRedirect(reverse("mfa_index"))


def _is_staff(request: HttpRequest) -> bool:
    """Say whether the person works in the active clinic."""
    return bool(permissions.roles_of(request) & STAFF_ROLES)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends strangers to the sign-in page, unless the access table says that the page is open to them.

    Whoever came by a link is let through to what the link opens, and from the home page to where the link begins.
    A part of a page that is asked for by a script gets 401 instead: the sign-in page must not land in a table.
    """

    def process_view(self, request: HttpRequest, view_func: Callable[..., Any], *_: Any) -> HttpResponse | None:
        """Let through who is signed in, and what is open to everyone or to who came by a link."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        rule = permissions.rule_of(view=view_func, route=route)
        if request.user.is_authenticated or (rule and permissions.may(roles=permissions.roles_of(request), rule=rule)):
            return None
        answering = cast("SignedInRequest", request).answering
        if answering is not None and request.path == settings.LOGIN_REDIRECT_URL:
            return HttpResponseRedirect(answering.start_url)
        if cast("Any", request).htmx:
            return HttpResponse(status=401)
        return cast("HttpResponse", self.handle_no_permission(request, view_func))


class SessionLimitsMiddleware:
    """Ends a session that stood still too long or is too old (docs/safety.md#sessions); stands inside ClinicMiddleware.

    A page that asks by itself, every minute, does not keep the session of an empty chair alive.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Sign the person out, or note that he or she is there."""
        if request.user.is_authenticated:
            now = timezone.now()
            if _has_run_out(request, now):
                _sign_out(cast("SignedInRequest", request), now)
            elif request.headers.get("HX-Trigger-Name") != POLL:
                _mark_active(request, now)
        return self.get_response(request)


def _has_run_out(request: HttpRequest, now: datetime) -> bool:
    """Say whether the session is over."""
    idle_seconds = settings.STAFF_IDLE_SECONDS if _is_staff(request) else settings.PATIENT_IDLE_SECONDS
    started: float = request.session.get(SIGNED_IN_AT, now.timestamp())
    active: float = request.session.get(ACTIVE_AT, started)
    return now.timestamp() - active > idle_seconds or now.timestamp() - started > LONGEST_SESSION.total_seconds()


def _mark_active(request: HttpRequest, now: datetime) -> None:
    """Note the time of this request, unless the last mark is fresh enough."""
    request.session.setdefault(SIGNED_IN_AT, now.timestamp())
    if now.timestamp() - request.session.get(ACTIVE_AT, 0) >= MARK_EVERY.total_seconds():
        request.session[ACTIVE_AT] = now.timestamp()


def _sign_out(request: SignedInRequest, now: datetime) -> None:
    """End the session, leave its trace, and say why on the next page."""
    if request.clinic is not None:
        audit.record(AuditAction.SIGNED_OUT, by=request.user, about=None, at=now)
    logout(request)
    request.clinic_roles = frozenset()
    messages.info(request, _("You are signed out. Sign in to continue where you were."))


class LanguageMiddleware:
    """Gives every page one language, and leaves none behind for whom the thread serves next.

    What this browser last had (a cookie), else what it asks for, else English; ClinicMiddleware puts the choice of the
    person in its place. The cookie holds a language and nothing else: it is what is left to go by when the database,
    and with it the person's choice, is away, and what the sign-in page goes by.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language of the browser or of the person."""
        with translation.override(translation.get_language_from_request(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", languages.present())
        patch_vary_headers(response, ["Accept-Language"])
        chosen = getattr(request, "chosen_language", "")
        if chosen and chosen != request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                chosen,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response


class PrivacyHeadersMiddleware:
    """Keeps pages out of every cache and the browser's powers small (docs/safety.md#headers)."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers to whatever is answered, errors included."""
        response = self.get_response(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        if request.method == "POST" and request.resolver_match and request.resolver_match.view_name in SIGN_OUTS:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = (
            "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), "
            "publickey-credentials-create=(self)"
        )
        return response
