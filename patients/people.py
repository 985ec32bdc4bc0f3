"""Set up a clinic; invite, accept, and end roles."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from patients import audit, consent
from patients.models import CareTeamMembership, Clinic, ClinicRole, Invitation, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.tenancy import clinic_context

# SAFETY 2.3: staff 72 hours; patients get longer, since they are invited at a visit and may need a calm evening.
STAFF_INVITATION_HOURS = 72
PATIENT_INVITATION_HOURS = 14 * 24
MINIMUM_RESPONDERS = 2


class InvitationClosed(Exception):
    """The link is unknown, used, revoked or too old. The page says the same in all four cases."""


class LastAdmin(ValueError):
    """A clinic without an admin could never be set up again."""


class AlreadyHasAccount(ValueError):
    """The patient can sign in already; a second account would split the record."""


class AddressInUse(ValueError):
    """Another patient of the clinic signs in with this address; one account is one person's."""


class NotYourClinic(ValueError):
    """The person has no role there."""


@dataclass(frozen=True)
class InvitationLink:
    """An invitation and the secret of its link; the secret is known only here and in the mail."""

    invitation: Invitation
    token: str


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
def set_up_clinic(*, name: str, public_name: str, time_zone: str, admin_email: str, at: datetime) -> InvitationLink:
    """Create a clinic and invite its first admin."""
    clinic = Clinic.objects.create(name=name, public_name=public_name, time_zone=time_zone, created_at=at)
    founder, _ = User.objects.get_or_create(email=admin_email.lower())
    with clinic_context(clinic_id=clinic.pk):
        return invite(email=admin_email, name=founder.name, role=Role.ADMIN, by=founder, at=at)


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
    """Add a patient to the present clinic, with or without an account."""
    patient = Patient.objects.create(
        name=name,
        birth_date=birth_date,
        external_id=external_id,
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

    Their people then have nobody responsible: coordinators get the alerts, and name somebody else.

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
def invite(
    *,
    email: str,
    name: str,
    role: Role,
    title: str = "",
    patient: Patient | None = None,
    language: str = "",
    by: User,
    at: datetime,
) -> InvitationLink:
    """Invite a person to one role; an earlier open invitation of the address to that role ends.

    So does every earlier one to the same patient's record: a letter that went to a wrong address must open nothing.

    Raises:
        AlreadyHasAccount: the patient has accepted one before.
        AddressInUse: the address is another patient's.
    """
    if patient is not None and patient.user_id is not None:
        raise AlreadyHasAccount
    address = email.strip().lower()
    if patient is not None and is_in_use(address):
        raise AddressInUse
    same = Q(email=address, role=role) | Q(patient=patient) if patient else Q(email=address, role=role)
    Invitation.objects.filter(same, accepted_at=None, revoked_at=None).update(revoked_at=at)
    hours = PATIENT_INVITATION_HOURS if role == Role.PATIENT else STAFF_INVITATION_HOURS
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=address,
        name=name,
        role=role,
        title=title,
        patient=patient,
        language=language,
        secret_hash=_hash(secret),
        invited_at=at,
        invited_by=by,
        expires_at=at + timedelta(hours=hours),
    )
    audit.record(AuditAction.PERSON_INVITED, by=by, about=invitation, at=at)
    return InvitationLink(invitation, f"{invitation.clinic_id.hex}.{secret}")


@transaction.atomic
def invite_patient(*, patient: Patient, email: str, language: str = "", by: User, at: datetime) -> InvitationLink:
    """Invite a patient of the clinic to an account, in the language that is noted, or that is to be noted from now on.

    Raises:
        AlreadyHasAccount: the patient has one.
        AddressInUse: the address is another patient's.
    """
    if language and language != patient.language and patient.user_id is None:
        patient.language = language
        patient.save(update_fields=["language"])
    return invite(
        email=email,
        name=patient.name,
        role=Role.PATIENT,
        patient=patient,
        language=patient.language,
        by=by,
        at=at,
    )


@transaction.atomic
def renew(*, invitation: Invitation, by: User, at: datetime) -> InvitationLink:
    """Invite again with the same words and a new secret; the old link ends."""
    return invite(
        email=invitation.email,
        name=invitation.name,
        role=Role(invitation.role),
        title=invitation.title,
        patient=invitation.patient,
        language=invitation.language,
        by=by,
        at=at,
    )


