"""Invite people to an account, accept, renew and take back invitations.

A patient's account needs two things: the link of the mail, and a claim code that someone who reads the record anyway
tells in person. The mailbox alone opens nothing, and neither does the clinic admin alone (docs/decisions/0140). The
role of a colleague needs a second person, too: patients.accounts.proposals.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from patients import audit
from patients.accounts import claim_codes
from patients.models import ClinicRole, Episode, Invitation, Patient, User
from patients.models.audit import AuditAction
from patients.models.consent import ConsentPurpose
from patients.models.people import Role
from patients.people import people
from patients.rights import consent

# Staff 72 hours; patients get longer, since they are invited at a visit and may need a calm evening.
# See docs/safety.md#letting-people-in.
STAFF_INVITATION_HOURS = 72
PATIENT_INVITATION_HOURS = 14 * 24
# A code that was told lives no longer than the link it was told for, however often the link is sent again.
CODE_LIVES = timedelta(hours=PATIENT_INVITATION_HOURS)
# Five tries at one code of 10^8: a chance of 1 in 20 million.
MOST_WRONG_TRIES = 5


class InvitationClosed(Exception):
    """The link is unknown, used, revoked or too old. The page says the same in all four cases."""


class WrongCode(Exception):
    """The claim code is not the one that was told, or none has been told yet."""


class AlreadyHasAccount(ValueError):
    """The patient can sign in already; a second account would split the record."""


class AddressInUse(ValueError):
    """Another patient of the clinic signs in with this address; one account is one person's."""


class AddressOfStaff(AddressInUse):
    """Someone who works in the clinic signs in with this address; a record of care needs a private one."""


class AddressOfPatient(AddressInUse):
    """A patient of the clinic signs in with this address; work in the same clinic needs another account."""


class OwnInvitation(ValueError):
    """No one tells the claim code of an account to oneself."""


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
        AddressInUse: the address is another patient's, or a colleague's.
        AddressOfPatient: it is a patient's, and the role one of staff.
    """
    address = email.strip().lower()
    if patient is not None:
        check_can_claim(patient, address=address)
    elif people.is_in_use(address):
        raise AddressOfPatient
    same = Q(email=address, role=role) | Q(patient=patient) if patient else Q(email=address, role=role)
    _unanswered().filter(same).update(revoked_at=at, awaits_confirmation=False)
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
        # The minute that mail, page and paper print is the one that is enforced.
        expires_at=at.replace(second=0, microsecond=0) + timedelta(hours=hours),
    )
    audit.record(AuditAction.PERSON_INVITED, by=by, about=invitation, at=at)
    return InvitationLink(invitation, f"{invitation.clinic_id.hex}.{secret}")


def check_can_claim(patient: Patient | None, *, address: str) -> None:
    """Refuse an address that cannot become this patient's, or a new patient's.

    Raises:
        AlreadyHasAccount: the patient has an account.
        AddressInUse: the address is another patient's.
        AddressOfStaff: it is a colleague's.
    """
    if patient is not None and patient.user_id is not None:
        raise AlreadyHasAccount
    if people.is_in_use(address):
        raise AddressInUse
    if people.works_here(address):
        raise AddressOfStaff


@transaction.atomic
def invite_patient(*, patient: Patient, email: str, language: str = "", by: User, at: datetime) -> InvitationLink:
    """Invite a patient of the clinic to an account, in the language that is noted, or that is to be noted from now on.

    Raises:
        AlreadyHasAccount: the patient has one.
        AddressInUse: the address is another patient's, or a colleague's.
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
    """Invite again with the same words and a new secret; the old link ends.

    A claim code that was told goes on: it is the same person's, the mail goes to the same address, and wrong tries
    stay counted. So does the agreement of a second person, while the old link was still open; not if that person is
    who sends it again, and so becomes the one who proposes.
    """
    kept = ["code_hash", "code_made_at", "code_made_by", "wrong_tries"]
    if invitation.is_open(at=at) and invitation.confirmed_by_id != by.pk:
        kept += ["confirmed_at", "confirmed_by", "is_confirmed_by_operator"]
    link = invite(
        email=invitation.email,
        name=invitation.name,
        role=Role(invitation.role),
        title=invitation.title,
        patient=invitation.patient,
        language=invitation.language,
        by=by,
        at=at,
    )
    Invitation.objects.filter(pk=link.invitation.pk).update(**{name: getattr(invitation, name) for name in kept})
    link.invitation.refresh_from_db(fields=kept)
    return link


