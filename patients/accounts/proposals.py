"""A role in the clinic takes two people: one proposes it with an invitation, another confirms it.

The second person reads health data already, and is neither who proposed nor who was proposed: power is passed on by
who holds it, and never alone. Accepting and confirming come in either order; before both are there, nothing is given
(docs/decisions/0141). Where a clinic has no one who could confirm, whoever runs the installation does, on the console.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from patients import audit
from patients.access.permissions import RULES, staff_who_read_health_data
from patients.accounts import invitations
from patients.models import ClinicRole, Invitation, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.people import people

# Accepted and confirmed by no one for this long: whoever proposed it proposes it again.
LAPSES_AFTER = timedelta(days=14)


class ProposalClosed(Exception):
    """Taken back, refused, too old, confirmed already; or who proposed it is no clinic admin any more."""


class NotTheSecondPerson(ValueError):
    """No one confirms what he or she proposed, or a role of one's own; and only who reads health data confirms."""


@transaction.atomic
def confirm(*, invitation: Invitation, by: User, at: datetime) -> Invitation:
    """Agree to a proposal as the second person; with an invitation that was accepted, the role counts from now on.

    Raises:
        ProposalClosed: there is nothing to agree to any more.
        NotTheSecondPerson: it has to be someone else.
    """
    check_can_confirm(invitation, who=by, at=at)
    return _confirm(invitation, by=by, at=at)


@transaction.atomic
def confirm_by_operator(*, invitation: Invitation, at: datetime) -> Invitation:
    """Agree to a proposal as whoever runs the installation: the second person of a clinic that has none.

    Raises:
        ProposalClosed: there is nothing to agree to any more.
    """
    if not is_waiting(invitation, at=at):
        raise ProposalClosed
    return _confirm(invitation, by=None, at=at)


@transaction.atomic
def refuse(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Refuse a proposal as the second person; the link of the invitation ends.

    Raises:
        ProposalClosed: there is nothing to refuse any more.
        NotTheSecondPerson: it has to be someone else; who proposed it takes it back.
    """
    check_can_confirm(invitation, who=by, at=at)
    still = Invitation.objects.filter(pk=invitation.pk, confirmed_at=None, revoked_at=None)
    if not still.update(revoked_at=at, awaits_confirmation=False):
        raise ProposalClosed
    audit.record(AuditAction.ROLE_REFUSED, by=by, about=invitation, at=at)


def check_can_confirm(invitation: Invitation, *, who: User, at: datetime) -> None:
    """Refuse what would be no second person's agreement.

    Raises:
        ProposalClosed: there is nothing to agree to any more.
        NotTheSecondPerson: it has to be someone else.
    """
    if not is_waiting(invitation, at=at) or not _holds(invitation.invited_by, RULES["people.manage"]):
        raise ProposalClosed
    if who.pk == invitation.invited_by_id or who.email == invitation.email:
        raise NotTheSecondPerson
    if not _holds(who, staff_who_read_health_data()):
        raise NotTheSecondPerson


def can_confirm(invitation: Invitation, *, who: User, at: datetime) -> bool:
    """Say whether a person may be the second one."""
    try:
        check_can_confirm(invitation, who=who, at=at)
    except (ProposalClosed, NotTheSecondPerson):
        return False
    return True


def is_waiting(invitation: Invitation, *, at: datetime) -> bool:
    """Say whether an invitation waits for its second person."""
    if invitation.is_for_patient or invitation.is_confirmed or invitation.revoked_at is not None:
        return False
    if invitation.accepted_at is None:
        return at < invitation.expires_at
    return invitation.awaits_confirmation and at < invitation.invited_at + LAPSES_AFTER


def waiting(*, at: datetime) -> QuerySet[Invitation]:
    """Return the proposals of the present clinic that wait for a second person, the oldest first."""
    accepted = Q(awaits_confirmation=True, invited_at__gt=at - LAPSES_AFTER)
    proposals = Invitation.objects.filter(Q(accepted_at=None, expires_at__gt=at) | accepted)
    proposals = proposals.filter(confirmed_at=None, revoked_at=None).exclude(role=Role.PATIENT)
    return proposals.select_related("invited_by").order_by("invited_at")


def _confirm(invitation: Invitation, *, by: User | None, at: datetime) -> Invitation:
    """Write down the second person; give the role where the first step was taken already.

    Accepting writes to the same row first: of two requests at one moment the later one sees what the other did.

    Raises:
        ProposalClosed: someone was quicker, or meanwhile the account was closed or became a patient's here.
    """
    still = Invitation.objects.filter(pk=invitation.pk, confirmed_at=None, revoked_at=None)
    confirmed = {"confirmed_at": at, "confirmed_by": by, "is_confirmed_by_operator": by is None}
    if not still.update(**confirmed, awaits_confirmation=False):
        raise ProposalClosed
    invitation.refresh_from_db()
    counts = {"operator": 1} if by is None else {}
    audit.record(AuditAction.ROLE_CONFIRMED, by=by, about=invitation, at=at, counts=counts)
    if invitation.accepted_at is not None:
        user = User.objects.filter(email=invitation.email, is_active=True).first()
        if user is None or people.is_in_use(user.email):
            raise ProposalClosed
        invitations.give_role(invitation, user, by=by, at=at)
    return invitation


def _holds(user: User, roles: frozenset[str]) -> bool:
    """Say whether a person holds one of these roles in the present clinic."""
    return ClinicRole.objects.filter(user=user, role__in=roles, ended_at__isnull=True).exists()