@transaction.atomic
def revoke(*, invitation: Invitation, by: User | None, at: datetime) -> None:
    """End an invitation, by the clinic or by "this isn't me"."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(revoked_at=at)
    audit.record(AuditAction.INVITATION_REVOKED, by=by, about=invitation, at=at)


def clinic_of_token(token: str) -> UUID:
    """Return the clinic a link names; whether the link is good is decided inside that clinic.

    Raises:
        InvitationClosed: the link is not of our making.
    """
    try:
        return UUID(hex=token.partition(".")[0])
    except ValueError as error:
        raise InvitationClosed from error


def find_invitation(*, token: str, at: datetime) -> Invitation:
    """Return the open invitation behind a link.

    Raises:
        InvitationClosed: unknown, used, revoked or too old.
    """
    secret = token.partition(".")[2]
    invitation = Invitation.objects.select_related("patient", "clinic").filter(secret_hash=_hash(secret)).first()
    if invitation is None or not invitation.is_open(at=at):
        raise InvitationClosed
    return invitation


@transaction.atomic
def accept(
    *,
    invitation: Invitation,
    name: str,
    password: str | None,
    wants_reminders: bool = True,
    language: str = "",
    at: datetime,
) -> User:
    """Turn an invitation into an account with its role; works once.

    The language is that of the page on which the person accepted. An address that already has an account keeps its
    password: an invitation of one clinic must not be able to take over an account of another.

    Raises:
        InvitationClosed: somebody was quicker, or the record has its person already.
    """
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(accepted_at=at)
    if not taken:
        raise InvitationClosed
    user = User.objects.filter(email=invitation.email).first() or User(email=invitation.email)
    if user.claimed_at is None:
        user.name, user.claimed_at, user.language = name, at, language
        user.set_password(password)
        user.save()
        confirm_address(user)
    grant_role(user=user, role=Role(invitation.role), title=invitation.title, at=at)
    if invitation.patient is not None:
        _link_patient(invitation.patient, user, wants_reminders=wants_reminders, at=at)
    audit.record(AuditAction.INVITATION_ACCEPTED, by=user, about=invitation, at=at)
    return user


@transaction.atomic
def change_clinic(*, clinic: Clinic, by: User, at: datetime) -> Clinic:
    """Save the clinic's settings as edited."""
    clinic.save()
    audit.record(AuditAction.CLINIC_CHANGED, by=by, about=clinic, at=at)
    return clinic


def can_take_risk_answers(clinic: Clinic) -> bool:
    """Say whether the clinic may ask about self-harm: it needs numbers to call, hours, and two responders.

    Source: SAFETY 1.7 (g).
    """
    has_responders = responders() >= MINIMUM_RESPONDERS
    return bool(clinic.crisis_contacts) and bool(clinic.staffed_weekdays) and has_responders


def is_clinician(user: User) -> bool:
    """Say whether a person is a clinician in the present clinic."""
    return ClinicRole.objects.filter(user=user, role=Role.CLINICIAN, ended_at__isnull=True).exists()


def responders() -> int:
    """Return how many people of the present clinic can answer an alert."""
    held = ClinicRole.objects.filter(
        role__in=[Role.CLINICIAN, Role.COORDINATOR], ended_at__isnull=True, user__is_active=True
    )
    return held.values("user").distinct().count()


def stored_clinic(clinic_id: UUID) -> Clinic:
    """Return the clinic as it is stored, beside a form that may hold something else."""
    return Clinic.objects.get(pk=clinic_id)


def confirm_address(user: User) -> None:
    """Count the account's address as confirmed: the link that opened the account came to it."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def has_account(email: str) -> bool:
    """Say whether somebody has claimed the account of an address."""
    return User.objects.filter(email=email.strip().lower(), claimed_at__isnull=False).exists()


def is_in_use(email: str) -> bool:
    """Say whether a patient of the present clinic signs in with an address."""
    return bool(email) and Patient.objects.filter(user__email=email.strip().lower()).exists()


def held_roles() -> QuerySet[ClinicRole]:
    """Return the roles held in the present clinic by staff."""
    held = ClinicRole.objects.filter(ended_at__isnull=True).exclude(role=Role.PATIENT)
    return held.select_related("user").order_by("user__name", "user__email", "since")


def staff() -> list[StaffMember]:
    """Return everybody who works in the present clinic, by name."""
    members: dict[UUID, StaffMember] = {}
    for role in held_roles():
        members.setdefault(role.user_id, StaffMember(role.user, [])).roles.append(role)
    return list(members.values())


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that nobody has answered, the newest first; those that ran out are among them."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None).select_related("patient", "invited_by")
    return waiting.order_by("-invited_at")


def patients(*, search: str = "") -> QuerySet[Patient]:
    """Return the patients of the present clinic by name, each with the address of an open invitation."""
    waiting = Invitation.objects.filter(patient=OuterRef("pk"), accepted_at=None, revoked_at=None)
    found = Patient.objects.filter(Q(name__icontains=search) | Q(external_id=search)) if search else Patient.objects
    return found.select_related("user").annotate(invited=Subquery(waiting.values("email")[:1])).order_by("name", "pk")


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


def _link_patient(patient: Patient, user: User, *, wants_reminders: bool, at: datetime) -> None:
    """Connect the account with the record, and keep the agreement given on the same page.

    Raises:
        InvitationClosed: the record is somebody's already, or the account has another record in the clinic.
    """
    is_free = not Patient.objects.filter(user=user).exists()
    language = user.language or patient.language
    if not is_free or not Patient.objects.filter(pk=patient.pk, user=None).update(user=user, language=language):
        raise InvitationClosed
    patient.refresh_from_db()
    given = {ConsentPurpose.CHECK_INS: True, ConsentPurpose.REMINDERS: wants_reminders}
    for purpose, is_given in given.items():
        consent.decide(patient=patient, purpose=purpose, is_given=is_given, by=user, at=at)


def _hash(secret: str) -> str:
    """Return what is stored of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
