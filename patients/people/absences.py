"""Who of the staff is away, and who stands in: messages go to somebody who reads them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from patients import audit
from patients.models import Absence, ClinicRole, User
from patients.models.audit import AuditAction
from patients.models.people import STAFF_ROLES

# Longer than that somebody has left, and hands over what is theirs.
LONGEST = timedelta(days=183)


class AbsenceNotPossible(ValueError):
    """Days in the wrong order, over, or longer than half a year; or a stand-in who is no other member of the staff."""


def planned(*, today: date) -> QuerySet[Absence]:
    """Return the absences of the present clinic that are not over, the next first."""
    standing = Absence.objects.filter(ended_at__isnull=True, last__gte=today)
    return standing.select_related("user", "stand_in").order_by("first", "user__name")


def staff() -> QuerySet[User]:
    """Return who works in the present clinic, by name."""
    held = ClinicRole.objects.filter(role__in=STAFF_ROLES, ended_at__isnull=True, user__is_active=True)
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "email")


def with_stand_ins(people: Iterable[User], *, on: date) -> list[User]:
    """Return who is there for people on a day: each, or their stand-in, or nobody for one who named none.

    A stand-in who is away too is not followed further: two who name each other would never end.
    """
    wanted = list(people)
    away = {absence.user_id: absence.stand_in for absence in planned(today=on).filter(first__lte=on)}
    there: list[User] = []
    for person in wanted:
        found = away.get(person.pk, person)
        if found is not None and (found is person or found.pk not in away) and found not in there:
            there.append(found)
    return there


@transaction.atomic
def plan(*, user: User, first: date, last: date, stand_in: User | None, by: User, today: date, at: datetime) -> Absence:
    """Note days on which somebody is away.

    Raises:
        AbsenceNotPossible: see there.
    """
    is_in_order = first <= last <= first + LONGEST and last >= today
    is_staff = stand_in is None or (stand_in != user and staff().filter(pk=stand_in.pk).exists())
    if not is_in_order or not is_staff or not staff().filter(pk=user.pk).exists():
        raise AbsenceNotPossible
    absence = Absence.objects.create(user=user, first=first, last=last, stand_in=stand_in, entered_by=by, entered_at=at)
    audit.record(AuditAction.ABSENCE_PLANNED, by=by, about=absence, at=at)
    return absence


@transaction.atomic
def end(*, absence: Absence, by: User, at: datetime) -> None:
    """End an absence: its person is back, or it was a slip."""
    absence.ended_at = at
    absence.save(update_fields=["ended_at"])
    audit.record(AuditAction.ABSENCE_ENDED, by=by, about=absence, at=at)
