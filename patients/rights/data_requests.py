"""What patients ask the clinic to do with their data, and the answer."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from patients import audit
from patients.models import DataRequest, Patient, User
from patients.models.audit import AuditAction
from patients.models.rights import RequestKind, RequestState


class RequestClosed(Exception):
    """Someone has answered the request already."""


@transaction.atomic
def ask(*, patient: Patient, kind: RequestKind, text: str, by: User, at: datetime) -> DataRequest:
    """Put a request before the clinic."""
    data_request = DataRequest.objects.create(patient=patient, kind=kind, text=text, asked_at=at, asked_by=by)
    audit.record(AuditAction.DATA_REQUESTED, by=by, about=data_request, at=at)
    return data_request


@transaction.atomic
def answer(*, data_request: DataRequest, is_granted: bool, words: str, by: User, at: datetime) -> DataRequest:
    """Answer a request, with the reason. What was granted is carried out by people; this records the decision.

    Raises:
        RequestClosed: someone was quicker.
    """
    state = RequestState.GRANTED if is_granted else RequestState.REFUSED
    taken = DataRequest.objects.filter(pk=data_request.pk, state=RequestState.OPEN).update(
        state=state, answer=words, answered_at=at, answered_by=by
    )
    if not taken:
        raise RequestClosed
    data_request.refresh_from_db()
    audit.record(AuditAction.DATA_REQUEST_ANSWERED, by=by, about=data_request, at=at)
    return data_request


@transaction.atomic
def record_request_reading(*, data_request: DataRequest, by: User, at: datetime) -> None:
    """Leave the trace that the clinic read a request: the patient sees it."""
    audit.record(AuditAction.EPISODE_READ, by=by, about=data_request, at=at)


def requests_of(patient: Patient) -> QuerySet[DataRequest]:
    """Return what a patient has asked, the newest first."""
    return DataRequest.objects.filter(patient=patient).select_related("answered_by").order_by("-asked_at")


def requests() -> QuerySet[DataRequest]:
    """Return what patients of the present clinic have asked: what waits comes first, the longest wait on top."""
    rows = DataRequest.objects.select_related("patient", "answered_by")
    return rows.order_by(F("answered_at").desc(nulls_first=True), "asked_at")
