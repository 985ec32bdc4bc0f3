"""Who is cared for, who works here, and what a role is given and taken by; invitations are a noun of their own."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from patients import audit
from patients.models import CareTeamMembership, Clinic, ClinicRole, Invitation, Patient, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.people import spellings
from patients.tenancy import clinic_context

MINIMUM_RESPONDERS = 2


class LastAdmin(ValueError):
    """A clinic without an admin could never be set up again."""


class NotYourClinic(ValueError):
    """The person has no role there."""


@dataclass(frozen=True)
class StaffMember:
    """A person who works in the clinic, with the roles held there."""

    user: User
    roles: list[ClinicRole]

    @property
    def title(self) -> str:
        """Return the profession in the reader's language, where one is known; other words stay as they were written."""
        return next((gettext(role.title) for role in self.roles if role.title), "")


@transaction.atomic
def add_patient(
    *,
    name: str,
    birth_date: date | None = None,
    external_id: str = "",
    time_zone: str = "UTC",
    language: str = "en",
    user: User | None = None,
    by: User | None,
    at: datetime,
) -> Patient:
    """Add a patient to the present clinic, with or without an account; name and number are kept in one spelling."""
    patient = Patient.objects.create(
        name=" ".join(name.split()),
        birth_date=birth_date,
        external_id=spellings.number_in_one_spelling(external_id),
        time_zone=time_zone,
        language=language,
        user=user,
        created_at=at,
    )
    audit.record(AuditAction.PATIENT_ADDED, by=by, about=patient, at=at)
    return patient


@transaction.atomic
def grant_role(*, user: User, role: Role, title: str = "", at: datetime) -> ClinicRole:
    """Give a person a role in the present clinic; holding it twice is the same as once."""
    held, _ = ClinicRole.objects.get_or_create(
        user=user, role=role, ended_at=None, defaults={"title": title, "since": at}
    )
    return held


@transaction.atomic
def end_role(*, role: ClinicRole, by: User, at: datetime) -> None:
    """End a role from the next request on. Who is no clinician any more leaves every care team.

    Their people then have no one responsible: coordinators get the alerts, and name someone else.

    Raises:
        LastAdmin: it is the clinic's last admin.
    """
    admins = ClinicRole.objects.filter(role=Role.ADMIN, ended_at__isnull=True)
    if role.role == Role.ADMIN and admins.count() == 1:
        raise LastAdmin
    role.ended_at = at
    role.save(update_fields=["ended_at"])
    audit.record(AuditAction.ROLE_ENDED, by=by, about=role, at=at)
    if role.role == Role.CLINICIAN:
        for membership in CareTeamMembership.objects.filter(user=role.user, left_at__isnull=True):
            membership.left_at = at
            membership.save(update_fields=["left_at"])
            audit.record(AuditAction.TEAM_LEFT, by=by, about=membership, at=at)


@transaction.atomic
def change_clinic(*, clinic: Clinic, by: User, at: datetime) -> Clinic:
    """Save the clinic's settings as edited; clocks are worked out again with its hours."""
    clinic.calendar_version += 1
    clinic.save()
    audit.record(AuditAction.CLINIC_CHANGED, by=by, about=clinic, at=at)
    return clinic


def can_take_risk_answers(clinic: Clinic) -> bool:
    """Say whether the clinic may ask about self-harm: it needs numbers to call, hours, and two responders.

    Source: docs/safety.md#before-item-9.
    """
    has_responders = responders() >= MINIMUM_RESPONDERS
    return bool(clinic.crisis_contacts) and bool(clinic.staffed_weekdays) and has_responders


def is_clinician(user: User) -> bool:
    """Say whether a person is a clinician in the present clinic."""
    return ClinicRole.objects.filter(user=user, role=Role.CLINICIAN, ended_at__isnull=True).exists()


def responders() -> int:
    """Return how many people of the present clinic can answer an alert."""
    return answering().count()


def answering() -> QuerySet[User]:
    """Return who can answer alerts in the present clinic: its clinicians and coordinators, by name."""
    held = ClinicRole.objects.filter(
        role__in=[Role.CLINICIAN, Role.COORDINATOR], ended_at__isnull=True, user__is_active=True
    )
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "email")


def stored_clinic(clinic_id: UUID) -> Clinic:
    """Return the clinic as it is stored, beside a form that may hold something else."""
    return Clinic.objects.get(pk=clinic_id)


