"""Who may do what, and who may see whom. Deny by default.

Every view names its rule with `@access("...")`; a view without one is refused by the middleware and fails the
tests. Pages of packages are listed in THIRD_PARTY by route name. Not found and not allowed are the same 404.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from patients import audit
from patients.access.requests import SignedInRequest
from patients.models.audit import AuditAction
from patients.models.care import Episode
from patients.models.people import STAFF_ROLES, Patient, Role, User
from patients.queries import compiled

PUBLIC = "public"
SIGNED_IN = "signed_in"
# What someone is who came by the link of a message, beside the roles that people hold.
LINK_HOLDER = "link_holder"

# Rule -> roles that satisfy it. A rule that is not here cannot be named.
RULES: dict[str, frozenset[str]] = {
    PUBLIC: frozenset(),
    SIGNED_IN: frozenset(Role.values),
    "own.read": frozenset({Role.PATIENT}),
    "own.write": frozenset({Role.PATIENT}),
    # This week's form and its receipt: nothing of the record.
    "check_in.answer": frozenset({Role.PATIENT, LINK_HOLDER}),
    "caseload.read": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    "episode.read": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    "episode.write": frozenset({Role.CLINICIAN}),
    # Register someone, correct the details, pause check-ins: whoever hears it first puts it right.
    "care.organise": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    # When a clinician leaves the clinic, someone has to name the next one.
    "team.manage": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    "alert.read": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    "alert.act": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    # Who reads health data may pass that on with someone else's consent: confirm a colleague, tell a claim code.
    "people.vouch": frozenset({Role.CLINICIAN, Role.COORDINATOR}),
    "people.manage": frozenset({Role.ADMIN}),
    "clinic.manage": frozenset({Role.ADMIN}),
    # What somebody of the team wants to be sent about the own work.
    "messages.choose": frozenset({Role.CLINICIAN, Role.COORDINATOR, Role.ADMIN}),
    # Counts only, small ones hidden.
    "outcomes.read": frozenset({Role.ADMIN, Role.COORDINATOR}),
}

# Rules whose pages show no one's health data. All others count as showing some, a new one too until it is named here.
HARMLESS_RULES = frozenset({PUBLIC, SIGNED_IN, "people.manage", "clinic.manage", "outcomes.read", "messages.choose"})

# Routes of django-allauth, which cannot carry our decorator. A route of the package that is not here (sign-up, change
# of address, setting a first password) does not exist for anyone: docs/decisions/0060.
THIRD_PARTY: dict[str, str] = {
    "account_login": PUBLIC,
    # Public, because "Cancel" in the middle of signing in is a sign-out too.
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_request_login_code": PUBLIC,
    "account_confirm_login_code": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "mfa_authenticate": PUBLIC,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_index": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_login_webauthn": PUBLIC,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
}

_View = TypeVar("_View", bound=Callable[..., Any])
_Row = TypeVar("_Row", bound=models.Model)


def access(rule: str) -> Callable[[_View], _View]:
    """Declare the rule of a view.

    Raises:
        KeyError: at import, when the rule does not exist.
    """
    RULES[rule]

    def declare(view: _View) -> _View:
        view.access = rule  # type: ignore[attr-defined]
        return login_not_required(view) if rule == PUBLIC else view

    return declare


def rule_of(*, view: Callable[..., Any], route: str) -> str | None:
    """Return the rule of a view or package route; None means: no one decided, so no one may."""
    declared = getattr(view, "access", None)
    return declared if isinstance(declared, str) else THIRD_PARTY.get(route)


def may(*, roles: frozenset[str], rule: str) -> bool:
    """Say whether someone with these roles satisfies the rule."""
    return rule == PUBLIC or bool(RULES[rule] & roles)


def staff_who_read_health_data() -> frozenset[str]:
    """Return the roles of staff with which someone sees a patient's health data, as the rules say."""
    reading = frozenset[str]().union(*(roles for rule, roles in RULES.items() if rule not in HARMLESS_RULES))
    return reading & STAFF_ROLES


class Whose(StrEnum):
    """Whose people of those one may see: one is responsible for, of one's care teams, or all."""

    MINE = "mine"
    TEAM = "team"
    CLINIC = "clinic"


