"""The request our views receive: a signed-in person in an active clinic."""

from uuid import UUID

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from patients.models.people import Clinic, User


class SignedInRequest(HttpRequest):
    """A request that passed ClinicMiddleware."""

    user: User
    htmx: HtmxDetails
    clinic: Clinic
    clinic_roles: frozenset[str]
    request_id: UUID