@transaction.atomic
def revoke(*, invitation: Invitation, by: User | None, at: datetime) -> None:
    """End an invitation, by the clinic or by "this isn't me"; one that was accepted only while it waits."""
    ended = {"revoked_at": at, "declined_at": at if by is None else None, "awaits_confirmation": False}
    _unanswered().filter(pk=invitation.pk).update(**ended)
    audit.record(AuditAction.INVITATION_REVOKED, by=by, about=invitation, at=at)


@transaction.atomic
def make_code(*, invitation: Invitation | None, by: User, at: datetime) -> str:
    """Make the claim code of a patient's open invitation and return it, this once; an earlier one ends.

    Raises:
        InvitationClosed: there is none, it is no patient's, or it cannot be accepted any more.
        OwnInvitation: it goes to the own address.
    """
    if invitation is None:
        raise InvitationClosed
    if invitation.email == by.email:
        raise OwnInvitation
    code = claim_codes.make()
    hashed = claim_codes.hashed(code, of=invitation.patient_id)
    still_open = Invitation.objects.filter(pk=invitation.pk, role=Role.PATIENT, accepted_at=None, revoked_at=None)
    changed = {"code_hash": hashed, "code_made_at": at, "code_made_by": by, "wrong_tries": 0}
    if not still_open.filter(expires_at__gt=at).update(**changed):
        raise InvitationClosed
    audit.record(AuditAction.CLAIM_CODE_MADE, by=by, about=invitation, at=at)
    return code


@transaction.atomic
def fits(*, invitation: Invitation, code: str, at: datetime) -> bool:
    """Say whether a claim code is the one that was told; a wrong one is counted, and the last one closes the link.

    The row is locked: tries that come at the same moment are counted one after the other.
    """
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not row.is_open(at=at):
        return False
    is_alive = row.code_made_at is not None and at < row.code_made_at + CODE_LIVES
    if is_alive and claim_codes.fits(claim_codes.typed(code), of=row.patient_id, stored=row.code_hash):
        return True
    row.wrong_tries += 1
    row.save(update_fields=["wrong_tries"])
    audit.record(AuditAction.CLAIM_CODE_WRONG, by=None, about=row, at=at, counts={"tries": row.wrong_tries})
    if row.wrong_tries >= MOST_WRONG_TRIES:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        audit.record(AuditAction.INVITATION_REVOKED, by=None, about=row, at=at)
    return False


def is_closed_by_tries(invitation: Invitation) -> bool:
    """Say whether too many wrong codes have closed an invitation."""
    return invitation.revoked_at is not None and invitation.wrong_tries >= MOST_WRONG_TRIES


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


def accept(
    *,
    invitation: Invitation,
    name: str,
    password: str | None,
    code: str = "",
    wants_reminders: bool = True,
    language: str = "",
    at: datetime,
) -> User:
    """Turn an invitation into an account with its role; works once.

    A patient's needs the claim code. A wrong one is counted before anything else happens, in a step of its own: what
    is undone when it is refused must not undo the counting.

    Raises:
        WrongCode: the code does not fit, and there are tries left.
        InvitationClosed: there are none, someone was quicker, or the record has its person already.
    """
    if invitation.is_for_patient and not fits(invitation=invitation, code=code, at=at):
        invitation.refresh_from_db()
        raise WrongCode if invitation.is_open(at=at) else InvitationClosed
    return _open_account(
        invitation, name=name, password=password, wants_reminders=wants_reminders, language=language, at=at
    )


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that are not through, the newest first; those that ran out are among them."""
    waiting = _unanswered().select_related("patient", "invited_by", "code_made_by", "confirmed_by")
    return waiting.order_by("-invited_at")


@transaction.atomic
def give_role(invitation: Invitation, user: User, *, by: User | None, at: datetime) -> ClinicRole:
    """Give the account of an invitation the role that was offered."""
    held = people.grant_role(user=user, role=Role(invitation.role), title=invitation.title, at=at)
    audit.record(AuditAction.ROLE_GRANTED, by=by, about=held, at=at)
    return held


def newest_of(patient: Patient) -> Invitation | None:
    """Return the invitation to a patient's account that counts: the one it came by, else the newest."""
    of_patient = Invitation.objects.filter(patient=patient).select_related("invited_by", "code_made_by")
    if patient.user_id is not None:
        of_patient = of_patient.order_by(F("accepted_at").desc(nulls_last=True), "-invited_at")
    else:
        of_patient = of_patient.order_by("-invited_at")
    return of_patient.first()