def visible_episodes(*, user: User, roles: frozenset[str], whose: Whose = Whose.CLINIC) -> QuerySet[Episode]:
    """Return the episodes this person may see in the present clinic.

    A coordinator sees the clinic's; a clinician those whose care team he or she is on; a patient the own ones;
    a clinic admin none: setting up a clinic needs no health data.
    """
    episodes = Episode.objects.select_related("patient")
    if Role.COORDINATOR in roles and whose is Whose.CLINIC:
        return episodes
    if roles & {Role.COORDINATOR, Role.CLINICIAN}:
        # In one condition: each person of a team is looked up once.
        on_team = Q(care_team__user=user, care_team__left_at__isnull=True)
        return episodes.filter(on_team & Q(care_team__is_responsible=True) if whose is Whose.MINE else on_team)
    if Role.PATIENT in roles:
        return episodes.filter(patient__user=user)
    return episodes.none()


def get_episode_or_404(request: SignedInRequest, episode_id: UUID) -> Episode:
    """Return an episode the person may see, and record that it was read.

    Raises:
        Http404: it does not exist, is another clinic's, or is not this person's to see.
    """
    rows = _visible_episode(request.user.pk, episode_id, roles=request.clinic_roles)
    if not rows:
        raise Http404
    episode = rows[0]
    audit.record(AuditAction.EPISODE_READ, by=request.user, about=episode, at=timezone.now())
    return episode


@compiled
def _visible_episode(user_id: UUID, episode_id: UUID, *, roles: frozenset[str]) -> QuerySet[Episode]:
    return visible_episodes(user=User(pk=user_id), roles=roles).filter(pk=episode_id)


def find_or_404(rows: QuerySet[_Row], pk: UUID) -> _Row:
    """Return one of the rows that a read function lets through.

    Raises:
        Http404: it is not among them.
    """
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def own_episode_or_404(request: SignedInRequest) -> Episode:
    """Return the signed-in patient's open episode; from here on times are shown in the patient's own zone.

    Raises:
        Http404: there is none.
    """
    return _open_episode_or_404(request.user)


def is_in_care(request: SignedInRequest) -> bool:
    """Say whether the signed-in patient has an open episode: what leads to care is offered then alone."""
    return Episode.objects.filter(patient__user=request.user, ended_on__isnull=True).exists()


def own_record_or_404(request: SignedInRequest) -> Episode:
    """Return the signed-in patient's newest episode, open or ended: the own record stays readable after care.

    Raises:
        Http404: there was never one.
    """
    episodes = Episode.objects.select_related("patient").filter(patient__user=request.user)
    episode = episodes.order_by(F("ended_on").desc(nulls_first=True), "-started_on").first()
    if episode is None:
        raise Http404
    timezone.activate(ZoneInfo(episode.patient.time_zone))
    return episode


def _open_episode_or_404(user: User) -> Episode:
    """Return the open episode of a patient and show times in the patient's own zone.

    Raises:
        Http404: there is none.
    """
    episodes = Episode.objects.select_related("patient").filter(patient__user=user, ended_on__isnull=True)
    episode = episodes.order_by("-started_on").first()
    if episode is None:
        raise Http404
    # The middleware's time is the clinic's; patients read their own. It ends with the request.
    timezone.activate(ZoneInfo(episode.patient.time_zone))
    return episode


def answerer(request: SignedInRequest) -> User:
    """Return who fills in the form: the signed-in patient, or the patient whose link was opened."""
    return request.user if request.answering is None else request.answering.user


def answering_episode_or_404(request: SignedInRequest) -> Episode:
    """Return the open episode of whoever fills in the form.

    Raises:
        Http404: there is none.
    """
    return _open_episode_or_404(answerer(request))


def check_week(request: SignedInRequest, slot_id: UUID) -> None:
    """Refuse another week than the link is for; those who signed in may answer every week that is open to them.

    Raises:
        Http404: the link is for another week.
    """
    if request.answering is not None and request.answering.slot_id != slot_id:
        raise Http404


def own_patient_or_404(request: SignedInRequest) -> Patient:
    """Return the signed-in patient, in care now or not; from here on times are shown in the patient's own zone.

    Raises:
        Http404: there is none.
    """
    patient = own_patient_or_none(request)
    if patient is None:
        raise Http404
    timezone.activate(ZoneInfo(patient.time_zone))
    return patient


def own_patient_or_none(request: HttpRequest) -> Patient | None:
    """Return the patient who is signed in; None for staff, strangers, and those who came by the link of a message."""
    if not may(roles=roles_of(request), rule="own.read"):
        return None
    return Patient.objects.filter(user=cast("SignedInRequest", request).user).first()


def roles_of(request: HttpRequest) -> frozenset[str]:
    """Return the roles of the request, none for an anonymous one."""
    return getattr(request, "clinic_roles", frozenset())
