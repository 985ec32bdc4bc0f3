"""The only writer of the audit table."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from django.db import models

from patients.models.audit import AuditAction, AuditEvent
from patients.models.care import Episode
from patients.models.people import Patient, User
from patients.tenancy import current_clinic_id

# Set by the middleware, so that all lines of one request can be found together.
request_id: ContextVar[str] = ContextVar("tidemark_request_id", default="")


def record(
    action: AuditAction,
    *,
    by: User | None,
    about: models.Model | None,
    at: datetime,
    patient_id: UUID | None = None,
    counts: Mapping[str, int] | None = None,
) -> None:
    """Add one line to the audit log of the present clinic.

    Args:
        action: what was done or seen.
        by: the person; None for a job.
        about: the row it was done to; its patient is found from it where it has one.
        at: when.
        patient_id: the patient, where `about` cannot tell.
        counts: numbers only, such as rows exported. Never content.
    """
    AuditEvent.objects.create(
        clinic_id=current_clinic_id(),
        at=at,
        action=action,
        actor_id=by.pk if by else None,
        patient_id=patient_id or _patient_of(about),
        object_kind=about._meta.model_name or "" if about else "",
        object_id=about.pk if about else None,
        request_id=request_id.get(),
        counts=dict(counts or {}),
    )


def count(action: AuditAction, *, by: User, since: datetime, counting: str = "") -> int:
    """Return how often someone did something in the present clinic since a moment: for limits.

    Args:
        action: what was done.
        by: the person.
        since: the moment.
        counting: only the lines that hold a number of this name.
    """
    lines = AuditEvent.objects.filter(clinic_id=current_clinic_id(), actor_id=by.pk, action=action, at__gt=since)
    return (lines.filter(counts__has_key=counting) if counting else lines).count()


def record_found(patient_ids: Iterable[UUID], *, by: User, at: datetime) -> None:
    """Add a line for each patient whom a search by name has shown: that is looking at a person, not at a list."""
    clinic_id, request = current_clinic_id(), request_id.get()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            clinic_id=clinic_id,
            at=at,
            action=AuditAction.CASELOAD_READ,
            actor_id=by.pk,
            patient_id=patient_id,
            request_id=request,
        )
        for patient_id in patient_ids
    )


def record_list(*, by: User, patients: int, at: datetime) -> None:
    """Add the line of a list that showed the names of so many patients."""
    record(AuditAction.CASELOAD_READ, by=by, about=None, at=at, counts={"patients": patients})


def _patient_of(about: models.Model | None) -> UUID | None:
    """Return the patient a row is about, if it can tell without a query beyond its episode."""
    if isinstance(about, Patient):
        return about.pk
    if isinstance(about, Episode):
        return about.patient_id
    direct = getattr(about, "patient_id", None)
    if direct is not None:
        return UUID(str(direct))
    episode = getattr(about, "episode", None)
    return episode.patient_id if isinstance(episode, Episode) else None
