"""Invite people to an account, accept, renew and take back invitations."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from patients import audit, consent, people
from patients.models import Invitation, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.models.people import Role

# SAFETY 2.3: staff 72 hours; patients get longer, since they are invited at a visit and may need a calm evening.
STAFF_INVITATION_HOURS = 72
PATIENT_INVITATION_HOURS = 14 * 24


class InvitationClosed(Exception):
    """The link is unknown, used, revoked or too old. The page says the same in all four cases."""


class AlreadyHasAccount(ValueError):
    """The patient can sign in already; a second account would split the record."""


class AddressInUse(ValueError):
    """Another patient of the clinic signs in with this address; one account is one person's."""


@dataclass(frozen=True)
class InvitationLink:
    """An invitation and the secret of its link; the secret is known only here and in the mail."""

    invitation: Invitation
    token: str


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
    if patient is not None and people.is_in_use(address):
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
        people.confirm_address(user)
    people.grant_role(user=user, role=Role(invitation.role), title=invitation.title, at=at)
    if invitation.patient is not None:
        _link_patient(invitation.patient, user, wants_reminders=wants_reminders, at=at)
    audit.record(AuditAction.INVITATION_ACCEPTED, by=user, about=invitation, at=at)
    return user


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that nobody has answered, the newest first; those that ran out are among them."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None).select_related("patient", "invited_by")
    return waiting.order_by("-invited_at")


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
