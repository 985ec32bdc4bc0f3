"""Who cares for an episode: join and leave its team, who is responsible, who can answer."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation

from patients import audit
from patients.care.episodes import CareConflict
from patients.models import (
    CareTeamMembership,
    ClinicRole,
    Episode,
    User,
)
from patients.models.audit import AuditAction
from patients.models.care import Profession
from patients.models.people import Role


@transaction.atomic
def join_care_team(
    *,
    episode: Episode,
    member: User,
    profession: Profession,
    is_responsible: bool = False,
    by: User | None,
    at: datetime,
) -> CareTeamMembership:
    """Add a member to the care team; a new responsible clinician takes over from the former one."""
    current = CareTeamMembership.objects.filter(episode=episode, left_at__isnull=True)
    if is_responsible:
        current.filter(is_responsible=True).update(is_responsible=False)
    membership, is_new = current.get_or_create(
        episode=episode,
        user=member,
        left_at=None,
        defaults={"profession": profession, "is_responsible": is_responsible, "joined_at": at},
    )
    if not is_new:
        membership.profession, membership.is_responsible = profession, is_responsible or membership.is_responsible
        membership.save(update_fields=["profession", "is_responsible"])
    audit.record(AuditAction.TEAM_JOINED, by=by, about=membership, at=at)
    return membership


@transaction.atomic
def leave_care_team(*, episode: Episode, member: User, by: User, at: datetime) -> None:
    """End a membership; what the member did stays recorded.

    Raises:
        CareConflict: the member is responsible, and no one has taken over; nothing is handed to no one.
    """
    membership = CareTeamMembership.objects.get(episode=episode, user=member, left_at__isnull=True)
    if membership.is_responsible:
        raise CareConflict("name another responsible clinician first")
    membership.left_at = at
    membership.save(update_fields=["left_at"])
    audit.record(AuditAction.TEAM_LEFT, by=by, about=membership, at=at)


def memberships(episode: Episode) -> QuerySet[CareTeamMembership]:
    """Return the present care team, the responsible clinician first."""
    current = CareTeamMembership.objects.filter(episode=episode, left_at__isnull=True).select_related("user", "episode")
    return current.order_by("-is_responsible", "joined_at")


def candidates(episode: Episode) -> QuerySet[User]:
    """Return the clinicians of the present clinic who are not on the care team."""
    return clinicians().exclude(pk__in=memberships(episode).values("user"))


def clinicians() -> QuerySet[User]:
    """Return the clinicians of the present clinic, by name."""
    held = ClinicRole.objects.filter(role=Role.CLINICIAN, ended_at__isnull=True, user__is_active=True)
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "email")


def answerers(episode: Episode) -> QuerySet[User]:
    """Return who can take an alert about an episode: the clinicians of its care team, and every coordinator."""
    held = ClinicRole.objects.filter(ended_at__isnull=True, user__is_active=True)
    clinicians = held.filter(role=Role.CLINICIAN, user__in=memberships(episode).values("user"))
    coordinators = held.filter(role=Role.COORDINATOR)
    is_answerer = Q(pk__in=clinicians.values("user")) | Q(pk__in=coordinators.values("user"))
    return User.objects.filter(is_answerer).order_by("name", "email")


def profession_of(member: User) -> Profession:
    """Return the profession that a member of staff gave when joining the clinic, as far as we know it."""
    titles = ClinicRole.objects.filter(user=member, ended_at__isnull=True).exclude(title="")
    title = (titles.values_list("title", flat=True).first() or "").casefold()
    with translation.override("en"):
        return next(
            (profession for profession in Profession if str(profession.label).casefold() == title), Profession.OTHER
        )


def responsible_clinician(episode: Episode) -> User | None:
    """Return who is responsible for the episode, if someone is."""
    membership = (
        CareTeamMembership.objects.filter(episode=episode, is_responsible=True, left_at__isnull=True)
        .select_related("user")
        .first()
    )
    return membership.user if membership else None


def care_team(episode: Episode) -> list[User]:
    """Return the people on the care team who still work in the clinic, the responsible clinician first."""
    staff = ClinicRole.objects.filter(role__in=[Role.CLINICIAN, Role.COORDINATOR], ended_at__isnull=True)
    team = memberships(episode).filter(user__is_active=True, user__in=staff.values("user"))
    return [membership.user for membership in team]