def confirm_address(user: User) -> None:
    """Count the account's address as confirmed: the link that opened the account came to it."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def has_account(email: str) -> bool:
    """Say whether someone has claimed the account of an address."""
    return User.objects.filter(email=email.strip().lower(), claimed_at__isnull=False).exists()


def has_password(email: str) -> bool:
    """Say whether someone has claimed the account of an address and opens it with a password."""
    account = User.objects.filter(email=email.strip().lower(), claimed_at__isnull=False).first()
    return account is not None and account.has_usable_password()


def is_in_use(email: str) -> bool:
    """Say whether a patient of the present clinic signs in with an address."""
    return bool(email) and Patient.objects.filter(user__email=email.strip().lower()).exists()


def works_here(email: str) -> bool:
    """Say whether someone on the staff of the present clinic signs in with an address."""
    return bool(email) and held_roles().filter(user__email=email.strip().lower()).exists()


def held_roles() -> QuerySet[ClinicRole]:
    """Return the roles held in the present clinic by staff, each with the names of the two people who gave it.

    A role counts from the moment when the second of two things happened, accepting or confirming; that is how its
    invitation is found. Roles from before there was a second person have no names.
    """
    held = ClinicRole.objects.filter(ended_at__isnull=True).exclude(role=Role.PATIENT)
    both = Invitation.objects.filter(email=OuterRef("user__email"), role=OuterRef("role"), confirmed_at__isnull=False)
    came_by = both.filter(Q(accepted_at=OuterRef("since")) | Q(confirmed_at=OuterRef("since")))
    held = held.annotate(
        proposed_by=Subquery(came_by.values("invited_by__name")[:1]),
        confirmed_by=Subquery(came_by.values("confirmed_by__name")[:1]),
        is_confirmed_by_operator=Subquery(came_by.values("is_confirmed_by_operator")[:1]),
    )
    return held.select_related("user").order_by("user__name", "user__email", "since")


def staff() -> list[StaffMember]:
    """Return everyone who works in the present clinic, by name."""
    members: dict[UUID, StaffMember] = {}
    for role in held_roles():
        members.setdefault(role.user_id, StaffMember(role.user, [])).roles.append(role)
    return list(members.values())


def patients(*, search: str = "") -> QuerySet[Patient]:
    """Return the patients of the present clinic by name, each with the address of an open invitation.

    A search finds names and clinic numbers however they are spelled.
    """
    waiting = Invitation.objects.filter(patient=OuterRef("pk"), accepted_at=None, revoked_at=None)
    people = Patient.objects.filter(pk__in=_found(search)) if search else Patient.objects
    return people.select_related("user").annotate(invited=Subquery(waiting.values("email")[:1])).order_by("name", "pk")


def _found(search: str) -> list[UUID]:
    rows = Patient.objects.values_list("pk", "name", "external_id")
    return [pk for pk, name, number in rows if spellings.is_found(search, name=name, number=number)]


def clinics_of(user: User) -> list[Clinic]:
    """Return the clinics in which a person has a role, by name. Needs the person, not a clinic, in the context."""
    held = ClinicRole._base_manager.filter(user=user, ended_at__isnull=True)
    return list(Clinic.objects.filter(pk__in=held.values("clinic_id")).order_by("name"))


@transaction.atomic
def choose_clinic(*, clinic_id: str, by: User, at: datetime) -> Clinic:
    """Record that a person goes on working in another of the own clinics.

    Raises:
        NotYourClinic: no role there, or no such clinic.
    """
    chosen = next((clinic for clinic in clinics_of(by) if str(clinic.pk) == clinic_id), None)
    if chosen is None:
        raise NotYourClinic
    with clinic_context(clinic_id=chosen.pk, user_id=by.pk):
        audit.record(AuditAction.CLINIC_CHOSEN, by=by, about=chosen, at=at)
    return chosen


def is_staff_anywhere(user: User) -> bool:
    """Say whether a person works in any clinic. Needs the person, not a clinic, in the context."""
    held = ClinicRole._base_manager.filter(user=user, ended_at__isnull=True)
    return held.exclude(role=Role.PATIENT).exists()


@transaction.atomic
def end_sessions(*, by: User, at: datetime) -> None:
    """Sign a person out of every browser, this one and those that came by a link included."""
    User.objects.filter(pk=by.pk).update(session_generation=F("session_generation") + 1)
    record_session(AuditAction.SESSIONS_ENDED, user=by, at=at)


@transaction.atomic
def record_session(action: AuditAction, *, user: User, at: datetime) -> None:
    """Leave a line about signing in or out in every clinic where the person has a role."""
    with clinic_context(clinic_id=None, user_id=user.pk):
        clinics = clinics_of(user)
    for clinic in clinics:
        with clinic_context(clinic_id=clinic.pk, user_id=user.pk):
            audit.record(action, by=user, about=None, at=at)