def of_patients(episodes: QuerySet[Episode], *, since: datetime) -> QuerySet[Invitation]:
    """Return the invitations of patients that a care team should know of, each with the address of its page.

    Those that are open, and what became of others since a moment: claimed, declined, closed after wrong codes.

    Args:
        episodes: those the reader may see.
        since: the moment.
    """
    became = Q(accepted_at__gte=since) | Q(declined_at__gte=since)
    became |= Q(revoked_at__gte=since, wrong_tries__gte=MOST_WRONG_TRIES)
    open_now = Q(accepted_at=None, revoked_at=None)
    newest = episodes.filter(patient=OuterRef("patient")).order_by("-started_on")
    shown = Invitation.objects.filter(open_now | became, role=Role.PATIENT, patient__in=episodes.values("patient"))
    shown = shown.annotate(episode_id=Subquery(newest.values("pk")[:1]))
    return shown.select_related("patient__user", "invited_by", "code_made_by").order_by("-invited_at")


@transaction.atomic
def _open_account(
    invitation: Invitation, *, name: str, password: str | None, wants_reminders: bool, language: str, at: datetime
) -> User:
    """Make or find the account of an invitation and give it what was offered, as soon as a second person agrees.

    The language is that of the page on which the person accepted. An address that already has an account keeps its
    password: an invitation of one clinic must not be able to take over an account of another. Only who has none, a
    patient elsewhere, gets the first one here: staff are not let in by a code from their mailbox.

    Raises:
        InvitationClosed: someone was quicker, the account is closed, or the record has its person already.
    """
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(accepted_at=at)
    if not taken:
        raise InvitationClosed
    # A second person may have agreed a moment ago.
    invitation.refresh_from_db()
    user = User.objects.filter(email=invitation.email).first() or User(email=invitation.email)
    if not user.is_active:
        raise InvitationClosed
    if user.claimed_at is None:
        user.name, user.claimed_at, user.language = name, at, language
        user.set_password(password)
        user.save()
        people.confirm_address(user)
    elif password and not user.has_usable_password():
        user.set_password(password)
        user.save(update_fields=["password"])
    audit.record(AuditAction.INVITATION_ACCEPTED, by=user, about=invitation, at=at)
    if invitation.patient is not None:
        _link_patient(invitation.patient, user, wants_reminders=wants_reminders, at=at)
    elif people.is_in_use(user.email):
        raise InvitationClosed
    if invitation.is_for_patient or invitation.is_confirmed:
        give_role(invitation, user, by=user, at=at)
    else:
        Invitation.objects.filter(pk=invitation.pk).update(awaits_confirmation=True)
        invitation.awaits_confirmation = True
    return user


def _unanswered() -> QuerySet[Invitation]:
    """Return the invitations that can still end: no one accepted them, or no one has confirmed what was accepted."""
    return Invitation.objects.filter(Q(accepted_at=None) | Q(awaits_confirmation=True), revoked_at=None)


def _link_patient(patient: Patient, user: User, *, wants_reminders: bool, at: datetime) -> None:
    """Connect the account with the record, and keep the agreement given on the same page.

    Raises:
        InvitationClosed: the record is someone's already, or the account has another record in the clinic, or is a
            colleague's by now.
    """
    is_free = not Patient.objects.filter(user=user).exists() and not people.works_here(user.email)
    language = user.language or patient.language
    if not is_free or not Patient.objects.filter(pk=patient.pk, user=None).update(user=user, language=language):
        raise InvitationClosed
    patient.refresh_from_db()
    decisions = {ConsentPurpose.CHECK_INS: True, ConsentPurpose.REMINDERS: wants_reminders}
    for purpose, is_given in decisions.items():
        consent.decide(patient=patient, purpose=purpose, is_given=is_given, by=user, at=at)


def _hash(secret: str) -> str:
    """Return what is stored of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
