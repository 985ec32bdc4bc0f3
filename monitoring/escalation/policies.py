"""Who is told when nobody answers: the present policy of the clinic, its versions, and a new one."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from monitoring.models import ResponsePolicy
from monitoring.models.escalation import URGENT_MINUTES
from patients import audit
from patients.models import Clinic, ClinicRole, User
from patients.models.audit import AuditAction
from patients.models.people import Role
from patients.tenancy import current_clinic_id

# A step further out than two staffed days is none.
LONGEST_MINUTES = 960


class PolicyNotPossible(ValueError):
    """Somebody who may not see every patient, or minutes that do not rise."""


class PolicyConflict(Exception):
    """Somebody else changed the policy since the page was shown."""


def present() -> ResponsePolicy | None:
    """Return the policy in force; None where the clinic has made none: then everyone who may see an alert is told."""
    people = ("second", "lead", "on_call", "made_by")
    return ResponsePolicy.objects.select_related(*people).order_by("-number").first()


def default_minutes() -> list[int]:
    """Return the waits of an urgent alert in a clinic that has made no policy, in staffed minutes."""
    return list(URGENT_MINUTES)


def versions() -> QuerySet[ResponsePolicy]:
    """Return every version of the policy, the newest first."""
    return ResponsePolicy.objects.select_related("second", "lead", "on_call", "made_by").order_by("-number")


def eligible() -> QuerySet[User]:
    """Return who can be named: who may see every patient of the clinic."""
    held = ClinicRole.objects.filter(role=Role.COORDINATOR, ended_at__isnull=True, user__is_active=True)
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "email")


@transaction.atomic
def change(
    *,
    second: User | None,
    lead: User | None,
    on_call: User | None,
    urgent_minutes: Sequence[int],
    number: int,
    by: User,
    at: datetime,
) -> ResponsePolicy:
    """Make a new version of the policy; alerts that are open keep the one they began with.

    Args:
        second: who is told first when nobody takes an urgent alert.
        lead: who is told next, and of other alerts whose time is over.
        on_call: who is told of a safety answer at any hour; None where nobody is.
        urgent_minutes: staffed minutes until the second, the lead, and everyone are told.
        number: of the version that was on the screen; 0 for none.
        by: who changes it.
        at: now.

    Raises:
        PolicyNotPossible: see there.
        PolicyConflict: see there.
    """
    named = [person.pk for person in (second, lead, on_call) if person is not None]
    rises = list(urgent_minutes) == sorted(set(urgent_minutes)) and len(urgent_minutes) == 3
    if eligible().filter(pk__in=named).count() != len(set(named)) or not rises:
        raise PolicyNotPossible
    if not 0 < urgent_minutes[0] <= urgent_minutes[-1] <= LONGEST_MINUTES:
        raise PolicyNotPossible
    # One at a time in a clinic: the second one to come waits here, and finds the version that it did not see.
    Clinic.objects.select_for_update().get(pk=current_clinic_id())
    latest = present()
    if (latest.number if latest else 0) != number:
        raise PolicyConflict
    policy = ResponsePolicy.objects.create(
        number=number + 1,
        made_at=at,
        made_by=by,
        second=second,
        lead=lead,
        on_call=on_call,
        urgent_minutes=list(urgent_minutes),
    )
    audit.record(AuditAction.POLICY_CHANGED, by=by, about=policy, at=at)
    return policy
